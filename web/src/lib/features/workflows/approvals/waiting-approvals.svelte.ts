import type { Approval, Page } from '@aiwfe/api-client';
import { api, Resource } from '#lib/api/index.ts';
import { userFeed } from '#lib/api/user-feed.svelte.ts';

const mostCounted = 100;

/** What waits for a decision: for the badge in the navigation, the home page and the inbox. */
class WaitingApprovals extends Resource<Approval[]> {
  /** What the person decides. */
  readonly mine = $derived((this.data ?? []).filter(({ mine }) => mine));
  /** What others decide for runs of the person. */
  readonly others = $derived((this.data ?? []).filter(({ mine }) => !mine));

  constructor() {
    super(async () => {
      const query = { status: 'pending', limit: mostCounted };
      return (await api.get<Page<Approval>>('/approvals', { query })).items;
    });
  }

  override follow(): () => void {
    const ends = [
      super.follow(),
      userFeed.subscribe('approval', () => void this.load()),
      // An approval that its run no longer needs is told as a change of the run.
      userFeed.subscribe('run', () => {
        if (this.data && this.data.length > 0) void this.load();
      }),
    ];
    return () => {
      for (const end of ends) end();
      this.forget();
    };
  }
}

export const waitingApprovals = new WaitingApprovals();
