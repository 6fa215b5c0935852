import { sql } from 'kysely';
import type { Database, DatabaseTransaction } from '../../../platform/database/database.ts';
import { isProblem } from '../../../platform/errors.ts';
import { type StreamEvent, StreamFenced } from '../../../platform/events/event-log.ts';
import type { StreamSource } from '../../../platform/events/stream-source.ts';
import { readIdCursor, readNumberCursor, toPage } from '../list-cursor.ts';
import { assertSameRequest, type RequestIdentity } from '../request-identity.ts';
import { RunEnded, RunNotFound, RunNotPaused, RunNotRepeatable } from '../workflows.errors.ts';
import { withWorkflowTables } from '../workflows.tables.ts';
import { createRun } from './create-run.ts';
import { type FinishParts, finishRun } from './finish-run.ts';
import { unscopedFindEnding } from './run-store.ts';
import * as queries from './runs.queries.ts';
import type {
  Retry,
  RunCounts,
  RunCountsQuery,
  RunListQuery,
  RunQuery,
  RunView,
  StepListQuery,
} from './runs.schemas.ts';
import { type StartedRun, type StartParts, startRun } from './start-run.ts';
import { type AfterCommit, ended, type LockedRun, lockRun, pokeTopic, startSegment } from './wake-run.ts';

export type RunService = ReturnType<typeof createRunService>;
export type RunServiceParts = FinishParts & StartParts & { db: Database };

const defaultLimit = 50;
const firstSteps = 200;
const mostStepsWithValues = 100;

