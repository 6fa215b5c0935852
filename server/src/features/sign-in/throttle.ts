import { createHmac, createSecretKey } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { type RawBuilder, sql } from 'kysely';
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
  /** Canonical e-mail address, hash of a device token or network address. */
  value: string;
}

/** A subject that counts only where a condition holds that the same statement finds out. */
export interface ConditionalSubject extends ThrottleSubject {
  when?: RawBuilder<unknown>;
}

/** Counting of an attempt as part of a larger statement. */
export interface Reservation {
  /** Common table expressions `wanted`, `blocked` and `counted`. */
  expressions: RawBuilder<unknown>;
  /** Seconds to wait; null when the attempt was counted and may be made. */
  waitSeconds: RawBuilder<number | null>;
  /** Keys of what was counted, for `succeed`. */
  keys: RawBuilder<string[]>;
}

export interface Throttle {
  /**
   * Counts an attempt before it is made, so that parallel attempts cannot slip through together; returns the keys of
   * what was counted. Throws `auth.throttled` with Retry-After when one of the subjects is blocked now; then nothing is
   * computed for it.
   */
  reserve(subjects: ThrottleSubject[]): Promise<string[]>;
  /** The same as common table expressions. */
  reservation(subjects: ConditionalSubject[]): Reservation;
  /** Takes a successful attempt back: `forgive` starts the subject afresh, the others get one attempt back. */
  succeed(keys: string[], forgive: Budget[]): Promise<void>;
  /** The same as common table expressions that act when `gate` has rows. */
  success(keys: string[], forgive: Budget[], gate: RawBuilder<unknown>): RawBuilder<unknown>;
  removeOld(): Promise<void>;
}

/** Attempt counters in PostgreSQL: they hold across processes and restarts (S6). Stored keys reveal nothing. */
export function createThrottle(options: { db: Database; keys: KeyRing }): Throttle {
  const { db, keys } = options;
  const secret = createSecretKey(keys.current('token-hash').bytes);
  const keyOf = (subject: ThrottleSubject): string => {
    const digest = createHmac('sha256', secret).update(`throttle ${subject.budget} ${subject.value}`);
    return `${subject.budget}:${digest.digest('base64url').slice(0, 27)}`;
  };
  const reservation = (subjects: ConditionalSubject[]): Reservation =>
    reserveBy(subjects.map((subject) => ({ ...subject, key: keyOf(subject) })));

  return {
    reservation,
    async reserve(subjects) {
      const { expressions, waitSeconds, keys: counted } = reservation(subjects);
      const { rows } = await sql<{ wait_seconds: number | null; keys: string[] }>`
        with ${expressions} select ${waitSeconds} as wait_seconds, ${counted} as keys`.execute(db);
      refuseWhenBlocked(rows[0]?.wait_seconds ?? null);
      return rows[0]?.keys ?? [];
    },
    async succeed(counted, forgive) {
      const always = sql`(select) as always`;
      await sql`with ${takeBack(counted, forgive, always)} select 1`.execute(db);
    },
    success: takeBack,
    async removeOld() {
      await sql`delete from throttle_counters where updated_at < now() - interval '2 days'`.execute(db);
    },
  };
}

/** Throws `auth.throttled` for a reservation that found something blocked. */
export function refuseWhenBlocked(waitSeconds: number | null): void {
  if (waitSeconds !== null) throw Throttled.with({ retryAfterSeconds: Math.max(1, waitSeconds) });
}

function reserveBy(subjects: (ConditionalSubject & { key: string })[]): Reservation {
  const candidates = subjects.map(({ key, budget, when }) => {
    const { free, firstDelaySeconds, maxDelaySeconds, forgetSeconds } = budgetRules[budget];
    return sql`(${key}::text, ${free}::int, ${firstDelaySeconds}::int, ${maxDelaySeconds}::int, ${forgetSeconds}::int,
      ${when ?? sql`true`})`;
  });
  return {
    // One order for all statements: two attempts never wait for each other crosswise.
    expressions: sql`
      wanted as materialized (
        select key, free, first_delay, max_delay, forget
        from (values ${sql.join(candidates)}) as w (key, free, first_delay, max_delay, forget, applies) where applies
      ), blocked as (
        select max(extract(epoch from c.blocked_until - now())) as wait_seconds
        from wanted join throttle_counters c using (key) where c.blocked_until > now()
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
      )`,
    waitSeconds: sql<number | null>`(case when (select count(*) from counted) < (select count(*) from wanted)
      then coalesce((select wait_seconds from blocked), 1)::float8 end)`,
    keys: sql<string[]>`array(select key from counted)`,
  };
}

function takeBack(keys: string[], forgive: Budget[], gate: RawBuilder<unknown>): RawBuilder<unknown> {
  const isForgiven = (key: string): boolean => forgive.some((budget) => key.startsWith(`${budget}:`));
  return sql`
    taken as materialized (
      select key from throttle_counters where key = any(${keys}::text[]) and exists (select from ${gate})
      order by key for update
    ), forgiven as (
      delete from throttle_counters where key = any(${keys.filter(isForgiven)}::text[]) and exists (select from taken)
    ), relieved as (
      update throttle_counters set attempts = greatest(attempts - 1, 0)
      where key = any(${keys.filter((key) => !isForgiven(key))}::text[]) and exists (select from taken)
    )`;
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
