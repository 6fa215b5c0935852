import { createHmac, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { equalInConstantTime, type KeyRing } from '../../platform/crypto/key-ring.ts';
import type { Executor } from '../audit/index.ts';

// Crockford's base 32: no letter that is read as a digit.
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const codeLength = 20;
const groupLength = 5;

export interface SetupCodes {
  /**
   * The one-time code, the same at every start and in every process until it is used: it follows from a seed in the
   * database and the master secret, so that neither alone reveals it and nothing readable is stored.
   */
  ensure(executor: Executor): Promise<string>;
  /** True when `given` is the code, however it was typed, and it was not used yet. Takes it out of use. */
  consume(executor: Executor, given: string): Promise<boolean>;
}

/** One-time set-up code (S11): 100 bits. */
export function createSetupCodes(keys: KeyRing): SetupCodes {
  const codeOf = (seed: Buffer, key: Buffer): string => {
    const digest = createHmac('sha256', key).update('setup code').update(seed).digest();
    return Array.from(digest.subarray(0, codeLength), (byte) => alphabet[byte % 32]).join('');
  };
  return {
    async ensure(executor) {
      await sql`insert into setup_codes (seed) values (${randomBytes(32)}) on conflict do nothing`.execute(
        executor,
      );
      const { rows } = await sql<{ seed: Buffer }>`select seed from setup_codes`.execute(executor);
      const seed = rows[0]?.seed ?? Buffer.alloc(0);
      return inGroups(codeOf(seed, keys.current('token-hash').bytes));
    },
    async consume(executor, given) {
      const { rows } = await sql<{ seed: Buffer }>`
        select seed from setup_codes where used_at is null for update`.execute(executor);
      const seed = rows[0]?.seed;
      const typed = normalise(given);
      const matches =
        seed !== undefined &&
        keys.all('token-hash').some((key) => equalInConstantTime(codeOf(seed, key.bytes), typed));
      if (matches) await sql`update setup_codes set used_at = now()`.execute(executor);
      return matches;
    },
  };
}

function inGroups(code: string): string {
  return code.match(new RegExp(`.{${groupLength}}`, 'g'))?.join('-') ?? code;
}

/** Case, dashes and look-alikes do not matter (Crockford). */
function normalise(given: string): string {
  return given
    .slice(0, 100)
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1');
}
