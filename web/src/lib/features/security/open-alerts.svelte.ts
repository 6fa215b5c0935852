import type { SecurityOverview } from '@aiwfe/api-client';
import { api, Resource } from '#lib/api/index.ts';
import { userFeed } from '#lib/api/user-feed.svelte.ts';

/** How many alerts wait for the person's answer, for the badge in the navigation. */
class OpenAlerts extends Resource<number> {
  constructor() {
    super(async () => (await api.get<SecurityOverview>('/auth/security')).open_alerts);
  }

  override follow(): () => void {
    const ends = [super.follow(), userFeed.subscribe('alert', () => void this.load())];
    return () => {
      for (const end of ends) end();
      this.forget();
    };
  }
}

export const openAlerts = new OpenAlerts();
