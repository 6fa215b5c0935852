import { type Selectable, sql } from 'kysely';
import type { Queryable } from '../../../platform/database/database.ts';
import type { RunStatus, WorkflowTables } from '../workflows.tables.ts';
import { withWorkflowTables } from '../workflows.tables.ts';
import type { RunCounts, RunCountsQuery, RunStep, RunSummary } from './runs.schemas.ts';

const stepColumns = [
  's.number',
  's.node_id',
  's.frame',
  's.status',
  's.attempt',
  's.port',
  's.error',
  's.input_tokens',
  's.output_tokens',
  's.progress',
  's.waits_for',
  's.started_at',
  's.ended_at',
] as const;
type StepRow = Awaited<ReturnType<typeof listSteps>>[number];
type RunRow = Selectable<WorkflowTables['workflow_runs']> & {
  workflow_name: string;
  builtin: string | null;
  last_seq: number;
};

function selectRuns(db: Queryable, ownerId: string) {
  return withWorkflowTables(db)
    .selectFrom('workflow_runs as r')
    .innerJoin('workflows as w', 'w.id', 'r.workflow_id')
    .innerJoin('streams as s', 's.id', 'r.id')
    .selectAll('r')
    .select(['w.name as workflow_name', 'w.builtin', 's.last_seq'])
    .where('r.owner_id', '=', ownerId);
}

export async function findRun(db: Queryable, ownerId: string, id: string): Promise<RunRow | undefined> {
  return selectRuns(db, ownerId).where('r.id', '=', id).executeTakeFirst();
}

/** Newest first; one row more than `limit` says that there is a next page. */
export async function listRuns(
  db: Queryable,
  ownerId: string,
  filter: {
    after?: string | undefined;
    workflowId?: string | undefined;
    status?: RunStatus | undefined;
    builtin?: boolean | undefined;
  },
  limit: number,
): Promise<RunRow[]> {
  const { after, workflowId, status, builtin } = filter;
  return selectRuns(db, ownerId)
    .$if(after !== undefined, (query) => query.where('r.id', '<', after ?? ''))
    .$if(workflowId !== undefined, (query) => query.where('r.workflow_id', '=', workflowId ?? ''))
    .$if(builtin !== undefined, (query) => query.where('w.builtin', builtin ? 'is not' : 'is', null))
    .$if(status !== undefined, (query) => query.where(sql<string>`r.status`, '=', status ?? ''))
    .orderBy('r.id', 'desc')
    .limit(limit + 1)
    .execute();
}

/** Quarters of an hour in which runs were started, oldest first. What sub-workflows used is counted in the run above them. */
export async function countRuns(
  db: Queryable,
  ownerId: string,
  { days, workflow_id: workflowId, builtin }: RunCountsQuery,
): Promise<RunCounts['items']> {
  const rows = await withWorkflowTables(db)
    .selectFrom('workflow_runs as r')
    .innerJoin('workflows as w', 'w.id', 'r.workflow_id')
    .select([
      sql<Date>`date_bin('15 minutes', r.created_at, 'epoch')`.as('at'),
      sql<number>`count(*) filter (where r.status = 'succeeded')`.as('succeeded'),
      sql<number>`count(*) filter (where r.status = 'failed')`.as('failed'),
      sql<number>`count(*) filter (where r.status not in ('succeeded', 'failed'))`.as('others'),
      sql<number>`sum(r.used_tokens)`.as('tokens'),
    ])
    .where('r.owner_id', '=', ownerId)
    .where('r.parent_run_id', 'is', null)
    .where('r.created_at', '>=', sql<Date>`now() - ${days + 1} * interval '24 hours'`)
    .$if(workflowId !== undefined, (query) => query.where('r.workflow_id', '=', workflowId ?? ''))
    .$if(builtin !== undefined, (query) => query.where('w.builtin', builtin ? 'is not' : 'is', null))
    .groupBy('at')
    .orderBy('at')
    .execute();
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}

export async function findRunByKey(
  db: Queryable,
  ownerId: string,
  key: string,
): Promise<{ id: string; request_hash: string | null } | undefined> {
  return withWorkflowTables(db)
    .selectFrom('workflow_runs')
    .select(['id', 'request_hash'])
    .where('owner_id', '=', ownerId)
    .where('idempotency_key', '=', key)
    .executeTakeFirst();
}

