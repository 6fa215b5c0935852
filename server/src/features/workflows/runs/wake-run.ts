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
