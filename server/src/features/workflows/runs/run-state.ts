import type { Graph } from '../definitions/graph.ts';
import type { Resolution } from '../steps/step-type.ts';
import type { LoopConfig } from '../steps/structure.steps.ts';
import type { Failure, LoopProgress, StepStatus } from '../workflows.tables.ts';
import { branchFrame, type FramePart, frameParts, itemFrame } from './frames.ts';

/** A step that has not ended. */
export interface Activation {
  number: number;
  nodeId: string;
  frame: string;
  status: Extract<StepStatus, 'pending' | 'running' | 'waiting'>;
  attempt: number;
  input: unknown;
  progress: LoopProgress | null;
  waitsFor: Record<string, unknown> | null;
  resolution: Resolution | null;
  editedInput: unknown;
  /** On this process's clock; of steps that were read from the database, the database knows. */
  createdAtMs?: number;
  startedAtMs?: number;
}

/** What an ended step leaves. */
export interface EndedStep {
  number: number;
  status: Extract<StepStatus, 'succeeded' | 'failed' | 'cancelled'>;
  input?: unknown;
  output?: unknown;
  port?: string;
  error?: Failure;
  usage?: { inputTokens: number; outputTokens: number };
}

/** An ended step that is still to be stored. */
export type EndedActivation = EndedStep & { activation: Activation; endedAtMs: number };

/** Everything that has to be known of a run to go on: bounded by what runs at the same time, not by its length. */
export interface RunState {
  live: Map<number, Activation>;
  lastNumber: number;
}

/**
 * Changes to a run, first made here and stored in one transaction afterwards. When that fails the run begins again with
 * what is stored.
 */
export class Draft {
  readonly graph: Graph;
  readonly live: Map<number, Activation>;
  readonly ended: EndedActivation[] = [];
  readonly created = new Set<number>();
  readonly changed = new Set<number>();
  readonly progressed = new Set<number>();
  lastNumber: number;

  constructor(graph: Graph, state: RunState) {
    this.graph = graph;
    this.live = new Map(state.live);
    this.lastNumber = state.lastNumber;
  }

  get isEmpty(): boolean {
    return this.ended.length + this.created.size + this.changed.size === 0;
  }

  /** Forgets what has been stored; what lives goes on. */
  stored(): void {
    this.ended.length = 0;
    this.created.clear();
    this.changed.clear();
    this.progressed.clear();
  }

  create(nodeId: string, frame: string, rest: Partial<Activation> = {}): Activation {
    this.lastNumber += 1;
    const activation: Activation = {
      number: this.lastNumber,
      nodeId,
      frame,
      status: 'pending',
      attempt: 0,
      input: null,
      progress: null,
      waitsFor: null,
      resolution: null,
      editedInput: null,
      createdAtMs: performance.now(),
      ...rest,
    };
    this.live.set(activation.number, activation);
    this.created.add(activation.number);
    return activation;
  }

  change(number: number, changes: Partial<Activation>): void {
    const before = this.live.get(number);
    if (!before) return;
    const begins = changes.status === 'running' && before.startedAtMs === undefined;
    const startedAtMs = begins ? { startedAtMs: performance.now() } : {};
    this.live.set(number, { ...before, ...changes, ...startedAtMs });
    if (!this.created.has(number)) this.changed.add(number);
  }

  end(step: EndedStep): void {
    const activation = this.live.get(step.number);
    if (!activation) return;
    this.live.delete(step.number);
    this.changed.delete(step.number);
    this.ended.push({ ...step, activation, endedAtMs: performance.now() });
  }

  /** Ends a step and goes on through one of its ways out. */
  advance(step: Activation, ended: EndedStep): void {
    this.end(ended);
    const node = this.graph.nodes.get(step.nodeId);
    const targets = this.graph.following(step.nodeId, ended.port ?? 'next');
    for (const [index, target] of targets.entries()) {
      const forks = node?.type === 'parallel' && ended.status === 'succeeded';
      this.#arrive(target, forks ? branchFrame(step.frame, step.number, index) : step.frame);
    }
  }