/** Runs of workflows. All throw `workflows.run_not_found` for another person's as for an unknown one (S30). */
export function createRunService(parts: RunServiceParts) {
  const { db, eventLog, userFeed } = parts;

  const getRow = async (ownerId: string, id: string) => {
    const row = await queries.findRun(db, ownerId, id);
    if (!row) throw RunNotFound.with();
    return row;
  };

  const get = async (ownerId: string, id: string, { values }: RunQuery = {}): Promise<RunView> => {
    const row = await getRow(ownerId, id);
    const page = await readSteps(id, { after: 0, limit: firstSteps, values });
    const { budget, pause_requested, last_seq } = row;
    const { input, output } = values === false ? { input: null, output: null } : row;
    const rest = { steps: page.items, next_steps_cursor: page.next_cursor };
    return { ...queries.viewRun(row), input, output, budget, pause_requested, last_seq, ...rest };
  };

  const listSteps = async (
    ownerId: string,
    id: string,
    { cursor, after = 0, limit = defaultLimit, values = true }: StepListQuery,
  ) => {
    await getRow(ownerId, id);
    const bounded = values ? Math.min(limit, mostStepsWithValues) : limit;
    const begin = cursor === undefined ? after : readNumberCursor(cursor);
    return readSteps(id, { after: begin, limit: bounded, values });
  };

  const readSteps = async (
    id: string,
    page: { after: number; limit: number; values?: boolean | undefined },
  ) => {
    const rows = await queries.listSteps(db, id, page);
    return toPage(rows.map(queries.viewStep), page.limit, (step) => String(step.number));
  };

  /** Runs `work` on the locked run of the person. */
  const locked = async (
    ownerId: string,
    id: string,
    work: (trx: DatabaseTransaction, run: LockedRun) => Promise<AfterCommit>,
  ): Promise<RunView> => {
    const after = await db.transaction().execute(async (trx) => {
      const run = await lockRun(trx, id);
      if (run?.owner_id !== ownerId) throw RunNotFound.with();
      return work(trx, run);
    });
    after();
    userFeed.changed(ownerId, 'run', id);
    return get(ownerId, id);
  };

  /** Ends a run that nobody carries; one that is carried is told to end. */
  const stop = async (runId: string): Promise<void> => {
    const taken = await db.transaction().execute(async (trx) => {
      const run = await lockRun(trx, runId);
      if (!run || ended.has(run.status)) return undefined;
      await eventLog.requestStop(trx, runId);
      return run.status === 'running' ? undefined : eventLog.takeOver(runId, trx);
    });
    eventLog.announceStop(runId);
    const task = taken && (await unscopedFindEnding(db, runId));
    if (taken && task) await finishRun(parts, task, taken.attempt, { status: 'cancelled', error: null });
    for (const child of await queries.listOpenRuns(db, { parentRunId: runId })) await stopQuietly(child.id);
  };
  /** What was taken over or has ended meanwhile needs no stopping. */
  const stopQuietly = async (runId: string): Promise<void> => {
    try {
      await stop(runId);
    } catch (error) {
      if (!isProblem(error, StreamFenced)) throw error;
    }
  };

  /** Events after `afterSeq`; `undefined` when nothing can come any more. */
  const follow = async (
    ownerId: string,
    id: string,
    afterSeq: number,
    signal: AbortSignal,
  ): Promise<AsyncIterable<StreamEvent[]> | undefined> => {
    const row = await getRow(ownerId, id);
    if (row.ended_at !== null && afterSeq >= row.last_seq) return undefined;
    return eventLog.follow(id, afterSeq, signal);
  };

  return {
    get,
    listSteps,
    follow,
    /** Every event of a run, whoever owns it: for the part of the program that acts for its owner. */
    unscopedFollow: (id: string, signal: AbortSignal): AsyncIterable<StreamEvent[]> =>
      eventLog.follow(id, 0, signal),
    stopQuietly,

    /** Starts a run. Throws what `startRun` throws, and `workflows.idempotency_key_reused`. */
    async start(
      ownerId: string,
      workflowId: string,
      input: unknown,
      identity: RequestIdentity | undefined,
    ): Promise<RunView> {
      const request = { ownerId, workflowId, input, ...(identity ? { identity } : {}) };
      const run = await startRun(db, parts, request);
      if (!run) {
        const before = identity && (await queries.findRunByKey(db, ownerId, identity.key));
        if (!identity || !before) throw new Error('A run was not stored.');
        assertSameRequest(identity, before.request_hash);
        return get(ownerId, before.id);
      }
      run.after();
      userFeed.changed(ownerId, 'run', run.id);
      return viewStarted(run);
    },

    async list(ownerId: string, query: RunListQuery) {
      const { cursor, limit = defaultLimit, workflow_id: workflowId, status, builtin } = query;
      const filter = { after: readIdCursor(cursor), workflowId, status, builtin };
      const rows = await queries.listRuns(db, ownerId, filter, limit);
      return toPage(rows.map(queries.viewRun), limit, (row) => row.id);
    },

    /** How many runs ended how, and what they used, by quarters of an hour. */
    count: async (ownerId: string, query: RunCountsQuery): Promise<RunCounts> => ({
      items: await queries.countRuns(db, ownerId, query),
    }),

    /** What was done stays in the history. A run that has ended stays as it is. */
    async cancel(ownerId: string, id: string): Promise<RunView> {
      await getRow(ownerId, id);
      await stopQuietly(id);
      userFeed.changed(ownerId, 'run', id);
      return get(ownerId, id);
    },

    /** Steps under way end, no further ones begin. Throws `workflows.run_ended`. */
    pause: (ownerId: string, id: string): Promise<RunView> =>
      locked(ownerId, id, async (trx, run) => {
        if (ended.has(run.status)) throw RunEnded.with();
        const isCarried = run.status === 'queued' || run.status === 'running';
        await withWorkflowTables(trx)
          .updateTable('workflow_runs')
          .set(isCarried ? { pause_requested: true } : { status: 'paused' })
          .where('id', '=', id)
          .execute();
        return () => parts.bus.publish(pokeTopic(id), {});
      }),

    /** Throws `workflows.run_ended` or `workflows.run_not_paused`. */
    resume: (ownerId: string, id: string): Promise<RunView> =>
      locked(ownerId, id, async (trx, run) => {
        if (ended.has(run.status)) throw RunEnded.with();
        if (run.status === 'paused') return startSegment(trx, parts, run);
        if (!run.pause_requested) throw RunNotPaused.with();
        await withWorkflowTables(trx)
          .updateTable('workflow_runs')
          .set({ pause_requested: false })
          .where('id', '=', id)
          .execute();
        return () => parts.bus.publish(pokeTopic(id), {});
      }),

    /**
     * Tries a run again from one of its steps, as a new run that begins with what was done before: the history of the
     * first one stays true. Throws `workflows.run_not_repeatable`.
     */
    async retry(ownerId: string, id: string, { step: wanted, input }: Retry): Promise<RunView> {
      const row = await getRow(ownerId, id);
      const number = wanted ?? row.error?.step;
      if (!ended.has(row.status) || number === undefined) throw RunNotRepeatable.with();
      const [step] = await queries.listSteps(db, id, { after: number - 1, limit: 1, values: false });
      const isOfEnd = step && (step.status === 'failed' || step.status === 'cancelled') && step.port === null;
      if (step?.number !== number || (!isOfEnd && step.frame !== '')) throw RunNotRepeatable.with();
      const started = await db.transaction().execute(async (trx) => {
        const run = await createRun(trx, parts, {
          workflowId: row.workflow_id,
          ownerId,
          version: row.version,
          startId: '',
          input: row.input,
          budget: row.budget,
          depth: row.depth,
          retryOf: id,
          choice: row.conversation_choice,
        });
        if (!run) throw new Error('A run was not stored.');
        await queries.copySteps(trx, id, run.row.id, {
          step: number,
          editedInput: input,
          later: isOfEnd === true,
        });
        return run;
      });
      started.after();
      userFeed.changed(ownerId, 'run', started.row.id);
      return get(ownerId, started.row.id);
    },

    /** Runs as streams for whoever carries them. */
    streams: {
      channel: 'progress',
      async follow(actor, streamId, afterSeq, signal) {
        try {
          return (await follow(actor.userId, streamId, afterSeq, signal)) ?? nothing();
        } catch (error) {
          if (isProblem(error, RunNotFound)) return undefined;
          throw error;
        }
      },
    } satisfies StreamSource as StreamSource,

    /** Fences off what carries the runs of a workflow that is deleted; their rows go with it. */
    async endAllOf(trx: DatabaseTransaction, workflowId: string): Promise<AfterCommit> {
      const open = await queries.listOpenRuns(trx, { workflowId });
      await sql`delete from streams s using workflow_runs r where r.id = s.id and r.workflow_id = ${workflowId}`.execute(
        trx,
      );
      return () => {
        for (const { id } of open) eventLog.announceStop(id);
      };
    },
  };
}

/** As it was stored: it may be further by now. */
function viewStarted({ row, workflow }: StartedRun): RunView {
  const { name, builtin } = workflow;
  const { input, budget } = row;
  const rest = { workflow_name: name, builtin, last_seq: 0 };
  const summary = queries.viewRun({ ...row, ...rest });
  const nothing = { output: null, pause_requested: false, last_seq: 0, steps: [], next_steps_cursor: null };
  return { ...summary, input, budget, ...nothing };
}

async function* nothing(): AsyncGenerator<StreamEvent[], void> {}
