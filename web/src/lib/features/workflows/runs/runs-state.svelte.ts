import type { Page, RunStatus, RunSummary } from '@aiwfe/api-client';
import { api, coalesce, connection, isTransient } from '#lib/api/index.ts';
import { userFeed } from '#lib/api/user-feed.svelte.ts';
import { runStatuses } from './run-words.ts';

const pageSize = 50;
const refreshAfterMs = 400;

export interface RunFilter {
  status: RunStatus | '';
  workflowId: string;
  /** Workflows that people drew, or those of the chat modes. */
  kind: 'own' | 'chat' | '';
}

/** What an address asks for; everything where it asks for nothing that there is. */
export function readRunFilter(query: Pick<URLSearchParams, 'get'>): RunFilter {
  const kind = query.get('kind');
  return {
    status: runStatuses.find((status) => status === query.get('status')) ?? '',
    workflowId: query.get('workflow') ?? '',
    kind: kind === 'own' || kind === 'chat' ? kind : '',
  };
}

/** The runs of a person, newest first, as far as somebody scrolled; kept true by the feed. */
export class RunsState {
  readonly filter: RunFilter;
  items = $state.raw<readonly RunSummary[]>([]);
  hasLoaded = $state(false);
  isLoading = $state(false);
  error = $state.raw<unknown>(null);
  nextCursor = $state<string | null>(null);
  #turn = 0;
  #changed = new Set<string>();
  readonly #refreshSoon = coalesce(() => this.#refresh(), refreshAfterMs);

  constructor(filter: RunFilter) {
    this.filter = filter;
  }

  follow(): () => void {
    void this.load();
    const ends = [
      userFeed.subscribe('run', (id) => this.#note(id)),
      connection.onChange((online) => {
        if (online && isTransient(this.error)) void this.load();
      }),
    ];
    return () => {
      this.#refreshSoon.cancel();
      for (const end of ends) end();
    };
  }

  /** Reads the newest page. Never throws: the failure is in `error`. */
  async load(): Promise<void> {
    await this.#read(null);
  }

  async more(): Promise<void> {
    if (this.nextCursor !== null && !this.isLoading && this.error === null) await this.#read(this.nextCursor);
  }

  async #read(cursor: string | null): Promise<void> {
    const turn = ++this.#turn;
    this.isLoading = true;
    try {
      const page = await this.#page(cursor);
      if (turn !== this.#turn) return;
      this.items = cursor === null ? page.items : [...this.items, ...page.items];
      this.nextCursor = page.next_cursor;
      this.hasLoaded = true;
      this.error = null;
    } catch (error) {
      if (turn === this.#turn) this.error = error;
    } finally {
      if (turn === this.#turn) this.isLoading = false;
    }
  }

  #page(cursor: string | null): Promise<Page<RunSummary>> {
    const { status, workflowId, kind } = this.filter;
    const builtin = kind === '' ? undefined : kind === 'chat';
    const query = { limit: pageSize, cursor, status, workflow_id: workflowId, builtin };
    return api.get<Page<RunSummary>>('/runs', { query });
  }

  #note(id: string): void {
    this.#changed.add(id);
    this.#refreshSoon.ask();
  }

  /** Reads the newest page again, and what changed further down; what is shown further down stays. */
  async #refresh(): Promise<void> {
    // A page that is on its way stays where it is: the list must not jump back to its beginning.
    if (this.isLoading) return this.#refreshSoon.ask();
    const changed = this.#changed;
    this.#changed = new Set();
    if (changed.has('*')) return this.load();
    const turn = this.#turn;
    try {
      const newest = await this.#page(null);
      const fresh = new Set(newest.items.map(({ id }) => id));
      const below = this.items.filter(({ id }) => !fresh.has(id) && id < (newest.items.at(-1)?.id ?? ''));
      const stale = below.filter(({ id }) => changed.has(id)).map(({ id }) => id);
      const read = await Promise.all(
        stale.map((id) => api.get<RunSummary>(`/runs/${id}`, { query: { values: false } })),
      );
      // A further page came meanwhile: what changed is read once more.
      if (turn !== this.#turn) return this.#noteAll(changed);
      const byId = new Map(read.map((run) => [run.id, run]));
      const updated = below.map((run) => byId.get(run.id) ?? run).filter((run) => this.#fits(run));
      this.items = newest.next_cursor === null ? newest.items : [...newest.items, ...updated];
      if (this.items.length <= newest.items.length) this.nextCursor = newest.next_cursor;
    } catch (error) {
      if (turn === this.#turn) this.error = error;
    }
  }

  #noteAll(ids: Iterable<string>): void {
    for (const id of ids) this.#note(id);
  }

  #fits({ status }: RunSummary): boolean {
    return this.filter.status === '' || status === this.filter.status;
  }
}
