import type { WorkflowEngine } from '../../../platform/durable/workflow-engine.ts';
import { failureOf, isProblem } from '../../../platform/errors.ts';
import { StreamFenced, type StreamState } from '../../../platform/events/event-log.ts';
import type { Logger } from '../../../platform/telemetry/logger.ts';
import { AnswerInterrupted } from '../conversations.errors.ts';
import { type FinishServices, finishFromLog } from './finish-generation.ts';
import type { ChatModeRuns } from './generation-ports.ts';
import { unscopedFindTask } from './generations.queries.ts';
import { streamKind } from './start-answer.ts';

/** Several missed heartbeats: whoever was writing is gone or cannot write. */
const staleAfterMs = 30_000;
/** So long without a sign of life, a run that the engine still counts as running hangs. */
const hungAfterMs = 15 * 60_000;

export interface SweepServices extends FinishServices {
  engine: WorkflowEngine;
  log: Logger;
  modes: ChatModeRuns;
}

/**
 * Ends the answers that nobody is writing any more, so that no page waits for ever: their run has ended or never was.
 * Runs that the engine will resume are left to it. Returns how many were ended.
 */
export async function sweepStaleGenerations(
  services: SweepServices,
  ages: { staleAfterMs: number; hungAfterMs: number } = { staleAfterMs, hungAfterMs },
): Promise<number> {
  const hung = new Set(
    (await services.eventLog.listStale(streamKind, ages.hungAfterMs)).map((stream) => stream.id),
  );
  let ended = 0;
  for (const stream of await services.eventLog.listStale(streamKind, ages.staleAfterMs)) {
    if (!(await isAbandoned(services, stream, hung.has(stream.id)))) continue;
    if (await end(services, stream)) ended += 1;
  }
  return ended;
}

async function isAbandoned(services: SweepServices, stream: StreamState, hung: boolean): Promise<boolean> {
  const state = await services.engine.status(stream.id);
  // Stored, and no executor was there yet to begin.
  if (state === undefined) return !(await services.engine.isWaiting(stream.id));
  if (state === 'running') return hung;
  return state !== 'queued';
}

async function end(services: SweepServices, stream: StreamState): Promise<boolean> {
  const task = await unscopedFindTask(services.db, stream.id);
  if (!task) return false;
  const error = { ...failureOf(AnswerInterrupted.with()), retryable: true };
  const outcome = stream.stopRequested
    ? { status: 'stopped' as const, error: null }
    : { status: 'failed' as const, error };
  try {
    await finishFromLog(services, task, outcome);
    if (task.mode !== 'simple')
      await services.modes.cancel({ generationId: task.id, ownerId: task.owner_id });
    services.log.warn(
      { generationId: stream.id, outcome: outcome.status },
      'ended an answer that nobody was writing',
    );
    return true;
  } catch (caught) {
    if (isProblem(caught, StreamFenced)) return false;
    throw caught;
  }
}
