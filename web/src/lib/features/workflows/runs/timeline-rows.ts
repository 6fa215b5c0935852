import { hasEnded, type StepState, type StepStatus } from './run-progress.ts';

/** One line of the timeline. */
export interface TimelineRow {
  key: string;
  /** A step; the item of a loop or branch with several steps; or a sub-workflow that is being read, or cannot be. */
  kind: 'step' | 'item' | 'branch' | 'reading' | 'unreadable';
  runId: string;
  /** From 1. */
  level: number;
  position: number;
  siblings: number;
  /** Of groups, their first step. */
  step: StepState;
  /** Which item or branch, from 0, where the line stands for one. */
  index: number | null;
  status: StepStatus;
  startedMs: number | null;
  /** Null while it goes on. */
  endedMs: number | null;
  tokens: number;
  /** Done by the run that this one repeats. */
  isTakenOver: boolean;
  /** Null: has nothing below. */
  isOpen: boolean | null;
  /** How many lie below it, and how many of them failed. */
  parts: { total: number; failed: number } | null;
}

/** A run whose steps are drawn. */
export interface DrawnRun {
  id: string;
  /** Steps that ended before were taken over from another run. */
  createdMs: number;
  /** In their order. */
  steps: readonly StepState[];
}

export interface TimelineOptions {
  /** What the person opened or closed, by key. */
  opened: ReadonlyMap<string, boolean>;
  /** Sub-workflows that were read. */
  children: ReadonlyMap<string, DrawnRun>;
  /** Those that the server did not give. */
  unreadable?: ReadonlySet<string>;
}

const openItemsUpTo = 12;

/** The lines of a run from top to bottom. */
export function timelineRows(run: DrawnRun, options: TimelineOptions): TimelineRow[] {
  const rows: TimelineRow[] = [];
  new Drawing(run, options, rows).frame('', 1);
  return rows;
}

/** Sums over everything inside of an item or branch. */
interface Sum {
  live: Set<StepStatus>;
  failed: number;
  cancelled: number;
  total: number;
  tokens: number;
  startedMs: number;
  endedMs: number;
}

interface Place {
  container: number;
  index: number;
  outer: string;
}

const places = new Map<string, Place | null>();

/** The loop or parallel step that a frame is inside of. `l12.3/p14.1/` is branch 1 of step 14, in item 3 of step 12. */
function placeOf(frame: string): Place | null {
  const known = places.get(frame);
  if (known !== undefined) return known;
  const match = /^(.*?)[lp](\d+)\.(\d+)\/$/.exec(frame);
  const place = match
    ? { outer: match[1] ?? '', container: Number(match[2]), index: Number(match[3]) }
    : null;
  if (places.size > 50_000) places.clear();
  places.set(frame, place);
  return place;
}

class Drawing {
  readonly #run: DrawnRun;
  readonly #options: TimelineOptions;
  readonly #rows: TimelineRow[];
  readonly #byFrame = new Map<string, StepState[]>();
  /** The items or branches of a step: their frames by index. */
  readonly #groups = new Map<number, Map<number, string>>();
  readonly #sums = new Map<string, Sum>();

  constructor(run: DrawnRun, options: TimelineOptions, rows: TimelineRow[]) {
    this.#run = run;
    this.#options = options;
    this.#rows = rows;
    for (const step of run.steps) this.#note(step);
  }

  #note(step: StepState): void {
    const steps = this.#byFrame.get(step.frame);
    if (steps) steps.push(step);
    else this.#byFrame.set(step.frame, [step]);
    for (let frame = step.frame; frame !== ''; ) {
      add(this.#sums, frame, step);
      const place = placeOf(frame);
      if (!place) return;
      const group = this.#groups.get(place.container) ?? new Map<number, string>();
      this.#groups.set(place.container, group.set(place.index, frame));
      frame = place.outer;
    }
  }

  /** Draws the steps directly inside of a frame. */
  frame(frame: string, level: number): void {
    const steps = this.#byFrame.get(frame) ?? [];
    for (const [position, step] of steps.entries())
      this.#step(step, { level, position: position + 1, siblings: steps.length, index: null });
  }

