import { failureOf } from '../../../platform/errors.ts';
import type { NewEvent } from '../../../platform/events/event-log.ts';
import type { Graph } from '../definitions/graph.ts';
import type { Resolution } from '../steps/step-type.ts';
import { BudgetExceeded, RunStuck } from '../workflows.errors.ts';
import { type Failure, withWorkflowTables } from '../workflows.tables.ts';
import { type Applied, applyResult } from './apply-result.ts';
import { type FinishParts, finishRun, type RunEnd } from './finish-run.ts';
import { OutputMemory } from './output-memory.ts';
import { type Activation, Draft } from './run-state.ts';
import {
  addUsage,
  cancelApprovals,
  type RunTask,
  readResolutions,
  rowsOf,
  storeTurn,
  type TakenRun,
  type Turn,
} from './run-store.ts';
import { mayRunAhead, runStep, type StepResult, type StepRunnerParts } from './step-runner.ts';
import { createTextRelay, type TextRelay } from './text-relay.ts';
import { type AfterCommit, lockRun } from './wake-run.ts';

const maxInFlight = 16;
/** What steps that only compute have done is stored at least that often, so that it can be watched. */
const storeEveryMs = 25;
/** Nobody else looks for them. */
const ownWaits = new Set(['items', 'branches', 'collect']);
const maxIdleStarts = 10;

export type MachineParts = FinishParts & StepRunnerParts;

/** What the machine is told from outside while it runs. */
export interface Reins {
  attempt: number;
  /** The process ends: no outcome, the next executor goes on. */
  shutdown: AbortSignal;
  /** A person wants the run to end. */
  stop: AbortController;
  /** Another attempt has the run. */
  lost: AbortSignal;
  /** Resolves when something may have come for the run. */
  poked(): Promise<void>;
}

/**
 * Carries a run on from its stored steps until it ends or has nothing to do but wait. One turn: take what steps
 * brought, store all of it in one transaction, begin what follows.
 */
export class RunMachine {
  readonly #parts: MachineParts;
  readonly #task: RunTask;
  readonly #reins: Reins;
  readonly #graph: Graph;
  readonly #halt = new AbortController();
  readonly #inFlight = new Map<number, Promise<void>>();
  readonly #relay: TextRelay;
  readonly #draft: Draft;
  readonly #memory: OutputMemory;
  #results: { number: number; result: StepResult }[] = [];
  /** Of steps whose results are not stored yet. */
  #tokens = 0;
  #storeToo: NonNullable<Applied['store']>[] = [];
  #countedAtMs = performance.now();
  #pausing: boolean;
  /** Something may have come from outside: looked for when told so, and before the run rests. */
  #newsDue = false;
  readonly #cut: AbortSignal;
  #arrived = Promise.withResolvers<void>();

  constructor(parts: MachineParts, { task, state, pauseRequested }: TakenRun, reins: Reins) {
    this.#parts = parts;
    this.#task = task;
    this.#reins = reins;
    this.#graph = task.graph;
    this.#draft = new Draft(task.graph, state);
    this.#memory = new OutputMemory(state.lastNumber === state.live.size);
    this.#pausing = pauseRequested;
    this.#relay = createTextRelay(parts.eventLog, task.id, reins.attempt);
    this.#cut = AbortSignal.any([this.#halt.signal, reins.stop.signal, reins.lost, reins.shutdown]);
    this.#cut.addEventListener('abort', () => this.#arrived.resolve(), { once: true });
  }

