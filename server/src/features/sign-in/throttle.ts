import { createHmac, createSecretKey } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { type RawBuilder, sql } from 'kysely';
import type { KeyRing } from '../../platform/crypto/key-ring.ts';
import type { Database } from '../../platform/database/database.ts';
import { Throttled } from './sign-in.errors.ts';

/** What attempts are counted for: passwords and codes apart, so that guessing at one never slows the other (S6). */
export type Budget =
  | 'password:account'
  | 'password:device'
  | 'password:address'
  | 'password:change'
  | 'code:account'
  | 'code:device'
  | 'code:address'
  | 'code:session'
  | 'email-code:account'
  | 'register:address'
  | 'recovery:address'
  | 'recovery:account'
  | 'oauth:address'
  | 'passkey:address'
  | 'setup:address';

interface BudgetRule {
  /** Attempts that cost nothing but themselves. */
  free: number;
  /** Seconds after the first attempt too many; doubles with each further one. */
  firstDelaySeconds: number;
  maxDelaySeconds: number;
  /** After this much quiet the counting begins anew. */
  forgetSeconds: number;
}

export const budgetRules: Record<Budget, BudgetRule> = {
  'password:account': { free: 5, firstDelaySeconds: 1, maxDelaySeconds: 900, forgetSeconds: 86_400 },
  'password:device': { free: 10, firstDelaySeconds: 1, maxDelaySeconds: 900, forgetSeconds: 86_400 },
  // Many people may share an address.
  'password:address': { free: 50, firstDelaySeconds: 1, maxDelaySeconds: 900, forgetSeconds: 3_600 },
  'password:change': { free: 5, firstDelaySeconds: 1, maxDelaySeconds: 900, forgetSeconds: 86_400 },
  'code:account': { free: 5, firstDelaySeconds: 1, maxDelaySeconds: 900, forgetSeconds: 86_400 },
  'code:device': { free: 10, firstDelaySeconds: 1, maxDelaySeconds: 900, forgetSeconds: 86_400 },
  'code:address': { free: 50, firstDelaySeconds: 1, maxDelaySeconds: 900, forgetSeconds: 3_600 },
  'code:session': { free: 5, firstDelaySeconds: 1, maxDelaySeconds: 900, forgetSeconds: 86_400 },
  'email-code:account': { free: 3, firstDelaySeconds: 60, maxDelaySeconds: 3_600, forgetSeconds: 3_600 },
  'recovery:address': { free: 20, firstDelaySeconds: 2, maxDelaySeconds: 900, forgetSeconds: 3_600 },
  // Each attempt is a mail to somebody. Links of earlier ones still work, so nobody is kept out by the wait.
  'recovery:account': { free: 5, firstDelaySeconds: 30, maxDelaySeconds: 900, forgetSeconds: 3_600 },
  'register:address': { free: 20, firstDelaySeconds: 2, maxDelaySeconds: 3_600, forgetSeconds: 3_600 },
  // A whole office may begin its day with it; it bounds what strangers make this server store and fetch.
  'oauth:address': { free: 200, firstDelaySeconds: 2, maxDelaySeconds: 900, forgetSeconds: 3_600 },
  // Each opening of the sign-in page asks for one.
  'passkey:address': { free: 600, firstDelaySeconds: 1, maxDelaySeconds: 60, forgetSeconds: 600 },
  'setup:address': { free: 10, firstDelaySeconds: 1, maxDelaySeconds: 900, forgetSeconds: 3_600 },
};

export interface ThrottleSubject {
  budget: Budget;
  /** Canonical e-mail address, hash of a device token or network address. */
  value: string;
}

/** The key that a subject is counted under and its rule, for a statement that counts by itself. */
export interface CountedSubject extends BudgetRule {
  key: string;
}

/** What success makes of the counters of an attempt. */
export interface TakenBack {
  forgiven: string[];
  relieved: string[];
}

