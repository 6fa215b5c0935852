import { sql } from 'kysely';
import type { Database, DatabaseTransaction, Queryable } from '../../../platform/database/database.ts';
import { type EventLog, type StreamEvent, StreamFenced } from '../../../platform/events/event-log.ts';
import type { UserFeed } from '../../../platform/events/user-feed.ts';
import type { WorkflowNotices } from '../workflow-ports.ts';
import { type EndStatus, type Failure, withWorkflowTables } from '../workflows.tables.ts';
import { cancelApprovals, type EndingRun, numbered, type Turn, toJson } from './run-store.ts';
import { type AfterCommit, lockRun, resolveStep, type WakeParts } from './wake-run.ts';

export interface FinishParts extends WakeParts {
  db: Database;
  eventLog: EventLog;
  userFeed: UserFeed;
  notices: WorkflowNotices;
}

export interface RunEnd {
  status: EndStatus;
  error: Failure | null;
}

const nothingMore: Turn = { steps: [], events: [], used: { steps: 0, tokens: 0, ms: 0 }, cancelled: [] };

/**
 * Ends a run: its state, what led to it since it was last stored, what is left of its steps and approvals, the word to a
 * run that waits for it, and the `end` event, all at once, so that no history says otherwise. Throws `streams.fenced`
 * when another attempt has the run; then nothing changes.
 */
export async function finishRun(
  parts: FinishParts,
  run: EndingRun,
  attempt: number,
  end: RunEnd,
  { turn = nothingMore, endNodes = [] }: { turn?: Turn; endNodes?: string[] } = {},
): Promise<void> {
  const events = [...turn.events, { type: 'end', data: { status: end.status, error: end.error } }];
  const whole = { ...turn, events };
  const { stored, after } = isNobodysConcern(run, end, turn)
    ? { stored: await endRun(parts.db, run, attempt, end, whole, endNodes), after: [] }
    : await parts.db.transaction().execute(async (trx) => {
        // The run that waits comes first, as for everybody who locks two.
        if (run.parent_run_id) await lockRun(trx, run.parent_run_id);
        const stored = await endRun(trx, run, attempt, end, whole, endNodes);
        const withdrawn = await cancelApprovals(trx, run.id, turn.cancelled);
        const after = [
          await tellParent(trx, parts, run, end, stored.output),
          await parts.notices.approvalsSettled(trx, [...stored.withdrawn, ...withdrawn]),
        ];
        // Of a run that a person started, that person sees the end.
        if (run.trigger_kind !== null) after.push(await tellOwner(trx, parts, run, end));
        return { stored, after };
      });
  parts.eventLog.announce(run.id, stored.events);
  for (const one of after) one();
  parts.userFeed.changed(run.owner_id, 'run', run.id);
}

/** Nobody is to be told of the end: then one statement is all. */
function isNobodysConcern(run: EndingRun, { status }: RunEnd, { cancelled }: Turn): boolean {
  const isOwn = run.parent_run_id === null && run.trigger_kind === null;
  // What succeeded has no step left, and so no approval that waits.
  return isOwn && status === 'succeeded' && cancelled.length === 0;
}

async function endRun(
  db: Queryable,
  run: EndingRun,
  attempt: number,
  { status, error }: RunEnd,
  { steps, events, used }: Turn,
  endNodes: string[],
): Promise<{ events: StreamEvent[]; output: unknown; withdrawn: string[] }> {
  const { rows } = await sql<{ last_seq: number; output: unknown; withdrawn: string[] | null }>`
    select last_seq, output, withdrawn from end_workflow_run(${run.id}, ${attempt}, ${toJson(steps)}::jsonb,
      ${toJson(events)}::jsonb, ${used.steps}, ${used.tokens}, ${Math.round(used.ms)}, ${status},
      ${error ? toJson(error) : null}::jsonb, ${endNodes}::text[])`.execute(db);
  const [row] = rows;
  if (!row) throw StreamFenced.with();
  return { events: numbered(events, row.last_seq), output: row.output, withdrawn: row.withdrawn ?? [] };
}

async function tellOwner(
  trx: DatabaseTransaction,
  { notices }: FinishParts,
  run: EndingRun,
  { status, error }: RunEnd,
): Promise<AfterCommit> {
  if (status === 'cancelled') return () => undefined;
  const { name } = await withWorkflowTables(trx)
    .selectFrom('workflow_runs as r')
    .innerJoin('workflows as w', 'w.id', 'r.workflow_id')
    .select('w.name')
    .where('r.id', '=', run.id)
    .executeTakeFirstOrThrow();
  return notices.runEnded(trx, { ownerId: run.owner_id, runId: run.id, workflowName: name, status, error });
}

async function tellParent(
  trx: Queryable,
  parts: FinishParts,
  run: EndingRun,
  end: RunEnd,
  output: unknown,
): Promise<AfterCommit> {
  const nothing = (): void => undefined;
  if (run.parent_run_id === null || run.parent_step === null) return nothing;
  const parent = await lockRun(trx, run.parent_run_id);
  if (!parent) return nothing;
  await sql`
    update workflow_runs p set used_tokens = p.used_tokens + c.used_tokens, used_steps = p.used_steps + c.used_steps
    from workflow_runs c where p.id = ${parent.id} and c.id = ${run.id} and p.ended_at is null`.execute(trx);
  const { status, error } = end;
  const resolution = { kind: 'child' as const, status, output, error, run_id: run.id };
  return (await resolveStep(trx, parts, parent, run.parent_step, resolution)) ?? nothing;
}
