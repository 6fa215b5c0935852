import type { Page, Run, RunEvents, RunStatus, RunStep } from '@aiwfe/api-client';
import {
  ApiProblem,
  api,
  connection,
  type EventStream,
  isTransient,
  openEventStream,
  type StreamState,
} from '#lib/api/index.ts';
import { userFeed } from '#lib/api/user-feed.svelte.ts';
import { type NodeState, nodeStatesOf } from './node-states.ts';
import { RunProgress, type StepState } from './run-progress.ts';

/** A run without its steps. Without what it was given and gave, too: see {@link RunFollower.run}. */
export type RunHead = Omit<Run, 'steps' | 'next_steps_cursor'>;

const pageSize = 500;
/** Text that was written before the page was opened is replayed from at most so many events. */
const replayedEvents = 2_000;
const publishEveryMs = 80;
const refreshEveryMs = 400;
const retryRefreshMs = 2_000;

/**
 * Follows a run: its state, its steps and what models write, from the first reading until its end, across lost
 * connections. It shows nothing that the server did not say: events change states at once, times and tokens follow
 * when the row is read.
 */
export class RunFollower {
  readonly id: string;
  /** Without input and output (`null`). */
  run = $state.raw<RunHead>();
  error = $state.raw<unknown>();
  connection = $state<StreamState>('closed');
  /** Whether all pages of the steps were read. */
  isComplete = $state(false);
  #revision = $state(0);
  readonly #progress = new RunProgress();
  /** In the order in which they began. */
  readonly steps: readonly StepState[] = $derived.by(() => {
    void this.#revision;
    return [...this.#progress.steps.values()].sort((a, b) => a.number - b.number);
  });
  /** How each node of the drawing is doing, for whoever draws the workflow. */
  readonly nodes: ReadonlyMap<string, NodeState> = $derived(nodeStatesOf(this.steps));

  #stream: EventStream | undefined;
  #isClosed = true;
  #publishTimer: ReturnType<typeof setTimeout> | undefined;
  #refreshTimer: ReturnType<typeof setTimeout> | undefined;
  #isRefreshing = false;
  #headIsStale = false;

  constructor(id: string) {
    this.id = id;
  }

  get status(): RunStatus | undefined {
    return this.run?.status;
  }

  /** What a model has written so far for a step that is at work. */
  textOf(number: number): { text: string; isWhole: boolean } | undefined {
    void this.#revision;
    return this.#progress.textOf(number);
  }

  stepOf(number: number): StepState | undefined {
    void this.#revision;
    return this.#progress.steps.get(number);
  }

  /** Reads the run and follows it; for `$effect`, which calls the returned function. */
  follow(): () => void {
    this.#isClosed = false;
    void this.load();
    const ends = [
      userFeed.subscribe('run', (id) => {
        if (id === this.id || id === '*') this.#noteHead();
      }),
      connection.onChange((online) => {
        if (!online) return;
        if (isTransient(this.error)) void this.load();
        else this.#noteHead();
      }),
    ];
    return () => {
      this.#isClosed = true;
      for (const end of ends) end();
      this.#stream?.close();
      this.#stream = undefined;
      clearTimeout(this.#publishTimer);
      clearTimeout(this.#refreshTimer);
      this.#publishTimer = undefined;
      this.#refreshTimer = undefined;
    };
  }

  /** Reads the run and all its steps. Never throws: the failure is in `error`. */
  async load(): Promise<void> {
    try {
      const run = await this.#readHead();
      if (this.#isClosed) return;
      this.#progress.noteReadSeq(run.last_seq);
      this.#take(run);
      this.error = undefined;
      if (run.ended_at === null) this.#open(run.last_seq);
      await this.#readPages(run);
    } catch (error) {
      if (!this.#isClosed) this.error = error;
    }
  }

  /** Takes over what the server answered to a wish of the person. */
  take(run: Run): void {
    this.#headIsStale = true;
    this.#take(run);
    this.#schedule();
    if (run.ended_at === null && !this.#isClosed) this.#open(run.last_seq);
  }

  #readHead(): Promise<Run> {
    return api.get<Run>(`/runs/${this.id}`, { query: { values: false } });
  }

  async #readPages(run: Run): Promise<void> {
    let cursor = run.next_steps_cursor;
    while (cursor !== null && !this.#isClosed) {
      const query = { cursor, limit: pageSize, values: false };
      const page = await api.get<Page<RunStep>>(`/runs/${this.id}/steps`, { query });
      this.#progress.takeRows(page.items);
      this.#publishSoon();
      cursor = page.next_cursor;
    }
    this.isComplete = cursor === null;
  }

  #take({ steps, next_steps_cursor: _cursor, ...head }: Run): void {
    this.#progress.takeRows(steps);
    this.run = head;
    this.#revision += 1;
  }

  #open(lastSeq: number): void {
    if (this.#stream) return;
    this.#stream = openEventStream({
      path: `/runs/${this.id}/events`,
      afterSeq: Math.max(0, lastSeq - replayedEvents),
      endTypes: ['end'],
      onState: (state) => {
        this.connection = state;
      },
      onRefused: (problem) => {
        this.error = problem;
      },
      onEvent: (type, data, seq) => this.#apply(type, data, seq ?? 0),
    });
    const stream = this.#stream;
    void stream.closed.then(() => {
      if (this.#stream === stream) this.#stream = undefined;
    });
  }

  #apply(type: string, data: unknown, seq: number): void {
    const progress = this.#progress;
    if (type === 'step') progress.applyStep(data as RunEvents['step'], seq);
    else if (type === 'progress') progress.applyProgress(data as RunEvents['progress'], seq);
    else if (type === 'delta') progress.applyDelta(data as RunEvents['delta']);
    else if (type === 'run') this.#applyRun(data as RunEvents['run'], seq);
    else if (type === 'end') this.#applyRun(data as RunEvents['end'], seq);
    if (type === 'end') progress.applyEnd();
    if (progress.hasStale) this.#schedule();
    this.#publishSoon();
  }

  #applyRun(data: RunEvents['run'] | RunEvents['end'], seq: number): void {
    if (data.status === 'running') this.#progress.applyBegin();
    if (!this.run || seq <= this.run.last_seq || this.run.ended_at !== null) return;
    const error = 'error' in data ? data.error : this.run.error;
    this.run = { ...this.run, status: data.status, error };
    this.#noteHead();
  }

