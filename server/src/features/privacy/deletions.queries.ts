import { sql } from 'kysely';
import type { Queryable } from '../../platform/database/database.ts';

export interface DeletionRow {
  id: string;
  user_id: string;
  by_administrator: boolean;
  requested_at: Date;
  due_at: Date;
  state: 'scheduled' | 'revoked';
  run_id: string | null;
  revoked_at: Date | null;
  proof_id: string | null;
  counts: Record<string, number> | null;
}

const columns = sql`id, user_id, by_administrator, requested_at, due_at, state, run_id, revoked_at, proof_id, counts`;

/** Schedules, unless a deletion of the account is scheduled already; answers that one then. */
export async function insertDeletion(
  db: Queryable,
  deletion: { id: string; userId: string; requestedBy: string; byAdministrator: boolean; graceDays: number },
): Promise<{ row: DeletionRow; isNew: boolean }> {
  const inserted = await sql<DeletionRow>`
    insert into account_deletions (id, user_id, requested_by, by_administrator, due_at)
    values (${deletion.id}, ${deletion.userId}, ${deletion.requestedBy}, ${deletion.byAdministrator},
      now() + ${deletion.graceDays} * interval '1 day')
    on conflict (user_id) do nothing returning ${columns}`.execute(db);
  const [row] = inserted.rows;
  if (row) return { row, isNew: true };
  const earlier = await findDeletionOf(db, deletion.userId);
  if (!earlier) throw new Error('A deletion that was in the way is gone.');
  return { row: earlier, isNew: false };
}

export async function findDeletionOf(db: Queryable, userId: string): Promise<DeletionRow | undefined> {
  const { rows } = await sql<DeletionRow>`
    select ${columns} from account_deletions where user_id = ${userId}`.execute(db);
  return rows[0];
}

export async function findDeletion(db: Queryable, id: string): Promise<DeletionRow | undefined> {
  const { rows } = await sql<DeletionRow>`select ${columns} from account_deletions where id = ${id}`.execute(
    db,
  );
  return rows[0];
}

/** The same, and nobody else goes on with it or takes it back until the transaction ends. */
export async function lockDeletion(db: Queryable, id: string): Promise<DeletionRow | undefined> {
  const { rows } = await sql<DeletionRow>`
    select ${columns} from account_deletions where id = ${id} for update`.execute(db);
  return rows[0];
}

/** True when there was one that had not begun. */
export async function removeScheduled(db: Queryable, userId: string): Promise<boolean> {
  const { rows } = await sql`
    delete from account_deletions where user_id = ${userId} and state = 'scheduled' returning 1`.execute(db);
  return rows.length > 0;
}

export async function removeDeletion(db: Queryable, id: string): Promise<void> {
  await sql`delete from account_deletions where id = ${id}`.execute(db);
}

/** Deletions that are due and have no run yet; nobody else begins them meanwhile. */
export async function lockDue(db: Queryable, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from account_deletions where due_at <= now() and run_id is null
    order by due_at limit ${limit} for update skip locked`.execute(db);
  return rows.map((row) => row.id);
}

/** Deletions whose run began longer ago than `seconds` and that are not done. */
export async function listUnfinishedDeletions(
  db: Queryable,
  seconds: number,
): Promise<{ id: string; run_id: string }[]> {
  const { rows } = await sql<{ id: string; run_id: string }>`
    select id, run_id from account_deletions
    where run_id is not null and run_at < now() - ${seconds} * interval '1 second'`.execute(db);
  return rows;
}

/** Says which durable run does it; false when another one was begun instead of `instead`. */
export async function storeRun(
  db: Queryable,
  id: string,
  runId: string,
  instead: string | null,
): Promise<boolean> {
  const { rows } = await sql`
    update account_deletions set run_id = ${runId}, run_at = now()
    where id = ${id} and run_id is not distinct from ${instead}::uuid returning 1`.execute(db);
  return rows.length > 0;
}

export async function storeRevoked(
  db: Queryable,
  id: string,
  proofId: string,
  counts: Record<string, number>,
): Promise<void> {
  await sql`
    update account_deletions set state = 'revoked', revoked_at = now(), proof_id = ${proofId},
      counts = ${JSON.stringify(counts)}::jsonb
    where id = ${id}`.execute(db);
}

/** Everything that is left goes along by its foreign keys. */
export async function deleteAccount(db: Queryable, userId: string): Promise<void> {
  await sql`delete from users where id = ${userId}`.execute(db);
}

/** True when there is another active superuser. Whoever changes superusers waits for whoever else does. */
export async function hasOtherSuperuser(db: Queryable, userId: string): Promise<boolean> {
  const { rows } = await sql`
    select from users where role = 'superuser' and status = 'active' and id <> ${userId} limit 1`.execute(db);
  return rows.length > 0;
}

export interface ProofRow {
  id: string;
  statement: string;
  key_id: string;
  mac: Buffer;
}

export async function insertProof(db: Queryable, proof: ProofRow): Promise<void> {
  await sql`insert into deletion_proofs (id, statement, key_id, mac)
    values (${proof.id}, ${proof.statement}, ${proof.key_id}, ${proof.mac})`.execute(db);
}

export async function findProof(db: Queryable, id: string): Promise<ProofRow | undefined> {
  const { rows } = await sql<ProofRow>`
    select id, statement, key_id, mac from deletion_proofs where id = ${id}`.execute(db);
  return rows[0];
}

/** When the transaction began, by the clock of the database. */
export async function transactionTime(db: Queryable): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select now()`.execute(db);
  if (!rows[0]) throw new Error('The database told no time.');
  return rows[0].now;
}