export interface Throttle {
  /**
   * Counts an attempt before it is made, so that parallel attempts cannot slip through together; returns the keys of
   * what was counted. Throws `auth.throttled` with Retry-After when one of the subjects is blocked now; then nothing is
   * computed for it.
   */
  reserve(subjects: ThrottleSubject[]): Promise<string[]>;
  /** For the statement that begins a sign-in. */
  toCounted(subject: ThrottleSubject): CountedSubject;
  /** Takes a successful attempt back: `forgive` starts the subject afresh, the others get one attempt back. */
  succeed(keys: string[], forgive: Budget[]): Promise<void>;
  removeOld(): Promise<void>;
}

/** Attempt counters in PostgreSQL: they hold across processes and restarts (S6). Stored keys reveal nothing. */
export function createThrottle(options: { db: Database; keys: KeyRing }): Throttle {
  const { db, keys } = options;
  const secrets = new Map(keys.all('token-hash').map((key) => [key.id, createSecretKey(key.bytes)] as const));
  const keyOf = (subject: ThrottleSubject): string => {
    // The key that all processes use now: counters in two spellings would count apart.
    const { id, bytes } = keys.current('token-hash');
    const secret = secrets.get(id) ?? bytes;
    const digest = createHmac('sha256', secret).update(`throttle ${subject.budget} ${subject.value}`);
    return `${subject.budget}:${digest.digest('base64url').slice(0, 27)}`;
  };
  const toCounted = (subject: ThrottleSubject): CountedSubject => ({
    ...budgetRules[subject.budget],
    key: keyOf(subject),
  });

  return {
    toCounted,
    async reserve(subjects) {
      const wanted = subjects.map(toCounted);
      const { rows } = await sql<{ wait_seconds: number | null; counted: string[] }>`
        select * from count_attempts(${wanted.map((each) => each.key)}::text[], ${ruleArrays(wanted)})`.execute(
        db,
      );
      refuseWhenBlocked(rows[0]?.wait_seconds ?? null);
      return rows[0]?.counted ?? [];
    },
    async succeed(counted, forgive) {
      const { forgiven, relieved } = sortTakenBack(counted, forgive);
      await sql`select take_back_attempts(${forgiven}::text[], ${relieved}::text[])`.execute(db);
    },
    async removeOld() {
      await sql`delete from throttle_counters where updated_at < now() - interval '2 days'`.execute(db);
    },
  };
}

/** Throws `auth.throttled` for a reservation that found something blocked. */
export function refuseWhenBlocked(waitSeconds: number | null): void {
  if (waitSeconds === null) return;
  const retryAfterSeconds = Math.max(1, waitSeconds);
  throw Throttled.with({ reason: 'wait', params: { retry_seconds: retryAfterSeconds }, retryAfterSeconds });
}

/** Rules in the order of parameters of the database functions. */
export function ruleArrays(subjects: CountedSubject[]): RawBuilder<unknown> {
  return sql`${subjects.map((each) => each.free)}::int[], ${subjects.map((each) => each.firstDelaySeconds)}::int[],
    ${subjects.map((each) => each.maxDelaySeconds)}::int[], ${subjects.map((each) => each.forgetSeconds)}::int[]`;
}

/** Which of these counters start afresh after a success, and which get one attempt back. */
export function sortTakenBack(keys: string[], forgive: Budget[]): TakenBack {
  const isForgiven = (key: string): boolean => forgive.some((budget) => key.startsWith(`${budget}:`));
  return { forgiven: keys.filter(isForgiven), relieved: keys.filter((key) => !isForgiven(key)) };
}

/** What an address is counted as: IPv6 by its /64, which one household or attacker has whole (S6). */
export function throttleAddress(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const groups = (parsed as ipaddr.IPv6).parts.slice(0, 4).map((group) => group.toString(16));
  return `${groups.join(':')}::/64`;
}
