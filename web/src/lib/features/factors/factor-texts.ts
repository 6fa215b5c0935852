import { factors } from '#lib/messages/en/factors.ts';
import { recovery } from '#lib/messages/en/recovery.ts';
import { stepUp } from '#lib/messages/en/step-up.ts';
import { texts } from '#lib/messages/translate.svelte.ts';

/** Makes the texts known that a sign-in needs which may not go on yet. */
export const factorTexts = (): Promise<void> =>
  texts.addAtEntrance(async () => ({ ...factors, ...recovery, ...stepUp }));
