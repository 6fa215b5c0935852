import { sql } from 'kysely';
import { type AccountRow, type AccountWithPassword, accountByIdQuery, toAccount } from '../accounts/index.ts';
import type { Executor } from '../audit/index.ts';
import { type KnownDevice, toKnownDevice } from '../devices/index.ts';
import { type CountedSubject, ruleArrays } from './throttle.ts';

/** What is known of an attempt before its password is looked at. */
export interface BegunAttempt {
  account: AccountWithPassword | undefined;
  device: KnownDevice | undefined;
  /** Null when the attempt was counted and may be made. */
  waitSeconds: number | null;
  /** Counters that were raised. */
  counted: string[];
}

/** A subject that counts for attempts from one device, or (`null`) for those from no trusted device. */
export interface AttemptSubject extends CountedSubject {
  deviceHash: Buffer | null;
}

type Row = Partial<AccountRow> & {
  device_id: string | null;
  device_trusted: boolean;
  device_created_at: Date;
  device_country: string | null;
  device_address: string | null;
  wait_seconds: number | null;
  counted: string[];
};

/**
 * Reads account and device of an attempt and counts it, in one statement. It is the same statement whether the account
 * exists or not (S5).
 */
export async function beginAttempt(
  executor: Executor,
  attempt: {
    canonicalEmail: string | undefined;
    deviceTokenHashes: Buffer[];
    subjects: AttemptSubject[];
  },
): Promise<BegunAttempt> {
  const { canonicalEmail, deviceTokenHashes, subjects } = attempt;
  const { rows } = await sql<Row>`
    select a.*, begun.* from begin_sign_in(${canonicalEmail ?? null}, ${deviceTokenHashes}::bytea[],
      ${subjects.map((each) => each.key)}::text[], ${subjects.map((each) => each.deviceHash)}::bytea[],
      ${ruleArrays(subjects)}) begun
    left join lateral (${accountByIdQuery(sql`begun.account_id`)}) a on true`.execute(executor);
  const row = rows[0];
  if (!row) throw new Error('An attempt was not counted.');
  return {
    account: row.id ? toAccount(row as AccountRow) : undefined,
    device: deviceOf(row),
    waitSeconds: row.wait_seconds,
    counted: row.counted,
  };
}

function deviceOf(row: Row): KnownDevice | undefined {
  if (row.device_id === null) return undefined;
  return toKnownDevice({
    id: row.device_id,
    trusted: row.device_trusted,
    created_at: row.device_created_at,
    last_country: row.device_country,
    last_address: row.device_address,
  });
}
