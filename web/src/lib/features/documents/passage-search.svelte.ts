import type { Scope, SearchResult } from '@aiwfe/api-client';
import { api } from '#lib/api/index.ts';

const PAUSE_MS = 180;

/** Search over passages while the person types: one request at a time, the newest wins. */
export class PassageSearch {
  query = $state('');
  result = $state.raw<SearchResult | null>(null);
  error = $state.raw<unknown>(null);
  isSearching = $state(false);
  #request: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Notes what was typed and searches after a short pause. */
  type(query: string, scope: Scope): void {
    this.query = query;
    clearTimeout(this.#timer);
    this.#request?.abort();
    if (query.trim() === '') {
      this.result = null;
      this.error = null;
      this.isSearching = false;
      return;
    }
    this.isSearching = true;
    this.#timer = setTimeout(() => void this.run(scope), PAUSE_MS);
  }

  async run(scope: Scope): Promise<void> {
    const request = new AbortController();
    this.#request = request;
    this.isSearching = true;
    try {
      const body = { query: this.query.trim(), scope, limit: 20 };
      this.result = await api.post<SearchResult>('/search', body, { signal: request.signal });
      this.error = null;
    } catch (error) {
      if (!request.signal.aborted) this.error = error;
    } finally {
      if (this.#request === request) this.isSearching = false;
    }
  }
}
