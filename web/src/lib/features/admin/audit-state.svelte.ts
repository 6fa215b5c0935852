import type { AuditEvent, ChainReport, Page } from '@aiwfe/api-client';
import { api, apiUrl, PagedResource, Resource } from '#lib/api/index.ts';
import { type Address, filterFromAddress } from './list-filter.ts';

const names = ['search', 'action', 'outcome', 'from', 'to', 'user_id'] as const;
const dayMs = 86_400_000;
const chainTimeoutMs = 600_000;

/** The evidence, newest first, and what is looked for in it. */
export class AuditState extends PagedResource<AuditEvent> {
  filter = $state<Record<(typeof names)[number], string>>({
    search: '',
    action: '',
    outcome: '',
    from: '',
    to: '',
    user_id: '',
  });
  readonly chain = new Resource(() =>
    api.get<ChainReport>('/admin/audit/chain', { timeoutMs: chainTimeoutMs, retries: 0 }),
  );
  readonly isFiltered = $derived(Object.values(this.filter).some((value) => value !== ''));

  constructor(address: Address) {
    super((cursor) =>
      api.get<Page<AuditEvent>>('/admin/audit', { query: { ...this.query, cursor, limit: 50 } }),
    );
    this.filter = filterFromAddress(address, names);
  }

  /** The filter as the server reads it: days as they begin and end here. */
  get query(): Record<string, string> {
    const { from, to, ...others } = this.filter;
    return { ...others, from: momentOf(from, 0), to: momentOf(to, dayMs) };
  }

  /** Where the same events can be downloaded. */
  exportAddress(format: 'csv' | 'jsonl'): string {
    return apiUrl('/admin/audit/export', { ...this.query, format });
  }
}

/** The beginning of a day of the calendar, or `laterMs` after it; nothing for no day. */
function momentOf(day: string, laterMs: number): string {
  const beginsMs = new Date(`${day}T00:00:00`).getTime();
  return Number.isNaN(beginsMs) ? '' : new Date(beginsMs + laterMs).toISOString();
}
