import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import type { KeyRing } from '../../platform/crypto/key-ring.ts';
import type { Database } from '../../platform/database/database.ts';
import { type AccountsService, canonicalEmail } from '../accounts/index.ts';
import type { ClientFacts } from '../audit/index.ts';
import { type SignInResult, type SignInService, type Throttle, throttleAddress } from '../sign-in/index.ts';
import { decoyCredentials, type ListedCredential } from './decoy-credentials.ts';
import type { Assertions } from './passkey-assertions.ts';
import { PasskeyRefused } from './passkeys.errors.ts';
import { findPasskeysByEmail } from './passkeys.queries.ts';
import { relyingPartyOf } from './relying-party.ts';
import type { AssertionJson } from './webauthn.ts';

export interface PasskeySignInOptions {
  db: Database;
  keys: KeyRing;
  accounts: AccountsService;
  signIn: SignInService;
  throttle: Throttle;
  assertions: Assertions;
  publicUrl: string | undefined;
}

/** Where the request of somebody who is not signed in comes from. */
export interface PasskeyCaller {
  bindingId: string | undefined;
  host: string;
  client: ClientFacts;
}

export interface PasskeySignInAttempt extends PasskeyCaller {
  challengeId: string;
  credential: AssertionJson;
  delivery: 'cookie' | 'body';
  deviceCookie: string | undefined;
  rememberDevice: boolean;
}

export type PasskeySignInService = ReturnType<typeof createPasskeySignInService>;

const purpose = 'passkey.sign_in';

/** Signing in by a passkey alone: it stands for both factors, so it must check who holds it. */
export function createPasskeySignInService(options: PasskeySignInOptions) {
  const { accounts, signIn, throttle, assertions } = options;
  return {
    /**
     * Asks for a passkey: of whoever the browser knows, or of the account of an address. What is answered does not tell
     * whether there is such an account (S5). Throws `passkeys.unavailable_here`, `auth.throttled`.
     */
    async begin(
      email: string | undefined,
      caller: PasskeyCaller,
    ): Promise<{ challengeId: string; options: PublicKeyCredentialRequestOptionsJSON }> {
      await throttle.reserve([{ budget: 'passkey:address', value: throttleAddress(caller.client.address) }]);
      const listed = email === undefined ? undefined : await listFor(options, email, caller.host);
      const { bindingId, host } = caller;
      return assertions.begin({
        purpose,
        userId: listed?.userId,
        allowed: listed?.allowed,
        userVerification: 'required',
        bindingId,
        host,
      });
    },

    /**
     * Signs in. Throws `passkeys.challenge_expired`, `passkeys.refused`, `passkeys.user_verification_required`,
     * `passkeys.cloned`, and what every sign-in throws.
     */
    async finish(attempt: PasskeySignInAttempt): Promise<SignInResult> {
      const { delivery, deviceCookie, client, rememberDevice, bindingId } = attempt;
      const proved = await assertions.finish({ ...attempt, purpose });
      const account = await accounts.findAccount(proved.userId);
      // Deleted while its passkey was verified.
      if (!account) throw PasskeyRefused.with();
      return signIn.completeProven({
        account,
        factors: ['passkey'],
        attempt: { delivery, deviceCookie, client, rememberDevice, bindingId },
        complete: proved.userVerified,
      });
    },
  };
}

async function listFor(
  { db, keys, publicUrl }: PasskeySignInOptions,
  email: string,
  host: string,
): Promise<{ userId: string | undefined; allowed: ListedCredential[] }> {
  const canonical = canonicalEmail(email) ?? email;
  const found = await findPasskeysByEmail(db, canonical, relyingPartyOf(publicUrl, host).id);
  // Worked out in any case, so that both cases cost the same.
  const decoys = decoyCredentials(keys, canonical);
  if (!found || found.passkeys.length === 0) return { userId: undefined, allowed: decoys };
  const allowed = found.passkeys.map(({ credentialId, transports }) => ({
    id: credentialId.toString('base64url'),
    transports,
  }));
  return { userId: found.userId, allowed };
}
