import { type PublicKeyCredentialCreationOptionsJSON, startRegistration } from '@simplewebauthn/browser';
import { api } from '#lib/api/index.ts';
import { rememberPasskey } from '#lib/passkey-hint.ts';

export { browserSupportsWebAuthn as passkeysWork } from '@simplewebauthn/browser';

export interface AddedPasskey {
  passkey: { id: string; name: string };
  /** Only with the first second factor of a person. */
  backup_codes: string[] | null;
}

/** Makes a passkey in the browser's own dialog and adds it to the account. Throws when the person closes the dialog. */
export async function addPasskey(name?: string): Promise<AddedPasskey> {
  const begun = await api.post<{ challenge_id: string; options: unknown }>(
    '/auth/passkeys/registration-options',
  );
  const optionsJSON = begun.options as PublicKeyCredentialCreationOptionsJSON;
  const credential = await startRegistration({ optionsJSON });
  const body = { challenge_id: begun.challenge_id, credential, ...(name ? { name } : {}) };
  const added = await api.post<AddedPasskey>('/auth/passkeys', body);
  rememberPasskey();
  return added;
}