/** In their order; of a run that the caller knows to be the person's. Without `values` neither inputs nor outputs are read. */
export async function listSteps(
  db: Queryable,
  runId: string,
  { after, limit, values = true }: { after: number; limit: number; values?: boolean | undefined },
) {
  const kept = (column: string) => (values ? sql<unknown>`s.${sql.ref(column)}` : sql<unknown>`null::jsonb`);
  return withWorkflowTables(db)
    .selectFrom('workflow_run_steps as s')
    .select([...stepColumns])
    .select([
      kept('input').as('input'),
      kept('output').as('output'),
      sql<string | null>`(select c.id from workflow_runs c where c.parent_run_id = s.run_id
        and c.parent_step = s.number order by c.id desc limit 1)`.as('child_run_id'),
    ])
    .where('s.run_id', '=', runId)
    .where('s.number', '>', after)
    .orderBy('s.number')
    .limit(limit + 1)
    .execute();
}

/** Runs of a workflow, or started by a run, that have not ended. */
export async function listOpenRuns(
  db: Queryable,
  of: { workflowId: string } | { parentRunId: string },
): Promise<{ id: string; owner_id: string }[]> {
  const query = withWorkflowTables(db)
    .selectFrom('workflow_runs')
    .select(['id', 'owner_id'])
    .where('ended_at', 'is', null);
  return 'workflowId' in of
    ? query.where('workflow_id', '=', of.workflowId).execute()
    : query.where('parent_run_id', '=', of.parentRunId).execute();
}

/**
 * Copies what a run had done into another one, under the same numbers, with `step` as the next to run. What was cut off
 * by the end of the run begins again too; loops and joins go on with what they had. `later`: whether what came after
 * `step` is copied.
 */
export async function copySteps(
  trx: Queryable,
  from: string,
  to: string,
  { step, editedInput, later }: { step: number; editedInput: unknown; later: boolean },
): Promise<void> {
  const edited = editedInput === undefined ? null : JSON.stringify(editedInput);
  await sql`
    insert into workflow_run_steps (run_id, number, node_id, frame, item_path, status, input, waits_for, progress, edited_input)
    select ${to}::uuid, number, node_id, frame, item_path, case when rests then 'waiting' else 'pending' end,
      case when rests or waits_for ->> 'kind' = 'collect' then input end,
      case when rests or waits_for ->> 'kind' = 'collect' then waits_for end,
      progress, case when number = ${step} then ${edited}::jsonb else edited_input end
    from (select s.*, s.number <> ${step} and coalesce(s.waits_for ->> 'kind' in ('items', 'branches'), false) as rests
      from workflow_run_steps s join workflow_runs r on r.id = s.run_id
      where s.run_id = ${from} and (s.number = ${step} or (s.status = 'cancelled' and s.ended_at = r.ended_at))
        and (${later} or s.number <= ${step})) again`.execute(trx);
  await sql`
    insert into workflow_run_steps (run_id, number, node_id, frame, item_path, status, attempt, input, output, port, error,
      input_tokens, output_tokens, progress, edited_input, created_at, started_at, ended_at)
    select ${to}::uuid, number, node_id, frame, item_path, status, attempt, input, output, port, error,
      input_tokens, output_tokens, progress, edited_input, created_at, started_at, ended_at
    from workflow_run_steps s
    where run_id = ${from} and (${later} or number <= ${step})
      and not exists (select from workflow_run_steps t where t.run_id = ${to} and t.number = s.number)`.execute(
    trx,
  );
}

export function viewRun(row: RunRow): RunSummary {
  return {
    id: row.id,
    workflow_id: row.workflow_id,
    workflow_name: row.workflow_name,
    builtin: row.builtin,
    version: row.version,
    status: row.status,
    error: row.error,
    used: { steps: row.used_steps, tokens: row.used_tokens, ms: row.used_ms },
    parent_run_id: row.parent_run_id,
    retry_of: row.retry_of,
    trigger_id: row.trigger_id,
    conversation_id: row.conversation_id,
    trigger_kind: row.trigger_kind,
    trigger_name: row.trigger_name,
    created_at: row.created_at.toISOString(),
    started_at: row.started_at?.toISOString() ?? null,
    ended_at: row.ended_at?.toISOString() ?? null,
  };
}

export function viewStep(row: StepRow): RunStep {
  const { number, node_id, frame, status, input, output, port, error, progress, waits_for } = row;
  return {
    number,
    node_id,
    frame,
    status,
    attempts: row.attempt,
    input,
    output,
    port,
    error,
    tokens: { input: row.input_tokens, output: row.output_tokens },
    progress,
    waits_for,
    child_run_id: row.child_run_id,
    started_at: row.started_at?.toISOString() ?? null,
    ended_at: row.ended_at?.toISOString() ?? null,
  };
}
