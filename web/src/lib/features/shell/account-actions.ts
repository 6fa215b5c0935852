import type { Theme } from '@aiwfe/api-client';
import { api, session } from '#lib/api/index.ts';
import { describeError } from '#lib/messages/describe-error.ts';
import { passkeyUsedHere, rememberPasskey } from '#lib/passkey-hint.ts';
import { theme } from '#lib/theme.svelte.ts';
import { toast } from '#lib/ui/toast.svelte.ts';
import { goto } from '$app/navigation';

/** Applies the theme at once and stores it in the profile, so that it is the same everywhere. */
export async function chooseTheme(chosen: Theme): Promise<void> {
  theme.choose(chosen);
  try {
    await api.patch('/profile', { theme: chosen });
  } catch (error) {
    toast.show({ text: describeError(error).title, tone: 'danger' });
  }
}

/** Signs out and opens the sign-in page; without an answer of the server the person stays signed in. */
export async function signOut(): Promise<void> {
  try {
    const passkeyIsHere = passkeyUsedHere();
    await session.signOut();
    // The answer cleared what the browser keeps of this place. That it has a passkey names nobody.
    if (passkeyIsHere) rememberPasskey();
    await goto('/sign-in');
  } catch (error) {
    toast.show({ text: describeError(error).title, tone: 'danger' });
  }
}
