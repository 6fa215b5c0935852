import { sql } from 'kysely';
import {
  type AccountRow,
  type AccountWithPassword,
  accountByEmailQuery,
  toAccount,
} from '../accounts/index.ts';
import type { Executor } from '../audit/index.ts';
import { type KnownDevice, knownDeviceQuery } from '../devices/index.ts';
import type { Reservation } from './throttle.ts';

/** What is known of an attempt before its password is looked at. */
export interface BegunAttempt {
  account: AccountWithPassword | undefined;
  device: KnownDevice | undefined;
  /** Null when the attempt was counted and may be made. */
  waitSeconds: number | null;
  /** Counters that were raised. */
  counted: string[];
}

type Row = Partial<AccountRow> & {
  device_id: string | null;
  device_trusted: boolean | null;
  wait_seconds: number | null;
  counted: string[];
};

/** The device of the attempt, for conditions of its reservation. */
export const attemptDevice = sql.ref('attempt_device');

/**
 * Reads account and device of an attempt and counts it, in one statement. It is the same statement whether the account
 * exists or not (S5).
 */
export async function beginAttempt(
  executor: Executor,
  attempt: { canonicalEmail: string | undefined; deviceTokenHashes: Buffer[]; reservation: Reservation },
): Promise<BegunAttempt> {
  const { canonicalEmail, deviceTokenHashes, reservation } = attempt;
  const { rows } = await sql<Row>`
    with attempt_account as materialized (${accountByEmailQuery(canonicalEmail ?? null)}),
    ${attemptDevice} as materialized (
      ${knownDeviceQuery(sql`(select id from attempt_account)`, deviceTokenHashes)}),
    ${reservation.expressions}
    select a.*, d.id as device_id, d.trusted as device_trusted, ${reservation.waitSeconds} as wait_seconds,
      ${reservation.keys} as counted
    from (select) as attempt left join attempt_account a on true left join ${attemptDevice} d on true`.execute(
    executor,
  );
  const row = rows[0];
  if (!row) throw new Error('An attempt was not counted.');
  return {
    account: row.id ? toAccount(row as AccountRow) : undefined,
    device: row.device_id === null ? undefined : { id: row.device_id, trusted: row.device_trusted === true },
    waitSeconds: row.wait_seconds,
    counted: row.counted,
  };
}
