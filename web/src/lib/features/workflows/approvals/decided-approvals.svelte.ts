import type { Approval, Page } from '@aiwfe/api-client';
import { api, limitFor, PagedResource } from '#lib/api/index.ts';
import { userFeed } from '#lib/api/user-feed.svelte.ts';

const pageSize = 50;

/** What was decided, newest first, as far as somebody asked for it. */
export class DecidedApprovals extends PagedResource<Approval> {
  constructor() {
    super(async (cursor, shown) => {
      const query = { cursor, limit: limitFor(shown, pageSize) };
      const page = await api.get<Page<Approval>>('/approvals', { query });
      return { ...page, items: page.items.filter(({ status }) => status !== 'pending') };
    });
  }

  override follow(): () => void {
    const ends = [super.follow(), userFeed.subscribe('approval', () => void this.load())];
    return () => {
      for (const end of ends) end();
    };
  }
}
