import type { OwnEvent, Page } from '@aiwfe/api-client';
import { api, apiUrl, PagedResource } from '#lib/api/index.ts';

const pageSize = 40;
const dayMs = 86_400_000;

/** Beginnings of actions that the page can be narrowed to. */
export const activityKinds = [
  'sign_in',
  'step_up',
  'session.',
  'device.',
  'passkey.',
  'two_factor.',
  'identity.',
  'account.',
  'alert.',
  'api_key.',
  'certificate.',
] as const;

/** What was done with the person's account, newest first, by filter and page after page. */
export class ActivityState extends PagedResource<OwnEvent> {
  outcome = $state('');
  kind = $state('');
  /** Days back, as text for the control; empty for all. */
  days = $state('');

  constructor() {
    super((cursor) =>
      api.get<Page<OwnEvent>>('/auth/activity', {
        query: { ...this.#filter(), cursor, limit: pageSize },
      }),
    );
  }

  get isFiltered(): boolean {
    return this.outcome !== '' || this.kind !== '' || this.days !== '';
  }

  /** Takes the filter off and reads again. */
  async clear(): Promise<void> {
    this.outcome = '';
    this.kind = '';
    this.days = '';
    await this.load();
  }

  /** Where the browser downloads what the filter shows. */
  exportUrl(format: 'csv' | 'jsonl'): string {
    return apiUrl('/auth/activity/export', { ...this.#filter(), format });
  }

  #filter() {
    const { outcome, kind: action, days } = this;
    const from = days === '' ? undefined : new Date(Date.now() - Number(days) * dayMs).toISOString();
    return { outcome, action, from };
  }
}
