import { sql } from 'kysely';
import type { Executor } from '../audit/index.ts';

/** A process that has not been seen for so long has ended without saying so. */
const goneAfterSeconds = 60;

export interface KeyHolder {
  processId: string;
  /** Newest first. */
  keyIds: string[];
  seenAt: Date;
}

export async function storeHolder(
  executor: Executor,
  processId: string,
  keyIds: readonly string[],
): Promise<void> {
  await sql`insert into key_holders (process_id, key_ids) values (${processId}, ${keyIds}::text[])
    on conflict (process_id) do update set key_ids = excluded.key_ids, seen_at = now()`.execute(executor);
}

export async function removeHolder(executor: Executor, processId: string): Promise<void> {
  await sql`delete from key_holders where process_id = ${processId}`.execute(executor);
}

/** All but this one: for a process that is the only one on its database. */
export async function removeOtherHolders(executor: Executor, processId: string): Promise<void> {
  await sql`delete from key_holders where process_id <> ${processId}`.execute(executor);
}

export async function removeGoneHolders(executor: Executor): Promise<void> {
  await sql`delete from key_holders where seen_at < now() - interval '1 hour'`.execute(executor);
}

export async function listLiveHolders(executor: Executor): Promise<KeyHolder[]> {
  const { rows } = await sql<{ process_id: string; key_ids: string[]; seen_at: Date }>`
    select process_id, key_ids, seen_at from key_holders
    where seen_at > now() - ${goneAfterSeconds} * interval '1 second' order by seen_at`.execute(executor);
  return rows.map((row) => ({ processId: row.process_id, keyIds: row.key_ids, seenAt: row.seen_at }));
}

/** Notes that this master secret signs now. */
export async function noteSigning(executor: Executor, keyId: string): Promise<void> {
  await sql`insert into signing_keys (key_id) values (${keyId})
    on conflict (key_id) do update set last_used_at = now()`.execute(executor);
}

export async function lastSigning(executor: Executor, keyId: string): Promise<Date | undefined> {
  const { rows } = await sql<{ last_used_at: Date }>`
    select last_used_at from signing_keys where key_id = ${keyId}`.execute(executor);
  return rows[0]?.last_used_at;
}
