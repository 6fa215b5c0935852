import { createHmac } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { sql } from 'kysely';
import type { KeyRing } from '../../platform/crypto/key-ring.ts';
import type { Database } from '../../platform/database/database.ts';
import { Throttled } from './sign-in.errors.ts';

/** What attempts are counted for. Codes of second factors get budgets of their own beside these. */
export type Budget =
  | 'password:account'
  | 'password:device'
  | 'password:address'
  | 'password:change'
  | 'register:address'
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
  'register:address': { free: 20, firstDelaySeconds: 2, maxDelaySeconds: 3_600, forgetSeconds: 3_600 },
  'setup:address': { free: 10, firstDelaySeconds: 1, maxDelaySeconds: 900, forgetSeconds: 3_600 },
};

export interface ThrottleSubject {
  budget: Budget;
  /** Canonical e-mail address, device id or network address. */
  value: string;
}

export interface Throttle {
  /**
   * Counts an attempt before it is made, so that parallel attempts cannot slip through together.
   * Throws `auth.throttled` with Retry-After when one of the subjects is blocked now; then nothing is computed for it.
   */
  reserve(subjects: ThrottleSubject[]): Promise<void>;
  /** Takes a successful attempt back: `forgive` starts the subject afresh, the others get one attempt back. */
  succeed(subjects: ThrottleSubject[], forgive: Budget[]): Promise<void>;
  removeOld(): Promise<void>;
}

/** Attempt counters in PostgreSQL: they hold across processes and restarts (S6). Stored keys reveal nothing. */
export function createThrottle(options: { db: Database; keys: KeyRing }): Throttle {
  const { db, keys } = options;
  const keyOf = (subject: ThrottleSubject): string => {
    const digest = createHmac('sha256', keys.current('token-hash').bytes).update(
      `throttle ${subject.budget} ${subject.value}`,
    );
    return `${subject.budget}:${digest.digest('base64url').slice(0, 27)}`;
  };
  // One order for all statements: two attempts never wait for each other crosswise.
  const sorted = (subjects: ThrottleSubject[]) =>
    subjects
      .map((subject) => ({ key: keyOf(subject), rule: budgetRules[subject.budget] }))
      .sort((a, b) => (a.key < b.key ? -1 : 1));

  return {
    async reserve(subjects) {
      const entries = sorted(subjects);
      const list = entries.map((entry) => entry.key);
      const { rows } = await sql<{ wait_seconds: number }>`
        with wanted as (
          select * from unnest(${list}::text[], ${entries.map((e) => e.rule.free)}::int[],
            ${entries.map((e) => e.rule.firstDelaySeconds)}::int[], ${entries.map((e) => e.rule.maxDelaySeconds)}::int[],
            ${entries.map((e) => e.rule.forgetSeconds)}::int[]) as w (key, free, first_delay, max_delay, forget)
        ), blocked as (
          select max(extract(epoch from blocked_until - now())) as wait_seconds from throttle_counters
          where key = any(${list}::text[]) and blocked_until > now()
        ), counted as (
          insert into throttle_counters as c (key, attempts)
          select w.key, 1 from wanted w, blocked b where b.wait_seconds is null order by w.key
          on conflict (key) do update set
            attempts = ${nextAttempts},
            blocked_until = case when ${nextAttempts} > ${rule('free')} then now() + least(${rule('max_delay')},
              ${rule('first_delay')} * power(2, least(${nextAttempts} - ${rule('free')} - 1, 20))) * interval '1 second' end,
            updated_at = now()
          where c.blocked_until is null or c.blocked_until <= now()
          returning c.key
        )
        select coalesce((select wait_seconds from blocked), 1)::float8 as wait_seconds
        where (select count(*) from counted) < ${list.length}`.execute(db);
      const refused = rows[0];
      if (refused) throw Throttled.with({ retryAfterSeconds: Math.max(1, refused.wait_seconds) });
    },
    async succeed(subjects, forgive) {
      const fresh = sorted(subjects.filter((subject) => forgive.includes(subject.budget))).map(
        (entry) => entry.key,
      );
      const less = sorted(subjects.filter((subject) => !forgive.includes(subject.budget))).map(
        (entry) => entry.key,
      );
      await sql`
        with forgiven as (delete from throttle_counters where key = any(${fresh}::text[]))
        update throttle_counters set attempts = greatest(attempts - 1, 0) where key = any(${less}::text[])`.execute(
        db,
      );
    },
    async removeOld() {
      await sql`delete from throttle_counters where updated_at < now() - interval '2 days'`.execute(db);
    },
  };
}

/** A rule's figure for the row in conflict. */
function rule(column: 'free' | 'first_delay' | 'max_delay' | 'forget') {
  return sql`(select ${sql.ref(column)} from wanted where wanted.key = c.key)`;
}

const nextAttempts = sql`(case when c.updated_at < now() - ${rule('forget')} * interval '1 second' then 1 else c.attempts + 1 end)`;

/** What an address is counted as: IPv6 by its /64, which one household or attacker has whole (S6). */
export function throttleAddress(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const groups = (parsed as ipaddr.IPv6).parts.slice(0, 4).map((group) => group.toString(16));
  return `${groups.join(':')}::/64`;
}
