import { type Selectable, sql } from 'kysely';
import type { Queryable } from '../../../platform/database/database.ts';
import { type RunStatus, type WorkflowTables, withWorkflowTables } from '../workflows.tables.ts';
import type { Definition } from './definition.schemas.ts';

export type WorkflowRow = Selectable<WorkflowTables['workflows']>;

/** Newest first; one row more than `limit` says that there is a next page. */
export async function listWorkflows(
  db: Queryable,
  ownerId: string,
  filter: { after: string | undefined; builtin: boolean },
  limit: number,
): Promise<WorkflowRow[]> {
  const { after, builtin } = filter;
  let query = withWorkflowTables(db)
    .selectFrom('workflows')
    .selectAll()
    .where('owner_id', '=', ownerId)
    .where('builtin', builtin ? 'is not' : 'is', null)
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (after) query = query.where('id', '<', after);
  return query.execute();
}

/** Names of a person's workflows by id; without those that are gone or somebody else's. */
export async function listWorkflowNames(
  db: Queryable,
  ownerId: string,
  ids: string[],
): Promise<Map<string, string>> {
  const rows = await withWorkflowTables(db)
    .selectFrom('workflows')
    .select(['id', 'name'])
    .where('owner_id', '=', ownerId)
    .where('id', 'in', ids)
    .execute();
  return new Map(rows.map(({ id, name }) => [id, name]));
}

const lastRunsShown = 10;

/** The newest runs of each of these workflows, newest first; one query for all of them. */
export async function listLastRuns(
  db: Queryable,
  workflowIds: string[],
): Promise<Map<string, { id: string; status: RunStatus }[]>> {
  if (workflowIds.length === 0) return new Map();
  const { rows } = await sql<{ workflow_id: string; id: string; status: RunStatus }>`
    select w.id as workflow_id, r.id, r.status from unnest(${workflowIds}::uuid[]) as w (id)
    cross join lateral (
      select id, status from workflow_runs where workflow_id = w.id order by id desc limit ${lastRunsShown}) r`.execute(
    db,
  );
  const grouped = Map.groupBy(rows, (row) => row.workflow_id);
  return new Map(
    [...grouped].map(([id, own]) => [id, own.map((run) => ({ id: run.id, status: run.status }))]),
  );
}

/** When a schedule starts each of these workflows next; those without one are left out. */
export async function listNextTimes(db: Queryable, workflowIds: string[]): Promise<Map<string, Date>> {
  if (workflowIds.length === 0) return new Map();
  const rows = await withWorkflowTables(db)
    .selectFrom('workflow_triggers')
    .select(['workflow_id', sql<Date>`min(next_fire_at)`.as('next')])
    .where('workflow_id', 'in', workflowIds)
    .where('enabled', '=', true)
    .where('next_fire_at', 'is not', null)
    .groupBy('workflow_id')
    .execute();
  return new Map(rows.map((row) => [row.workflow_id, row.next]));
}

function selectOwn(db: Queryable, ownerId: string) {
  return withWorkflowTables(db).selectFrom('workflows').selectAll().where('owner_id', '=', ownerId);
}

export async function findWorkflow(
  db: Queryable,
  ownerId: string,
  id: string,
): Promise<WorkflowRow | undefined> {
  return selectOwn(db, ownerId).where('id', '=', id).executeTakeFirst();
}

export async function lockWorkflow(
  trx: Queryable,
  ownerId: string,
  id: string,
): Promise<WorkflowRow | undefined> {
  return selectOwn(trx, ownerId).where('id', '=', id).forUpdate().executeTakeFirst();
}

export async function findWorkflowByKey(
  db: Queryable,
  ownerId: string,
  key: string,
): Promise<WorkflowRow | undefined> {
  return selectOwn(db, ownerId).where('idempotency_key', '=', key).executeTakeFirst();
}

/** A new workflow at its first version. False when its idempotency key was used, or the person has such a one already. */
export async function insertWorkflow(
  trx: Queryable,
  row: Pick<WorkflowRow, 'id' | 'owner_id' | 'name' | 'description'> &
    Partial<Pick<WorkflowRow, 'idempotency_key' | 'request_hash' | 'sample' | 'builtin'>>,
): Promise<boolean> {
  const result = await withWorkflowTables(trx)
    .insertInto('workflows')
    .values({ ...row, version: 1 })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
}

/** The workflow of a chat mode, locked; `undefined` before its first use. */
export async function lockBuiltin(
  trx: Queryable,
  ownerId: string,
  builtin: string,
): Promise<WorkflowRow | undefined> {
  return selectOwn(trx, ownerId).where('builtin', '=', builtin).forUpdate().executeTakeFirst();
}

/** The workflows of chat modes that a person has, by mode. */
export async function listBuiltins(
  db: Queryable,
  ownerId: string,
): Promise<{ id: string; builtin: string }[]> {
  return withWorkflowTables(db)
    .selectFrom('workflows')
    .select(['id', 'builtin'])
    .where('owner_id', '=', ownerId)
    .where('builtin', 'is not', null)
    .$narrowType<{ builtin: string }>()
    .execute();
}

/** Whether a version says the same, whatever the order of its keys. */
export async function isSameDefinition(
  db: Queryable,
  workflowId: string,
  number: number,
  definition: Definition,
): Promise<boolean> {
  const row = await withWorkflowTables(db)
    .selectFrom('workflow_versions')
    .select(sql<boolean>`definition = ${JSON.stringify(definition)}::jsonb`.as('same'))
    .where('workflow_id', '=', workflowId)
    .where('number', '=', number)
    .executeTakeFirst();
  return row?.same ?? false;
}

export async function insertVersion(
  trx: Queryable,
  workflowId: string,
  number: number,
  definition: Definition,
): Promise<void> {
  await withWorkflowTables(trx)
    .insertInto('workflow_versions')
    .values({ workflow_id: workflowId, number, definition: JSON.stringify(definition) })
    .execute();
}

export async function updateWorkflow(
  trx: Queryable,
  id: string,
  changes: Partial<Pick<WorkflowRow, 'name' | 'description' | 'enabled' | 'version'>>,
): Promise<void> {
  await withWorkflowTables(trx)
    .updateTable('workflows')
    .set({ ...changes, revision: sql<number>`revision + 1`, updated_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute();
}

export async function deleteWorkflow(trx: Queryable, ownerId: string, id: string): Promise<boolean> {
  const result = await withWorkflowTables(trx)
    .deleteFrom('workflows')
    .where('id', '=', id)
    .where('owner_id', '=', ownerId)
    .executeTakeFirst();
  return result.numDeletedRows === 1n;
}

/** A version of a workflow that the caller knows to be the person's. */
export async function findVersion(
  db: Queryable,
  workflowId: string,
  number: number,
): Promise<{ number: number; definition: Definition; created_at: Date } | undefined> {
  return withWorkflowTables(db)
    .selectFrom('workflow_versions')
    .select(['number', 'definition', 'created_at'])
    .where('workflow_id', '=', workflowId)
    .where('number', '=', number)
    .executeTakeFirst();
}

/** Newest first, below `before` where that is not 0. */
export async function listVersions(
  db: Queryable,
  workflowId: string,
  before: number,
  limit: number,
): Promise<{ number: number; created_at: Date }[]> {
  let query = withWorkflowTables(db)
    .selectFrom('workflow_versions')
    .select(['number', 'created_at'])
    .where('workflow_id', '=', workflowId)
    .orderBy('number', 'desc')
    .limit(limit + 1);
  if (before > 0) query = query.where('number', '<', before);
  return query.execute();
}
