import { signIn } from '#lib/messages/en/sign-in.ts';
import { texts } from '#lib/messages/translate.svelte.ts';

/** Makes the texts of passkeys, providers and second factors known; they are not part of the first load. */
export const signInTexts = (): Promise<void> => texts.addAtEntrance(async () => signIn);