  #noteHead(): void {
    this.#headIsStale = true;
    this.#schedule();
  }

  /** Many events in a row are drawn together. */
  #publishSoon(): void {
    if (this.#isClosed) return;
    this.#publishTimer ??= setTimeout(() => {
      this.#publishTimer = undefined;
      this.#revision += 1;
    }, publishEveryMs);
  }

  #schedule(afterMs = refreshEveryMs): void {
    if (this.#isClosed) return;
    this.#refreshTimer ??= setTimeout(() => {
      this.#refreshTimer = undefined;
      if (!this.#isRefreshing) void this.#refresh();
    }, afterMs);
  }

  /** Reads again what events have changed. */
  async #refresh(): Promise<void> {
    this.#isRefreshing = true;
    const asked = this.#progress.takeStale();
    try {
      this.#headIsStale = false;
      const run = await this.#readHead();
      if (this.#isClosed) return;
      // Something came meanwhile: the next reading says how it is now.
      if (!this.#headIsStale) this.#take(run);
      else this.#progress.takeRows(run.steps);
      const last = run.steps.at(-1)?.number ?? 0;
      await this.#readRows(run.next_steps_cursor === null ? [] : asked.filter((number) => number > last));
      this.#isRefreshing = false;
      if (this.#headIsStale || this.#progress.hasStale) this.#schedule();
      // Woken up again by somebody else while the stream was closed.
      if (this.run?.ended_at === null) this.#open(this.run.last_seq);
    } catch (error) {
      this.#isRefreshing = false;
      this.#progress.markStale(asked);
      this.#headIsStale = true;
      if (error instanceof ApiProblem && error.status === 404) this.error = error;
      else this.#schedule(retryRefreshMs);
    }
  }

  async #readRows(numbers: number[]): Promise<void> {
    let left = numbers;
    for (let first = left[0]; first !== undefined && !this.#isClosed; first = left[0]) {
      const query = { after: first - 1, limit: pageSize, values: false };
      const page = await api.get<Page<RunStep>>(`/runs/${this.id}/steps`, { query });
      this.#progress.takeRows(page.items);
      const read = page.items.at(-1)?.number ?? Number.POSITIVE_INFINITY;
      left = page.next_cursor === null ? [] : left.filter((number) => number > read);
      this.#publishSoon();
    }
  }
}
