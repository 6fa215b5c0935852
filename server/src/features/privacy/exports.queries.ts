import { sql } from 'kysely';
import type { Queryable } from '../../platform/database/database.ts';

export interface ExportRow {
  id: string;
  user_id: string;
  status: 'waiting' | 'running' | 'ready' | 'failed' | 'expired';
  attempt: number;
  file_key: string | null;
  size_bytes: number | null;
  error_code: string | null;
  error_detail: string | null;
  created_at: Date;
  finished_at: Date | null;
  expires_at: Date | null;
}

const columns = sql`id, user_id, status, attempt, file_key, size_bytes, error_code, error_detail, created_at,
  finished_at, expires_at`;
const listLimit = 20;

/** A new export, or nothing when one of this person is under way. */
export async function insertExport(
  db: Queryable,
  id: string,
  userId: string,
): Promise<ExportRow | undefined> {
  const { rows } = await sql<ExportRow>`
    insert into privacy_exports (id, user_id) values (${id}, ${userId})
    on conflict (user_id) where status in ('waiting', 'running') do nothing returning ${columns}`.execute(db);
  return rows[0];
}

export async function findExportUnderWay(db: Queryable, userId: string): Promise<ExportRow | undefined> {
  const { rows } = await sql<ExportRow>`
    select ${columns} from privacy_exports where user_id = ${userId} and status in ('waiting', 'running')`.execute(
    db,
  );
  return rows[0];
}

/** An export of this person. */
export async function findExport(db: Queryable, userId: string, id: string): Promise<ExportRow | undefined> {
  const { rows } = await sql<ExportRow>`
    select ${columns} from privacy_exports where id = ${id} and user_id = ${userId}`.execute(db);
  return rows[0];
}

/** Newest first. */
export async function listExports(db: Queryable, userId: string): Promise<ExportRow[]> {
  const { rows } = await sql<ExportRow>`
    select ${columns} from privacy_exports where user_id = ${userId} order by id desc limit ${listLimit}`.execute(
    db,
  );
  return rows;
}

/** Takes the export for a new run; nothing when it is done or gone. Outcomes of older runs match no row any more. */
export async function takeExport(
  db: Queryable,
  id: string,
): Promise<{ userId: string; attempt: number } | undefined> {
  const { rows } = await sql<{ user_id: string; attempt: number }>`
    update privacy_exports set status = 'running', attempt = attempt + 1
    where id = ${id} and status in ('waiting', 'running') returning user_id, attempt`.execute(db);
  return rows[0] && { userId: rows[0].user_id, attempt: rows[0].attempt };
}

/** False when another run took the export, or its account is gone. */
export async function storeReady(
  db: Queryable,
  run: { id: string; attempt: number },
  file: { key: string; sizeBytes: number },
  keepDays: number,
): Promise<boolean> {
  const { rows } = await sql`
    update privacy_exports set status = 'ready', file_key = ${file.key}, size_bytes = ${file.sizeBytes},
      finished_at = now(), expires_at = now() + ${keepDays} * interval '1 day'
    where id = ${run.id} and attempt = ${run.attempt} and status = 'running' returning 1`.execute(db);
  return rows.length > 0;
}

export async function storeFailed(
  db: Queryable,
  run: { id: string; attempt: number },
  error: { code: string; detail: string },
): Promise<void> {
  await sql`
    update privacy_exports set status = 'failed', error_code = ${error.code}, error_detail = ${error.detail},
      finished_at = now()
    where id = ${run.id} and attempt = ${run.attempt} and status in ('waiting', 'running')`.execute(db);
}

/** Files that nobody may download any more: of exports past their time, and of all but this one of a person. */
export async function expireExports(
  db: Queryable,
  which: { olderThan: { userId: string; id: string } } | 'past',
): Promise<string[]> {
  const condition =
    which === 'past'
      ? sql`e.expires_at < now()`
      : sql`e.user_id = ${which.olderThan.userId} and e.id < ${which.olderThan.id}`;
  const { rows } = await sql<{ file_key: string }>`
    with gone as (
      select id, file_key from privacy_exports e where e.status = 'ready' and ${condition} for update)
    update privacy_exports e set status = 'expired', file_key = null from gone g where g.id = e.id
    returning g.file_key`.execute(db);
  return rows.map((row) => row.file_key);
}

/** Exports that have been under way for longer than `seconds`. */
export async function listUnfinished(
  db: Queryable,
  seconds: number,
): Promise<{ id: string; attempt: number }[]> {
  const { rows } = await sql<{ id: string; attempt: number }>`
    select id, attempt from privacy_exports
    where status in ('waiting', 'running') and created_at < now() - ${seconds} * interval '1 second'`.execute(
    db,
  );
  return rows;
}

export async function removeOldExports(db: Queryable, keepDays: number): Promise<void> {
  await sql`delete from privacy_exports
    where status in ('failed', 'expired') and created_at < now() - ${keepDays} * interval '1 day'`.execute(
    db,
  );
}

export async function listFileKeys(db: Queryable, userId: string): Promise<string[]> {
  const { rows } = await sql<{ file_key: string }>`
    select file_key from privacy_exports where user_id = ${userId} and file_key is not null`.execute(db);
  return rows.map((row) => row.file_key);
}

/** Which of these files an export still has; the sweep of the store asks. */
export async function unscopedKnownExportFiles(db: Queryable, keys: string[]): Promise<Set<string>> {
  const { rows } = await sql<{ file_key: string }>`
    select file_key from privacy_exports where file_key = any(${keys}::text[])`.execute(db);
  return new Set(rows.map((row) => row.file_key));
}