  /** Returns when the run has ended or rests. Throws where it has no outcome: fenced off, or the process ends. */
  async run(): Promise<'ended' | 'resting'> {
    try {
      if (this.#task.idle_starts > maxIdleStarts) return await this.#end(stuck(this.#draft));
      for (;;) {
        const outcome = await this.#turn();
        if (outcome === 'busy') await this.#untilSomethingHappens();
        else if (outcome !== 'again') return outcome;
      }
    } finally {
      this.#halt.abort(new Error('The run does not go on here.'));
      await Promise.all(this.#inFlight.values());
    }
  }

  async #turn(): Promise<'ended' | 'resting' | 'busy' | 'again'> {
    const { shutdown, stop, lost } = this.#reins;
    if (lost.aborted) throw lost.reason;
    const draft = this.#draft;
    if (shutdown.aborted && this.#results.length === 0) {
      // Results that are there already are stored before the process goes.
      if (!draft.isEmpty) await this.#store();
      throw shutdown.reason;
    }
    if (stop.signal.aborted) return this.#end({ status: 'cancelled', error: null });
    if (this.#newsDue) await this.#takeNews();
    const failed = this.#takeResults();
    draft.settle();
    const begun = failed ? { numbers: [], failure: failed } : this.#begin(draft);
    if (begun.failure) return this.#end({ status: 'failed', error: begun.failure });
    if (draft.live.size === 0) return this.#end({ status: 'succeeded', error: null });
    if (!draft.isEmpty && this.#mustStore(begun.numbers)) await this.#store();
    if (!shutdown.aborted) for (const number of begun.numbers) this.#launch(number);
    if (this.#results.length > 0) return 'again';
    if (this.#inFlight.size > 0) return 'busy';
    if (!draft.isEmpty) await this.#store();
    return this.#rest();
  }

  /** Enters what steps brought into the draft. Returns why the run cannot go on, where it cannot. */
  #takeResults(): Failure | undefined {
    let failure: Failure | undefined;
    for (const { number, result } of this.#results.splice(0)) {
      const before = this.#draft.ended.length;
      const applied = applyResult(this.#parts, this.#task, this.#draft, number, result);
      for (const { activation, output } of this.#draft.ended.slice(before))
        if (output !== undefined) this.#memory.note(activation, output);
      this.#tokens += applied.tokens;
      if (applied.store) this.#storeToo.push(applied.store);
      failure ??= applied.failure;
    }
    return failure;
  }

  /** Steps that only compute follow one another without a word to the database; everything else waits for it. */
  #mustStore(begun: number[]): boolean {
    if (this.#storeToo.length > 0 || performance.now() - this.#countedAtMs > storeEveryMs) return true;
    const { live, changed } = this.#draft;
    for (const number of changed) {
      const step = live.get(number);
      if (step?.status === 'waiting' && !ownWaits.has(String(step.waitsFor?.kind))) return true;
    }
    return begun.some((number) => {
      const step = live.get(number);
      const node = step && this.#graph.nodes.get(step.nodeId);
      return node && step && !mayRunAhead(this.#parts.types, this.#memory, node, step);
    });
  }

  /** Reads what came for waiting steps, and whether somebody wants a pause. */
  async #takeNews(): Promise<void> {
    this.#newsDue = false;
    const { db } = this.#parts;
    for (const { number, resolution } of await readResolutions(db, this.#task.id)) {
      const step = this.#draft.live.get(number);
      if (step?.status === 'waiting') this.#draft.live.set(number, { ...step, resolution });
    }
    const row = await withWorkflowTables(db)
      .selectFrom('workflow_runs')
      .select('pause_requested')
      .where('id', '=', this.#task.id)
      .executeTakeFirst();
    this.#pausing = row?.pause_requested ?? false;
  }

  /** Marks what can begin: new steps, those a crash cut off, and those for which came what they waited for. */
  #begin(draft: Draft): { numbers: number[]; failure?: Failure } {
    const numbers: number[] = [];
    if (this.#pausing || this.#reins.shutdown.aborted) return { numbers };
    const { budget, used_steps: usedSteps, used_ms: usedMs } = this.#task;
    for (const step of draft.live.values()) {
      if (this.#inFlight.size + numbers.length >= maxInFlight) break;
      const came = step.status === 'waiting' && step.resolution !== null;
      const cutOff = step.status === 'running' && !this.#inFlight.has(step.number);
      if (step.status !== 'pending' && !came && !cutOff) continue;
      const isRetry = came && step.waitsFor?.kind === 'retry';
      const attempt = isRetry || step.attempt === 0 ? step.attempt + 1 : step.attempt;
      const resolution = isRetry ? allowedBefore(step) : step.resolution;
      if (!cutOff) draft.change(step.number, { status: 'running', attempt, resolution });
      numbers.push(step.number);
    }
    if (numbers.length > 0 && usedSteps + draft.ended.length + numbers.length > budget.steps)
      return { numbers: [], failure: overSteps(budget.steps) };
    if (usedMs + performance.now() - this.#countedAtMs > budget.seconds * 1_000)
      return { numbers: [], failure: overTime(budget.seconds) };
    return { numbers };
  }

  #launch(number: number): void {
    const activation = this.#draft.live.get(number);
    const node = activation && this.#graph.nodes.get(activation.nodeId);
    if (!activation || !node) return;
    const work = runStep(this.#parts, {
      task: this.#task,
      live: this.#draft.live,
      memory: this.#memory,
      activation,
      node,
      remainingTokens: this.#task.budget.tokens - this.#task.used_tokens - this.#tokens,
      signal: this.#cut,
      emitText: (text) => this.#relay.push(number, text),
    }).then((result) => {
      this.#inFlight.delete(number);
      // Cut off, not failed: it is repeated, or the run has ended.
      if (!this.#cut.aborted || result.kind !== 'failed') this.#results.push({ number, result });
      this.#arrived.resolve();
    });
    this.#inFlight.set(number, work);
  }

  async #untilSomethingHappens(): Promise<void> {
    if (this.#results.length > 0 || this.#cut.aborted) return;
    this.#arrived = Promise.withResolvers<void>();
    const left = this.#task.budget.seconds * 1_000 - this.#task.used_ms;
    const timer = setTimeout(this.#arrived.resolve, Math.min(Math.max(left, 0) + 50, 2 ** 31 - 1));
    const poked = this.#reins.poked().then(() => {
      this.#newsDue = true;
    });
    await Promise.race([this.#arrived.promise, poked]);
    clearTimeout(timer);
  }

  /** Stores what happened and tells the viewers. Throws `streams.fenced` when another attempt has the run. */
  async #store(): Promise<void> {
    const { db } = this.#parts;
    await this.#relay.flush();
    const { id } = this.#task;
    const { attempt } = this.#reins;
    const turn = this.#turnOfDraft();
    const storeToo = this.#storeToo.splice(0);
    if (storeToo.length + turn.cancelled.length === 0) {
      this.#noteStored(await storeTurn(db, id, attempt, turn));
      return;
    }
    const after: AfterCommit[] = [];
    const stored = await db.transaction().execute(async (trx) => {
      const stored = await storeTurn(trx, id, attempt, turn);
      const withdrawn = await cancelApprovals(trx, id, turn.cancelled);
      after.push(await this.#parts.notices.approvalsSettled(trx, withdrawn));
      for (const store of storeToo) after.push(await store(trx));
      return stored;
    });
    this.#noteStored(stored);
    for (const one of after) one();
  }

  #turnOfDraft(): Turn {
    const nowMs = performance.now();
    const draft = this.#draft;
    const used = { steps: draft.ended.length, tokens: this.#tokens, ms: nowMs - this.#countedAtMs };
    this.#countedAtMs = nowMs;
    this.#tokens = 0;
    const cancelled = draft.ended.filter((one) => one.status === 'cancelled').map((one) => one.number);
    return { steps: rowsOf(draft), events: describe(draft), used, cancelled };
  }

  #noteStored({ events, used }: Awaited<ReturnType<typeof storeTurn>>): void {
    Object.assign(this.#task, used);
    this.#draft.stored();
    this.#parts.eventLog.announce(this.#task.id, events);
  }

  async #end(end: RunEnd): Promise<'ended'> {
    this.#halt.abort(new Error('The run has ended.'));
    await Promise.all(this.#inFlight.values());
    await this.#relay.flush();
    const endNodes = [...this.#graph.nodes.values()].filter((node) => node.type === 'end');
    const rest = { turn: this.#turnOfDraft(), endNodes: endNodes.map((node) => node.id) };
    // What would begin now does not begin any more; what ended did.
    await finishRun(this.#parts, this.#task, this.#reins.attempt, end, rest);
    return 'ended';
  }

  /** Lets go of a run that only waits, unless what it waits for came in this moment. */
  async #rest(): Promise<'resting' | 'again'> {
    const { db, eventLog, userFeed } = this.#parts;
    const { id, owner_id: ownerId } = this.#task;
    const events = await db.transaction().execute(async (trx) => {
      const run = await lockRun(trx, id);
      if ((await eventLog.find(id, trx))?.stopRequested) this.#reins.stop.abort();
      const resolved = await readResolutions(trx, id);
      const goesOn = !run?.pause_requested && (this.#pausing || resolved.length > 0);
      if (!run || goesOn || this.#reins.stop.signal.aborted) return undefined;
      const status = run.pause_requested ? 'paused' : 'waiting';
      await withWorkflowTables(trx)
        .updateTable('workflow_runs')
        .set({ status, idle_starts: 0 })
        .where('id', '=', id)
        .execute();
      await addUsage(trx, id, { steps: 0, tokens: 0, ms: performance.now() - this.#countedAtMs });
      return eventLog.appendIn(trx, id, this.#reins.attempt, [{ type: 'run', data: { status } }]);
    });
    this.#newsDue = true;
    if (!events) return 'again';
    eventLog.announce(id, events);
    userFeed.changed(ownerId, 'run', id);
    return 'resting';
  }
}

function overSteps(limit: number): Failure {
  const detail = `The run has taken all of its ${limit} steps.`;
  return failureOf(BudgetExceeded.with({ detail, reason: 'steps', params: { limit } }));
}

function overTime(seconds: number): Failure {
  const detail = `The run has worked for its ${seconds} seconds.`;
  return failureOf(BudgetExceeded.with({ detail, reason: 'time', params: { limit_seconds: seconds } }));
}

function stuck({ live }: Draft): RunEnd {
  const at = [...live.values()].find((one) => one.status === 'running');
  const { code, detail } = RunStuck;
  return {
    status: 'failed',
    error: { code, detail, ...(at ? { node_id: at.nodeId, step: at.number } : {}) },
  };
}

/** Allowed by a person before the attempt that failed. */
function allowedBefore({ waitsFor }: Activation): Resolution | null {
  return (waitsFor?.allowed as Resolution | null | undefined) ?? null;
}

/** What viewers are told of a turn. Inputs and outputs are read from the run: events stay small. */
function describe(draft: Draft): NewEvent[] {
  const events: NewEvent[] = [];
  for (const { number, status, port, error, activation } of draft.ended) {
    // It began and ended since the last time.
    if (draft.created.has(number) && activation.startedAtMs !== undefined)
      events.push(began({ ...activation, status: 'running' }));
    events.push({ type: 'step', data: { number, status, port: port ?? null, error: error ?? null } });
  }
  for (const number of [...draft.created, ...draft.changed]) {
    const one = draft.live.get(number);
    if (!one || (draft.progressed.has(number) && one.status === 'waiting' && one.progress?.ended !== 0))
      continue;
    events.push(began(one));
  }
  for (const number of draft.progressed) {
    const progress = draft.live.get(number)?.progress;
    if (progress)
      events.push({ type: 'progress', data: { number, ended: progress.ended, total: progress.total } });
  }
  return events;
}

function began({ number, nodeId, frame, status, attempt, waitsFor }: Activation): NewEvent {
  const waits = status === 'waiting' ? (waitsFor?.kind ?? null) : null;
  return { type: 'step', data: { number, node_id: nodeId, frame, status, attempt, waits_for: waits } };
}
