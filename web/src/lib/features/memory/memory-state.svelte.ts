import type { Fact, MemorySettings, Page } from '@aiwfe/api-client';
import { untrack } from 'svelte';
import { api, limitFor, PagedResource, Resource } from '#lib/api/index.ts';
import { userFeed } from '#lib/api/user-feed.svelte.ts';

const pageSize = 50;

/** What is remembered about the person, as far as they asked for it, and whether it may be used. */
export class MemoryState {
  /** Words that the shown facts have; whoever changes them says when to read again. */
  words = $state('');
  readonly settings = new Resource(() => api.get<MemorySettings>('/memory/settings'));
  readonly facts = new PagedResource((cursor, shown) => {
    const query = { cursor, limit: limitFor(shown, pageSize), q: untrack(() => this.words.trim()) };
    return api.get<Page<Fact>>('/memory', { query });
  });

  follow(): () => void {
    const ends = [
      this.settings.follow(),
      this.facts.follow(),
      userFeed.subscribe('memory', () => void this.#reload()),
    ];
    return () => {
      for (const end of ends) end();
    };
  }

  /** Stores what the person decided about the text that they read. Throws what the request throws. */
  async allow(enabled: boolean): Promise<void> {
    const version = this.settings.data?.consent.version;
    this.settings.take(await api.put<MemorySettings>('/memory/settings', { enabled, version }));
  }

  async add(content: string): Promise<void> {
    await api.post<Fact>('/memory', { content });
    await this.#reload();
  }

  async change(fact: Fact, content: string): Promise<void> {
    await api.patch<Fact>(`/memory/${fact.id}`, { content });
    await this.#reload();
  }

  async remove(fact: Fact): Promise<void> {
    await api.delete(`/memory/${fact.id}`);
    await this.#reload();
  }

  async restore(fact: Fact): Promise<void> {
    await api.post(`/memory/${fact.id}/restore`);
    await this.#reload();
  }

  async #reload(): Promise<void> {
    await Promise.all([this.facts.load(), this.settings.load()]);
  }
}
