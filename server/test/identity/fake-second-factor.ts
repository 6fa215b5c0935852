import { CompiledQuery } from 'kysely';
import { InvalidCode, type SecondFactorVerifier } from '../../src/features/sign-in/index.ts';
import type { TestApp } from '../test-app.ts';

export const rightCode = '424242';

/** A second factor whose right code is always the same and may be used any number of times. */
export function fakeSecondFactor(
  method: SecondFactorVerifier['method'] = 'totp',
): SecondFactorVerifier & { verified: number } {
  return {
    method,
    verified: 0,
    async verify(_userId, proof) {
      if (proof.code !== rightCode) throw InvalidCode.with();
      this.verified += 1;
    },
  };
}

/** A passkey without cryptography: the credential must carry the nonce of the options. */
export function fakePasskey(): SecondFactorVerifier {
  return {
    method: 'passkey',
    prepare: async () => {
      const nonce = crypto.randomUUID();
      return { answer: { challenge: nonce }, keep: { nonce } };
    },
    async verify(_userId, proof, { challengeData }) {
      const given = (proof.credential as { nonce?: string } | undefined)?.nonce;
      if (given === undefined || given !== challengeData.nonce) throw InvalidCode.with();
    },
  };
}

/** Says that the person has these factors, as the features of factors do when one is enrolled. */
export async function enrol(app: TestApp, userId: string, ...methods: string[]): Promise<void> {
  await app.platform.db.executeQuery(
    CompiledQuery.raw('update users set second_factors = $2 where id = $1', [userId, methods]),
  );
  app.platform.bus.publish('accounts.changed', { user_id: userId });
}
