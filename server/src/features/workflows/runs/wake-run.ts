import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Queryable } from '../../../platform/database/database.ts';
import type { WorkflowEngine } from '../../../platform/durable/workflow-engine.ts';
import type { EventBus } from '../../../platform/events/event-bus.ts';
import type { Resolution } from '../steps/step-type.ts';
import { type RunStatus, withWorkflowTables } from '../workflows.tables.ts';
import { toJson } from './run-store.ts';

export const runWorkflowName = 'workflows.run';

export interface WakeParts {
  engine: WorkflowEngine;
  bus: EventBus;
}

/** To do once the transaction is committed. */
export type AfterCommit = () => void;

export const pokeTopic = (runId: string): string => `workflow-run:${runId}`;

export interface LockedRun {
  id: string;
  owner_id: string;
  status: RunStatus;
  segment_id: string;
  pause_requested: boolean;
}

/** Whoever changes a run from outside locks it first: in this order nobody waits for anybody in a circle. */
export async function lockRun(trx: Queryable, runId: string): Promise<LockedRun | undefined> {
  return withWorkflowTables(trx)
    .selectFrom('workflow_runs')
    .select(['id', 'owner_id', 'status', 'segment_id', 'pause_requested'])
    .where('id', '=', runId)
    .forNoKeyUpdate()
    .executeTakeFirst();
}

export const ended: ReadonlySet<RunStatus> = new Set(['succeeded', 'failed', 'cancelled']);

/**
 * Whether a locked run is about to be cancelled: somebody stopped it, a run above it, or the answer that it writes, or a
 * run above it has ended. Whoever stops a run locks it first, so nobody stops this one before the transaction ends.
 */
export async function isStopping(trx: Queryable, { id: runId, status }: LockedRun): Promise<boolean> {
  if (ended.has(status)) return false;
  const { rows } = await sql<{ stopping: boolean }>`
    with recursive line as (
      select r.id, r.parent_run_id, r.generation_id from workflow_runs r where r.id = ${runId}
      union all
      select r.id, r.parent_run_id, r.generation_id from workflow_runs r join line on r.id = line.parent_run_id
    )
    select exists (
      select from line join streams s on s.id in (line.id, line.generation_id)
      where s.stop_requested_at is not null or (s.ended_at is not null and s.id = line.id and s.id <> ${runId})
    ) as stopping`.execute(trx);
  return rows[0]?.stopping ?? false;
}

/** Lets a durable run carry the locked run on. The one before it, if there is any, sees that it was replaced. */
export async function startSegment(
  trx: Queryable,
  { engine }: WakeParts,
  { id: runId, owner_id: ownerId }: Pick<LockedRun, 'id' | 'owner_id'>,
): Promise<AfterCommit> {
  const segmentId = uuidv7();
  await withWorkflowTables(trx)
    .updateTable('workflow_runs')
    .set({ status: 'queued', segment_id: segmentId, pause_requested: false })
    .where('id', '=', runId)
    .execute();
  const input = { runId, segmentId, ownerId };
  await engine.start(trx, { name: runWorkflowName, workflowId: segmentId, input });
  return () => engine.wake(segmentId);
}

/**
 * Stores what came for a waiting step of a locked run and lets the run go on. `undefined` when the step does not wait
 * (any more): of several only the first counts.
 */
export async function resolveStep(
  trx: Queryable,
  parts: WakeParts,
  run: LockedRun,
  step: number,
  resolution: Resolution,
): Promise<AfterCommit | undefined> {
  const result = await withWorkflowTables(trx)
    .updateTable('workflow_run_steps')
    .set({ resolution: toJson(resolution), wake_at: null })
    .where('run_id', '=', run.id)
    .where('number', '=', step)
    .where('status', '=', 'waiting')
    .where('resolution', 'is', null)
    .where(sql<boolean>`waits_for ->> 'kind' <> 'items'`)
    .executeTakeFirst();
  if (result.numUpdatedRows === 0n) return undefined;
  if (run.status === 'waiting') return startSegment(trx, parts, run);
  return () => parts.bus.publish(pokeTopic(run.id), {});
}
