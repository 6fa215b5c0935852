import type { Approval } from '@aiwfe/api-client';
import { ApiProblem, api, ConnectionProblem, Resource, wasCalledOff } from '#lib/api/index.ts';
import { userFeed } from '#lib/api/user-feed.svelte.ts';

type Decision = 'approve' | 'reject';
export type TooLate = 'decided' | 'stopped';

const lateCodes: Record<string, TooLate> = {
  'workflows.approval_decided': 'decided',
  'workflows.run_stopping': 'stopped',
};

/**
 * A decision that a run waits for. What is sent counts once, however often: where the answer got lost, the approval is
 * read again and says whether the decision arrived.
 */
export class ApprovalState extends Resource<Approval> {
  readonly id: string;
  /** Set while a decision is on its way. */
  deciding = $state<Decision | null>(null);
  problem = $state.raw<unknown>(null);
  /** What came before this decision: another one (or its time was over), or the end of the run. */
  tooLate = $state<TooLate | null>(null);
  comment = $state('');

  constructor(id: string) {
    super(() => api.get<Approval>(`/approvals/${id}`));
    this.id = id;
  }

  override follow(): () => void {
    const ends = [
      super.follow(),
      userFeed.subscribe('approval', (id) => {
        if (id === this.id || id === '*') void this.load();
      }),
      // A run that ends takes along what it asked.
      userFeed.subscribe('run', (id) => {
        if (this.data?.status === 'pending' && id === this.data.run_id) void this.load();
      }),
    ];
    return () => {
      for (const end of ends) end();
    };
  }

  /** Never throws: what went wrong is in `problem`. */
  async decide(decision: Decision): Promise<void> {
    if (this.deciding !== null) return;
    this.deciding = decision;
    this.problem = null;
    const comment = this.comment.trim();
    const body = { decision, ...(comment === '' ? {} : { comment }) };
    try {
      this.take(await api.post<Approval>(`/approvals/${this.id}/decide`, body));
      this.comment = '';
    } catch (error) {
      await this.#explain(error);
    } finally {
      this.deciding = null;
    }
  }

  async #explain(error: unknown): Promise<void> {
    if (wasCalledOff(error)) return;
    const tooLate = error instanceof ApiProblem ? (lateCodes[error.code] ?? null) : null;
    if (tooLate !== null || error instanceof ConnectionProblem) await this.load();
    this.tooLate = tooLate;
    if (tooLate === null && this.data?.status === 'pending') this.problem = error;
  }
}
