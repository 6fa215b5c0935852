import type { Page, RunSummary } from '@aiwfe/api-client';
import { api } from '#lib/api/index.ts';
import { type NodeState, RunFollower } from '../runs/index.ts';

/** The run that is shown on the canvas, followed while it goes. */
export class RunOverlay {
  follower = $state.raw<RunFollower | null>(null);
  readonly status = $derived(this.follower?.status ?? 'queued');
  readonly isGoing = $derived(this.follower !== null && !this.follower.run?.ended_at);
  #end: (() => void) | null = null;
  /** Moves on with whatever is shown or dismissed: what was looked for before is not wanted any more. */
  #turn = 0;

  stateOf(nodeId: string): NodeState | undefined {
    return this.follower?.nodes.get(nodeId);
  }

  /** Shows a run and follows it to its end. */
  follow(runId: string): void {
    if (this.follower?.id === runId) return;
    this.dismiss();
    const follower = new RunFollower(runId);
    this.follower = follower;
    this.#end = follower.follow();
  }

  /** Looks for a run of the workflow that goes on now, whoever started it. */
  async find(workflowId: string): Promise<void> {
    if (this.isGoing) return;
    const turn = this.#turn;
    const query = { workflow_id: workflowId, limit: 1 };
    const { items } = await api.get<Page<RunSummary>>('/runs', { query });
    const [newest] = items;
    if (turn === this.#turn && newest && newest.ended_at === null) this.follow(newest.id);
  }

  async cancel(): Promise<void> {
    if (this.follower) await api.post(`/runs/${this.follower.id}/cancel`);
  }

  dismiss(): void {
    this.#turn += 1;
    this.#end?.();
    this.#end = null;
    this.follower = null;
  }
}