  #arrive(nodeId: string, frame: string): void {
    const [inner] = frameParts(frame);
    const type = this.graph.nodes.get(nodeId)?.type;
    const isWayBack = inner?.kind === 'loop' && this.live.get(inner.step)?.nodeId === nodeId;
    if (isWayBack) return;
    if (type === 'join' && inner?.kind === 'branch') this.#arriveAtJoin(nodeId, inner);
    else this.create(nodeId, frame);
  }

  #arriveAtJoin(nodeId: string, branch: FramePart): void {
    const isThere = [...this.live.values()].some(
      (one) => one.nodeId === nodeId && one.frame === branch.outer && one.waitsFor?.fork === branch.step,
    );
    if (isThere) return;
    const waitsFor = { kind: 'branches', fork: branch.step };
    this.create(nodeId, branch.outer, { status: 'waiting', waitsFor });
  }

  /** Joins whose branches have ended go on; loops begin further items, or collect their results. */
  settle(): void {
    for (let before = -1; before !== this.#size(); ) {
      before = this.#size();
      for (const activation of [...this.live.values()]) {
        if (activation.waitsFor?.kind === 'branches') this.#settleJoin(activation);
        if (activation.waitsFor?.kind === 'items') this.#settleLoop(activation);
      }
    }
  }

  #size(): number {
    return this.lastNumber + this.ended.length + this.changed.size;
  }

  #settleJoin(join: Activation): void {
    const prefix = `${join.frame}p${String(join.waitsFor?.fork)}.`;
    const open = [...this.live.values()].some((one) => one.frame.startsWith(prefix));
    if (open) return;
    this.change(join.number, { status: 'pending', waitsFor: { kind: 'collect', fork: join.waitsFor?.fork } });
  }

  #settleLoop(loop: Activation): void {
    const { progress } = loop;
    if (!progress) return;
    const open = this.#openItems(loop);
    const [first] = this.graph.following(loop.nodeId, 'each');
    let { begun } = progress;
    if (first === undefined) begun = progress.total;
    while (first !== undefined && begun < progress.total && open.size < progress.max_parallel) {
      this.#arrive(first, itemFrame(loop.frame, loop.number, begun));
      // A body that is nothing but the way back ends at once.
      for (const index of this.#openItems(loop)) open.add(index);
      begun += 1;
    }
    const ended = begun - open.size;
    if (begun === progress.begun && ended === progress.ended && ended < progress.total) return;
    if (ended !== progress.ended) this.progressed.add(loop.number);
    const done = ended === progress.total;
    this.change(loop.number, {
      progress: { ...progress, begun, ended },
      ...(done ? { status: 'pending', waitsFor: { kind: 'collect' } } : {}),
    });
  }

  #openItems(loop: Activation): Set<number> {
    const prefix = `${loop.frame}l${loop.number}.`;
    const open = new Set<number>();
    for (const { frame } of this.live.values())
      if (frame.startsWith(prefix)) open.add(Number.parseInt(frame.slice(prefix.length), 10));
    return open;
  }

  /**
   * A step has failed for good. True: the run goes on, by the step's own way out for errors, or because its loop goes
   * on with the other items.
   */
  fail(step: Activation, ended: EndedStep): boolean {
    if (this.graph.following(step.nodeId, 'error').length > 0) {
      const { code, detail } = ended.error ?? {};
      this.advance(step, { ...ended, port: 'error', output: { code, detail } });
      return true;
    }
    const loop = frameParts(step.frame).find((part) => this.#skipsFailures(part));
    this.end(ended);
    if (!loop) return false;
    const prefix = itemFrame(loop.outer, loop.step, loop.index);
    for (const one of [...this.live.values()])
      if (one.frame.startsWith(prefix)) this.end({ number: one.number, status: 'cancelled' });
    return true;
  }

  #skipsFailures({ kind, step }: FramePart): boolean {
    const node = this.graph.nodes.get(this.live.get(step)?.nodeId ?? '');
    const config = node?.config as LoopConfig | undefined;
    return kind === 'loop' && config?.on_item_error === 'continue';
  }
}