  #step(step: StepState, place: Pick<TimelineRow, 'level' | 'position' | 'siblings' | 'index'>): void {
    const groups = this.#groups.get(step.number);
    const childId = step.child_run_id;
    const key = `${this.#run.id}:${step.number}`;
    const mayOpen = groups !== undefined || childId !== null;
    const opensItself = groups !== undefined && groups.size <= openItemsUpTo;
    const isOpen = mayOpen ? (this.#options.opened.get(key) ?? opensItself) : null;
    const sums = [...(groups?.values() ?? [])].flatMap((one) => this.#sums.get(one) ?? []);
    const failed = sums.filter((sum) => sum.failed > 0).length;
    this.#rows.push({
      ...place,
      ...this.#times(step),
      ...{
        key,
        kind: 'step',
        runId: this.#run.id,
        step,
        status: atWork(step, sums) ? 'running' : step.status,
        isOpen,
      },
      tokens: step.tokens.input + step.tokens.output,
      parts: groups ? { total: step.progress?.total ?? groups.size, failed } : null,
    });
    if (!isOpen) return;
    if (groups) this.#parts(groups, place.level + 1);
    if (childId !== null) this.#child(childId, step, place.level + 1);
  }

  #parts(groups: Map<number, string>, level: number): void {
    const sorted = [...groups].sort(([a], [b]) => a - b);
    for (const [position, [index, frame]] of sorted.entries())
      this.#part(frame, { level, position: position + 1, siblings: sorted.length, index });
  }

  /** An item or branch: in one line where it has one step. */
  #part(frame: string, place: { level: number; position: number; siblings: number; index: number }): void {
    const steps = this.#byFrame.get(frame) ?? [];
    const [first] = steps;
    const sum = this.#sums.get(frame);
    if (!first || !sum) return;
    if (steps.length === 1) {
      this.#step(first, place);
      return;
    }
    const key = `${this.#run.id}:${frame}`;
    const kind = frame.slice(placeOf(frame)?.outer.length).startsWith('l') ? 'item' : 'branch';
    const isOpen = this.#options.opened.get(key) ?? kind === 'branch';
    const status = statusOf(sum);
    const isTakenOver = sum.live.size === 0 && sum.endedMs < this.#run.createdMs;
    this.#rows.push({
      ...place,
      ...{ key, kind, runId: this.#run.id, step: first, status, isOpen, isTakenOver, tokens: sum.tokens },
      startedMs: Number.isFinite(sum.startedMs) ? sum.startedMs : null,
      endedMs: sum.live.size > 0 ? null : sum.endedMs,
      parts: { total: sum.total, failed: sum.failed },
    });
    if (isOpen) this.frame(frame, place.level + 1);
  }

  #child(childId: string, step: StepState, level: number): void {
    const child = this.#options.children.get(childId);
    if (child) {
      new Drawing(child, this.#options, this.#rows).frame('', level);
      return;
    }
    const kind = this.#options.unreadable?.has(childId) ? 'unreadable' : 'reading';
    this.#rows.push({
      ...{ key: `${childId}:${kind}`, kind, runId: childId, step, level },
      ...{ position: 1, siblings: 1, index: null, status: 'pending', startedMs: null, endedMs: null },
      ...{ tokens: 0, isTakenOver: false, isOpen: null, parts: null },
    });
  }

  #times(step: StepState): Pick<TimelineRow, 'startedMs' | 'endedMs' | 'isTakenOver'> {
    const startedMs = step.started_at === null ? null : Date.parse(step.started_at);
    const endedMs = step.ended_at === null ? null : Date.parse(step.ended_at);
    return { startedMs, endedMs, isTakenOver: endedMs !== null && endedMs < this.#run.createdMs };
  }
}

/** A loop waits for its items: as long as one of them is at work, so is the loop. */
function atWork({ status, waits_for }: StepState, parts: readonly Sum[]): boolean {
  return status === 'waiting' && waits_for?.kind === 'items' && parts.some(({ live }) => live.has('running'));
}

function add(sums: Map<string, Sum>, frame: string, step: StepState): void {
  let sum = sums.get(frame);
  if (!sum) {
    const [startedMs, endedMs] = [Number.POSITIVE_INFINITY, 0];
    sum = { live: new Set(), failed: 0, cancelled: 0, total: 0, tokens: 0, startedMs, endedMs };
    sums.set(frame, sum);
  }
  sum.total += 1;
  sum.tokens += step.tokens.input + step.tokens.output;
  if (step.started_at !== null) sum.startedMs = Math.min(sum.startedMs, Date.parse(step.started_at));
  if (step.ended_at !== null) sum.endedMs = Math.max(sum.endedMs, Date.parse(step.ended_at));
  if (!hasEnded(step)) sum.live.add(step.status);
  else if (step.status === 'failed') sum.failed += 1;
  else if (step.status === 'cancelled') sum.cancelled += 1;
}

function statusOf({ live, failed, cancelled }: Sum): StepStatus {
  for (const status of ['running', 'waiting', 'pending'] as const) if (live.has(status)) return status;
  if (failed > 0) return 'failed';
  return cancelled > 0 ? 'cancelled' : 'succeeded';
}
