import type { RunEvents, RunStep } from '@aiwfe/api-client';

export type StepStatus = 'pending' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled';

/** A step without what it was given and gave: those are read when somebody looks at them. */
export type StepState = Omit<RunStep, 'input' | 'output' | 'status'> & { status: StepStatus };

const statuses: readonly string[] = ['pending', 'running', 'waiting', 'succeeded', 'failed', 'cancelled'];
const endings: ReadonlySet<StepStatus> = new Set(['succeeded', 'failed', 'cancelled']);

/** True when nothing more happens to a step. */
export function hasEnded({ status }: Pick<StepState, 'status'>): boolean {
  return endings.has(status);
}

/**
 * What is known of a run's steps, from two sources: rows that were read, and events, which are quicker but say little.
 * What an event changed is stale until its row is read again; an ended step never begins again.
 */
export class RunProgress {
  readonly steps = new Map<number, StepState>();
  /** What models write at the moment, by step. */
  readonly #texts = new Map<number, { text: string; isWhole: boolean }>();
  readonly #stale = new Set<number>();
  /** Events up to this one are in the rows already. */
  #readSeq = 0;

  /** Takes rows over; those that changed while they were read stay stale. */
  takeRows(rows: RunStep[]): void {
    for (const { input: _input, output: _output, ...row } of rows) {
      if (this.#stale.has(row.number)) continue;
      const status = statuses.includes(row.status) ? (row.status as StepStatus) : 'pending';
      this.steps.set(row.number, { ...row, status });
    }
  }

  /** The rows that were read first contain what events up to `seq` said. */
  noteReadSeq(seq: number): void {
    this.#readSeq = seq;
  }

  applyStep(data: RunEvents['step'], seq: number): void {
    if ('node_id' in data && data.status === 'running')
      this.#texts.set(data.number, { text: '', isWhole: true });
    if (seq <= this.#readSeq) return;
    this.#stale.add(data.number);
    const before = this.steps.get(data.number);
    if (before && hasEnded(before)) return;
    if ('node_id' in data) this.steps.set(data.number, begun(before, data));
    else if (before) {
      const { status, port, error } = data;
      this.steps.set(data.number, { ...before, status, port, error, waits_for: null });
      this.#texts.delete(data.number);
    }
  }

  applyProgress({ number, ended, total }: RunEvents['progress'], seq: number): void {
    const step = this.steps.get(number);
    if (seq <= this.#readSeq || !step || hasEnded(step)) return;
    this.#stale.add(number);
    const begun = Math.max(ended, step.progress?.begun ?? 0);
    this.steps.set(number, { ...step, progress: { total, ended, begun } });
  }

  applyDelta({ number, text }: RunEvents['delta']): void {
    const before = this.#texts.get(number);
    this.#texts.set(number, { text: (before?.text ?? '') + text, isWhole: before?.isWhole ?? false });
  }

  /** Whoever carries the run began again: what was being written is written anew. */
  applyBegin(): void {
    for (const number of this.#texts.keys()) this.#texts.set(number, { text: '', isWhole: true });
  }

  /** The run has ended: what was under way was cut off, which no event says. */
  applyEnd(): void {
    for (const step of this.steps.values()) if (!hasEnded(step)) this.#stale.add(step.number);
    this.#texts.clear();
  }

  /** What a model has written for a step that is at work; `isWhole` is false where its beginning is not known. */
  textOf(number: number): { text: string; isWhole: boolean } | undefined {
    const step = this.steps.get(number);
    return step?.status === 'running' ? this.#texts.get(number) : undefined;
  }

  /** The steps whose rows have to be read again, smallest number first. They count as fresh from now on. */
  takeStale(): number[] {
    const numbers = [...this.#stale].sort((a, b) => a - b);
    this.#stale.clear();
    return numbers;
  }

  markStale(numbers: Iterable<number>): void {
    for (const number of numbers) this.#stale.add(number);
  }

  get hasStale(): boolean {
    return this.#stale.size > 0;
  }
}

function begun(
  before: StepState | undefined,
  data: Extract<RunEvents['step'], { node_id: string }>,
): StepState {
  const { number, node_id, frame, status, attempt } = data;
  const waitsFor = data.waits_for === null ? null : { ...before?.waits_for, kind: data.waits_for };
  const known = { number, node_id, frame, status, attempts: attempt, waits_for: waitsFor };
  if (before) return { ...before, ...known };
  return {
    ...known,
    port: null,
    error: null,
    tokens: { input: 0, output: 0 },
    progress: null,
    child_run_id: null,
    started_at: null,
    ended_at: null,
  };
}
