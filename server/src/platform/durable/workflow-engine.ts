import type { RawBuilder } from 'kysely';
import type { TSchema } from 'typebox';
import type { Queryable } from '../database/database.ts';

export interface StepOptions {
  /** Attempts in all; 1 (no retry) by default. Steps run at least once: outside calls carry `idempotencyKey`. */
  maxAttempts?: number;
  /** Seconds before the first retry; doubles each time. */
  retryDelaySeconds?: number;
}

export interface WorkflowContext {
  readonly workflowId: string;
  /**
   * Aborted when the process shuts down or the run is cancelled. A run that throws because of a shutdown has no
   * outcome: the next executor runs it again, with the recorded steps.
   */
  readonly signal: AbortSignal;
  /**
   * Runs `work` as a durable step: its result is recorded and is not computed again after a crash.
   * Results must be JSON and small; token streams go to the event log instead.
   */
  step<Result>(name: string, work: () => Promise<Result>, options?: StepOptions): Promise<Result>;
  sleep(ms: number): Promise<void>;
}

export interface WorkflowRegistration {
  /** `documents.ingest`; stable, recorded in the database. */
  name: string;
  /** Checked before a start is stored and again before it runs. */
  input: TSchema;
  /**
   * `immediate`: starts as soon as the transaction that asked for it is committed.
   * `{ queue, perProcess }`: waits in a queue, at most that many at once in a process. An idle process looks into it
   * every `lookEveryMs` (250 by default): longer where nobody watches for the start.
   */
  dispatch: 'immediate' | { queue: string; perProcess: number; lookEveryMs?: number };
  /**
   * The run records no steps and begins again as a whole after a crash, and two of the same id do no harm to each other
   * (one fences the other off). Then it may begin while the engine is still storing it: until the engine has it, the
   * stored start brings it back.
   */
  repeatable?: boolean;
  /**
   * Of a repeatable run that begins in the process that asked for it: the engine hears of it only when it is still going on
   * after that many milliseconds. Until then the stored start is what brings it back.
   */
  handOverAfterMs?: number;
  run(context: WorkflowContext, input: never): Promise<unknown>;
}

export interface WorkflowStart {
  name: string;
  workflowId: string;
  input: unknown;
}

/** Durable runs: what is asked for inside a transaction runs to its end, through crashes of any process. */
export interface WorkflowEngine {
  /**
   * Stores the wish to run `name` under `workflowId` inside the caller's transaction. A second start of the same id
   * changes nothing. Call `wake()` after the commit.
   */
  start(trx: Queryable, request: WorkflowStart): Promise<void>;
  /** The same as a part of a bigger statement: an insert that takes effect where `source` has a row. */
  startStatement(request: WorkflowStart, source: RawBuilder<unknown>): RawBuilder<unknown>;
  /**
   * Tells executors (this process first) to look for stored starts now. With the id of a start whose transaction is
   * committed, an executor in this process begins it without looking.
   */
  wake(workflowId?: string): void;
  /** Ends a run: its signal aborts and no further step begins. */
  cancel(workflowId: string): Promise<void>;
  /** True while a stored start waits for an executor. */
  isWaiting(workflowId: string): Promise<boolean>;
  /** `undefined` when the engine has never seen the id (it may still be a stored start). */
  status(workflowId: string): Promise<WorkflowRunStatus | undefined>;
}

export type WorkflowRunStatus = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

/** Declares a workflow with its input type inferred from the schema by the caller. */
export function defineWorkflow<Input>(
  registration: Omit<WorkflowRegistration, 'run'> & {
    run(context: WorkflowContext, input: Input): Promise<unknown>;
  },
): WorkflowRegistration {
  return registration as unknown as WorkflowRegistration;
}
