import { Compile } from 'typebox/compile';
import type { Database } from '../../platform/database/database.ts';
import type { SecondFactorVerifier } from '../sign-in/index.ts';
import type { Assertions } from './passkey-assertions.ts';
import { PasskeyChallengeGone, PasskeyRefused } from './passkeys.errors.ts';
import { listPasskeysOfSite } from './passkeys.queries.ts';
import { relyingPartyOf } from './relying-party.ts';
import { AssertionJson } from './webauthn.ts';

const purpose = 'passkey.second_factor';
const kept = 'passkey_challenge';

/**
 * A passkey as second factor, at sign-in and for step-up. It has a challenge of its own beside the one of the sign-in,
 * which outlives wrong answers: this one is used up by any (S15). Who has it is who it belongs to, so that it checks the
 * person as well is wished for but not demanded.
 */
export function createPasskeyVerifier(options: {
  db: Database;
  assertions: Assertions;
  publicUrl: string | undefined;
}): SecondFactorVerifier {
  const { db, assertions, publicUrl } = options;
  const shape = Compile(AssertionJson);
  return {
    method: 'passkey',
    async prepare(userId, { host }) {
      const passkeys = await listPasskeysOfSite(db, userId, relyingPartyOf(publicUrl, host).id);
      const begun = await assertions.begin({
        purpose,
        userId,
        allowed: passkeys.map(({ credentialId, transports }) => ({
          id: credentialId.toString('base64url'),
          transports,
        })),
        userVerification: 'preferred',
        // The challenge that keeps this one is bound already.
        bindingId: undefined,
        host,
      });
      return { answer: begun.options, keep: { [kept]: begun.challengeId } };
    },
    async verify(userId, proof, { client, host, challengeData }) {
      const challengeId = challengeData[kept];
      if (typeof challengeId !== 'string') throw PasskeyChallengeGone.with();
      if (!shape.Check(proof.credential)) throw PasskeyRefused.with();
      const { credential } = proof;
      const proved = await assertions.finish({
        purpose,
        challengeId,
        credential,
        bindingId: undefined,
        host,
        client,
      });
      if (proved.userId !== userId) throw PasskeyRefused.with();
    },
  };
}
