import { untrack } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import { RunFollower } from './run-follower.svelte.ts';
import type { StepState } from './run-progress.ts';
import { RunSteering } from './run-steering.svelte.ts';
import { ServerClock } from './server-clock.svelte.ts';
import { createTimeScale } from './time-scale.ts';
import { type DrawnRun, timelineRows } from './timeline-rows.ts';
import { WorkflowNames } from './workflow-names.svelte.ts';

/** Steps that wait rather than work. */
const waitingTypes = new Set(['approval', 'wait']);
/** Steps whose time is the time of what is inside of them. */
const holdingTypes = new Set(['loop', 'parallel', 'join', 'sub_workflow']);

interface Followed {
  run: RunFollower;
  end: () => void;
}

/** A run with the sub-workflows that the person opened, as the page draws it. */
export class RunPageState {
  readonly follower: RunFollower;
  readonly steering: RunSteering;
  readonly clock = new ServerClock();
  readonly opened = new SvelteMap<string, boolean>();
  readonly #children = new SvelteMap<string, Followed>();
  readonly #names = new SvelteMap<string, WorkflowNames>();

  readonly rows = $derived.by(() => {
    const { run, steps } = this.follower;
    if (!run) return [];
    const children = new Map<string, DrawnRun>();
    const unreadable = new Set<string>();
    for (const [id, { run: child }] of this.#children) {
      if (child.run) children.set(id, drawn(child));
      else if (child.error) unreadable.add(id);
    }
    return timelineRows(
      { id: run.id, createdMs: Date.parse(run.created_at), steps },
      { opened: this.opened, children, unreadable },
    );
  });

  /** From the first beginning until the end, or until now. */
  readonly bounds = $derived.by(() => {
    const { run } = this.follower;
    if (!run) return { fromMs: 0, toMs: 1 };
    const fromMs = Date.parse(run.started_at ?? run.created_at);
    const toMs = run.ended_at === null ? this.clock.nowMs : Date.parse(run.ended_at);
    return { fromMs, toMs: Math.max(toMs, fromMs + 1) };
  });
  readonly scale = $derived.by(() => {
    const { toMs } = this.bounds;
    const work = this.follower.steps.flatMap((step) => {
      if (step.started_at === null || this.#isIdle(step)) return [];
      return [
        {
          fromMs: Date.parse(step.started_at),
          toMs: step.ended_at === null ? toMs : Date.parse(step.ended_at),
        },
      ];
    });
    return createTimeScale(work, this.bounds);
  });

  constructor(id: string) {
    this.follower = new RunFollower(id);
    this.steering = new RunSteering(this.follower);
  }

  /** Reads and follows; for `$effect`, which calls the returned function. */
  follow(): () => void {
    const end = this.follower.follow();
    return () => {
      end();
      for (const child of this.#children.values()) child.end();
      this.#children.clear();
    };
  }

  /** Reads what the steps of the runs on the page are called; for `$effect`. */
  readNames(): void {
    for (const { id, run } of [this.follower, ...[...this.#children.values()].map((child) => child.run)]) {
      if (!run || this.#names.has(id)) continue;
      const names = new WorkflowNames(run);
      this.#names.set(id, names);
      untrack(() => void names.load());
    }
  }

  /** Opens or closes a line. */
  toggle(key: string, isOpen: boolean, childId: string | null): void {
    this.opened.set(key, isOpen);
    if (isOpen && childId !== null) this.openChild(childId);
  }

  /** Reads and follows a sub-workflow's run. */
  openChild(id: string): void {
    if (this.#children.has(id)) return;
    const run = new RunFollower(id);
    this.#children.set(id, { run, end: run.follow() });
  }

  runOf(runId: string): RunFollower | undefined {
    return runId === this.follower.id ? this.follower : this.#children.get(runId)?.run;
  }

  nameOf(runId: string, nodeId: string): string {
    return this.#names.get(runId)?.nameOf(nodeId) ?? nodeId;
  }

  typeOf(runId: string, nodeId: string): string | undefined {
    return this.#names.get(runId)?.typeOf(nodeId);
  }

  #isIdle(step: StepState): boolean {
    const type = this.typeOf(this.follower.id, step.node_id) ?? '';
    return step.status === 'waiting' || waitingTypes.has(type) || holdingTypes.has(type);
  }
}

function drawn({ id, run, steps }: RunFollower): DrawnRun {
  return { id, steps, createdMs: Date.parse(run?.created_at ?? '') };
}
