import type { Page, SecurityAlert } from '@aiwfe/api-client';
import { api, PagedResource } from '#lib/api/index.ts';

const pageSize = 30;

/** The person's alerts, the newest first, as far as they asked for them. */
export class AlertsState extends PagedResource<SecurityAlert> {
  constructor() {
    super((cursor) => api.get<Page<SecurityAlert>>('/auth/alerts', { query: { cursor, limit: pageSize } }));
  }
}
