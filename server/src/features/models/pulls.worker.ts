import type { Database } from '../../platform/database/database.ts';
import {
  defineWorkflow,
  type WorkflowContext,
  type WorkflowRegistration,
} from '../../platform/durable/workflow-engine.ts';
import { InternalError, isProblem, ProblemError, type ProblemParameters } from '../../platform/errors.ts';
import { type EventLog, StreamFenced } from '../../platform/events/event-log.ts';
import type { UserFeed } from '../../platform/events/user-feed.ts';
import type { ModelGateway, PullProgress } from '../../platform/models/index.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import * as queries from './models.queries.ts';
import { PullInput } from './models.schemas.ts';
import { toPull } from './models.views.ts';
import { pullJobName, pullQueue } from './pulls.jobs.ts';

/** Progress is stored at most this often; a change of what is being done is stored at once. */
const progressEveryMs = 500;
const heartbeatMs = 5_000;

export interface PullWorkerDependencies {
  db: Database;
  eventLog: EventLog;
  userFeed: UserFeed;
  gateway: ModelGateway;
  log: Logger;
}

/**
 * Downloads a model. Runs at least once: after a crash the next attempt takes the event stream over and asks the
 * server again, which goes on where its own download stopped.
 */
export function pullWorkflow(deps: PullWorkerDependencies): WorkflowRegistration {
  return defineWorkflow<PullInput>({
    name: pullJobName,
    input: PullInput,
    dispatch: pullQueue,
    run: (context, input) => runPull(deps, context, input.pull_id),
  });
}

async function runPull(
  deps: PullWorkerDependencies,
  context: WorkflowContext,
  pullId: string,
): Promise<void> {
  const row = await queries.findPull(deps.db, pullId);
  if (row?.status !== 'running') return;
  const { attempt, stopRequested } = await deps.eventLog.takeOver(pullId);
  const reporter = createReporter(deps, row, attempt);
  const stop = new AbortController();
  if (stopRequested) stop.abort();
  const unwatch = deps.eventLog.onStop(pullId, () => stop.abort());
  const heartbeat = watchOver(deps, { pullId, attempt, stop });
  try {
    await reporter.end(await download(deps, { row, reporter, shutdown: context.signal, stop: stop.signal }));
  } catch (error) {
    // A successor has taken over: it tells how the download ends.
    if (!isProblem(error, StreamFenced)) throw error;
  } finally {
    clearInterval(heartbeat);
    unwatch();
  }
}

interface Download {
  row: queries.PullRow;
  reporter: Reporter;
  shutdown: AbortSignal;
  stop: AbortSignal;
}

async function download(
  deps: PullWorkerDependencies,
  { row, reporter, shutdown, stop }: Download,
): Promise<Outcome> {
  try {
    const choice = { providerId: row.provider_id, model: row.model };
    for await (const progress of deps.gateway.pull(choice, AbortSignal.any([shutdown, stop])))
      await reporter.progress(progress);
    return { status: 'done', detail: 'The model is ready.' };
  } catch (error) {
    // The process ends: no outcome, the next executor goes on.
    if (isProblem(error, StreamFenced) || (shutdown.aborted && !stop.aborted)) throw error;
    return stop.aborted ? { status: 'cancelled', detail: 'Cancelled.' } : failureOf(error, deps.log, row.id);
  }
}

/** Says that we are alive, and learns of a stop whose message was lost and of a successor. */
function watchOver(
  deps: PullWorkerDependencies,
  run: { pullId: string; attempt: number; stop: AbortController },
): NodeJS.Timeout {
  const beat = async (): Promise<void> => {
    try {
      const { stopRequested } = await deps.eventLog.heartbeat(run.pullId, run.attempt);
      if (stopRequested) run.stop.abort();
    } catch (error) {
      if (isProblem(error, StreamFenced)) run.stop.abort();
      else deps.log.warn({ err: error, pullId: run.pullId }, 'heartbeat of a model download failed');
    }
  };
  return setInterval(() => void beat(), heartbeatMs);
}

function failureOf(error: unknown, log: Logger, pullId: string): Outcome {
  if (!(error instanceof ProblemError))
    log.error({ err: error, pullId }, 'model download failed unexpectedly');
  const problem = error instanceof ProblemError ? error : InternalError.with();
  const { code, detail, reason = null, params = null } = problem;
  return {
    status: 'failed',
    detail,
    error_code: code,
    error_detail: detail,
    error_reason: reason,
    error_params: params,
  };
}

interface Outcome {
  status: 'done' | 'failed' | 'cancelled';
  detail: string;
  error_code?: string;
  error_detail?: string;
  error_reason?: string | null;
  error_params?: ProblemParameters | null;
}

interface Reporter {
  progress(progress: PullProgress): Promise<void>;
  end(outcome: Outcome): Promise<void>;
}

/** Keeps the row and the event stream the same: both change in one transaction. */
function createReporter(deps: PullWorkerDependencies, row: queries.PullRow, attempt: number): Reporter {
  const { db, eventLog } = deps;
  let lastAt = 0;
  let lastStatus = '';
  let bytes = { completed_bytes: row.completed_bytes, total_bytes: row.total_bytes };

  const store = async (
    type: 'progress' | 'end',
    changes: Parameters<typeof queries.updatePull>[2],
  ): Promise<void> => {
    const stored = await db.transaction().execute(async (trx) => {
      const changed = await queries.updatePull(trx, row.id, changes);
      if (!changed) throw StreamFenced.with();
      return eventLog.appendIn(trx, row.id, attempt, [{ type, data: toPull(changed) }], {
        end: type === 'end',
      });
    });
    eventLog.announce(row.id, stored);
  };
  return {
    async progress({ status, completedBytes, totalBytes }) {
      if (totalBytes !== null) bytes = { completed_bytes: completedBytes, total_bytes: totalBytes };
      const now = performance.now();
      if (status === lastStatus && now - lastAt < progressEveryMs) return;
      lastAt = now;
      lastStatus = status;
      await store('progress', { ...bytes, detail: status });
    },
    async end(outcome) {
      const whole =
        outcome.status === 'done' && bytes.total_bytes !== null ? { completed_bytes: bytes.total_bytes } : {};
      await store('end', { ...bytes, ...whole, ...outcome, ended_at: new Date() });
      if (row.requested_by) deps.userFeed.changed(row.requested_by, 'pull', row.id);
    },
  };
}
