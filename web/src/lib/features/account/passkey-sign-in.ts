import {
  browserSupportsWebAuthn,
  browserSupportsWebAuthnAutofill,
  type PublicKeyCredentialRequestOptionsJSON,
  startAuthentication,
  WebAuthnAbortService,
} from '@simplewebauthn/browser';
import { api } from '#lib/api/index.ts';
import { rememberPasskey } from '#lib/passkey-hint.ts';
import type { SecondFactorDemand, SignInAnswer } from './sign-in-answer.ts';

interface Ceremony {
  challenge_id: string;
  options: PublicKeyCredentialRequestOptionsJSON;
}

export const passkeysWork = browserSupportsWebAuthn;

/** Signs in by a passkey that the person chooses in the browser's dialog. Throws when they close it. */
export async function signInByPasskey(): Promise<SignInAnswer> {
  return await finish(await begin(), false);
}

/**
 * Offers passkeys among the suggestions of the e-mail field, where the browser can; `undefined` where it cannot or when
 * another ceremony took over.
 */
export async function signInBySuggestion(): Promise<SignInAnswer | undefined> {
  if (!(await browserSupportsWebAuthnAutofill())) return undefined;
  return await finish(await begin(), true);
}

/** Ends a ceremony that still waits, for example when the page is left. */
export function stopPasskeys(): void {
  WebAuthnAbortService.cancelCeremony();
}

/** Answers the demand for a second factor by a passkey. */
export async function answerByPasskey(
  demand: SecondFactorDemand,
  rememberDevice: boolean,
): Promise<SignInAnswer> {
  const { challenge_id } = demand;
  const { options } = await api.post<{ options: Ceremony['options'] }>('/auth/2fa/passkey-options', {
    challenge_id,
  });
  const credential = await startAuthentication({ optionsJSON: options });
  const proof = { challenge_id, method: 'passkey', credential, remember_device: rememberDevice };
  return await api.post<SignInAnswer>('/auth/2fa/verify', proof);
}

const begin = () => api.post<Ceremony>('/auth/passkeys/authentication-options', {});

async function finish({ challenge_id, options }: Ceremony, suggest: boolean): Promise<SignInAnswer> {
  const credential = await startAuthentication({ optionsJSON: options, useBrowserAutofill: suggest });
  const answer = await api.post<SignInAnswer>('/auth/passkeys/sign-in', { challenge_id, credential });
  rememberPasskey();
  return answer;
}
