import { sql } from 'kysely';
import type { Database } from '../../../platform/database/database.ts';
import type { Logger } from '../../../platform/telemetry/logger.ts';
import { withWorkflowTables } from '../workflows.tables.ts';
import { lockRun, resolveStep, startSegment, type WakeParts } from './wake-run.ts';

const batch = 100;
/** Several missed heartbeats of a run's stream. */
const staleAfterMs = 30_000;

export type UpkeepParts = WakeParts & { db: Database; clock: () => Date; log: Logger };

/** Wakes the steps whose time has come. */
export async function wakeDueSteps(parts: UpkeepParts): Promise<void> {
  const { db, clock } = parts;
  const due = await withWorkflowTables(db)
    .selectFrom('workflow_run_steps')
    .select(['run_id', 'number'])
    .where('status', '=', 'waiting')
    .where('resolution', 'is', null)
    .where('wake_at', '<=', clock())
    .orderBy('wake_at')
    .limit(batch)
    .execute();
  for (const { run_id: runId, number } of due) {
    const after = await db.transaction().execute(async (trx) => {
      const run = await lockRun(trx, runId);
      return run && resolveStep(trx, parts, run, number, { kind: 'time' });
    });
    after?.();
  }
}

/**
 * Runs that nobody carries although they should be carried get a new durable run: whatever happened to the last one,
 * a run ends or can go on. Returns how many.
 */
export async function carryAbandonedRuns(
  parts: UpkeepParts,
  olderThanMs: number = staleAfterMs,
): Promise<number> {
  const { db, engine, log } = parts;
  const { rows } = await sql<{ id: string; segment_id: string }>`
    select r.id, r.segment_id from workflow_runs r join streams s on s.id = r.id
    where r.ended_at is null and r.status in ('queued', 'running')
      and s.heartbeat_at < now() - ${olderThanMs} * interval '1 millisecond'
    order by r.id limit ${batch}`.execute(db);
  let carried = 0;
  for (const { id, segment_id: segmentId } of rows) {
    const state = await engine.status(segmentId);
    if (state === 'running' || state === 'queued' || (await engine.isWaiting(segmentId))) continue;
    const after = await db.transaction().execute(async (trx) => {
      const run = await lockRun(trx, id);
      const isSame = run?.segment_id === segmentId && ['queued', 'running'].includes(run.status);
      return run && isSame ? startSegment(trx, parts, run) : undefined;
    });
    after?.();
    if (after) {
      carried += 1;
      log.warn({ runId: id, before: state ?? null }, 'a run that nobody carried goes on');
    }
  }
  return carried;
}

/** Sub-workflows whose run has ended without them: a process that died left them behind. */
export async function listOrphans(db: Database): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select c.id from workflow_runs c join workflow_runs p on p.id = c.parent_run_id
    where c.ended_at is null and p.ended_at is not null limit ${batch}`.execute(db);
  return rows.map(({ id }) => id);
}
