import { createHmac, randomInt } from 'node:crypto';
import { equalInConstantTime } from '../../platform/crypto/key-ring.ts';
import type { SecondFactorVerifier } from './second-factors.ts';
import { ChallengeExpired, InvalidCode } from './sign-in.errors.ts';
import type { SignInOptions } from './sign-in.types.ts';

const digits = 8;

/**
 * A code by mail, for a sign-in that looks unusual of a person who has no second factor. The challenge holds a keyed
 * hash of it, so the database alone does not reveal it.
 */
export function createEmailCodeVerifier(
  options: Pick<SignInOptions, 'db' | 'keys' | 'accounts' | 'notices' | 'throttle'>,
): SecondFactorVerifier {
  const { db, keys, accounts, notices, throttle } = options;
  const hashesOf = (userId: string, code: string): string[] =>
    keys
      .all('token-hash')
      .map((key) =>
        createHmac('sha256', key.bytes).update(`email code ${userId} ${code}`).digest('base64url'),
      );
  return {
    method: 'email_code',
    async prepare(userId) {
      const account = await accounts.findActiveUser(userId);
      if (!account) throw ChallengeExpired.with();
      await throttle.reserve([{ budget: 'email-code:account', value: userId }]);
      const code = String(randomInt(10 ** digits)).padStart(digits, '0');
      await notices.sendSignInCode(db, userId, code);
      return {
        answer: { sent: true, to: maskEmail(account.email) },
        keep: { email_code: hashesOf(userId, code)[0] },
      };
    },
    async verify(userId, proof, { challengeData }) {
      const expected = challengeData.email_code;
      const given = proof.code?.replace(/[\s-]/g, '') ?? '';
      const matches =
        typeof expected === 'string' &&
        hashesOf(userId, given).some((hash) => equalInConstantTime(hash, expected));
      if (!matches) throw InvalidCode.with();
    },
  };
}

/** `a…@example.org`: enough to know one's own mailbox by. */
function maskEmail(email: string): string {
  const at = email.lastIndexOf('@');
  return `${[...email][0] ?? ''}…${email.slice(at)}`;
}
