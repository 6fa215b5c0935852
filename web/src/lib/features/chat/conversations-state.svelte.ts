import type { Conversation, Page, Undo } from '@aiwfe/api-client';
import { ApiProblem, api } from '#lib/api/index.ts';
import { groupConversations } from './conversation-groups.ts';

const PAGE_SIZE = 50;

/** The list of conversations beside the chat: groups, search, and what can be done with one. */
export class ConversationsState {
  items = $state.raw<Conversation[]>([]);
  found = $state.raw<Conversation[] | null>(null);
  query = $state('');
  isLoading = $state(false);
  hasLoaded = $state(false);
  error = $state.raw<unknown>(null);
  nextCursor = $state<string | null>(null);
  /** Moves on when the day changes, so that "today" stays true. */
  now = $state.raw(new Date());
  readonly groups = $derived(groupConversations(this.items, this.now));

  #search: AbortController | null = null;
  readonly #deleted = new Set<string>();

  async load(): Promise<void> {
    this.isLoading = true;
    try {
      const page = await api.get<Page<Conversation>>('/conversations', { query: { limit: PAGE_SIZE } });
      this.items = page.items.filter(({ id }) => !this.#deleted.has(id));
      this.nextCursor = page.next_cursor;
      this.now = new Date();
      this.error = null;
      this.hasLoaded = true;
    } catch (error) {
      this.error = error;
    } finally {
      this.isLoading = false;
    }
  }

  async loadMore(): Promise<void> {
    if (!this.nextCursor || this.isLoading) return;
    this.isLoading = true;
    try {
      const query = { limit: PAGE_SIZE, cursor: this.nextCursor };
      const page = await api.get<Page<Conversation>>('/conversations', { query });
      for (const conversation of page.items) this.upsert(conversation);
      this.nextCursor = page.next_cursor;
    } catch (error) {
      this.error = error;
    } finally {
      this.isLoading = false;
    }
  }

  /** Full-text search over titles and messages; an empty query shows the list again. */
  async search(query: string): Promise<void> {
    this.query = query;
    this.#search?.abort();
    const text = query.trim();
    if (text === '') {
      this.found = null;
      return;
    }
    const search = new AbortController();
    this.#search = search;
    try {
      const options = { query: { q: text, limit: PAGE_SIZE }, signal: search.signal };
      this.found = (await api.get<Page<Conversation>>('/conversations', options)).items;
      this.error = null;
    } catch (error) {
      if (!search.signal.aborted) this.error = error;
    }
  }

  /** Puts a conversation that was read or changed elsewhere into the list. */
  upsert(conversation: Conversation): void {
    if (this.#deleted.has(conversation.id)) return;
    this.items = [conversation, ...this.items.filter(({ id }) => id !== conversation.id)];
    this.found =
      this.found?.map((item) => (item.id === conversation.id ? { ...item, ...conversation } : item)) ?? null;
  }

  /** Reads one conversation again after a hint; one that is gone leaves the list. */
  async refresh(id: string): Promise<void> {
    if (id === '*') return await this.load();
    try {
      this.upsert(await api.get<Conversation>(`/conversations/${id}`));
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 404) throw error;
      this.#remove(id);
    }
  }

  async rename(conversation: Conversation, title: string): Promise<void> {
    await this.#change(conversation, { title });
  }

  async setPinned(conversation: Conversation, pinned: boolean): Promise<void> {
    await this.#change(conversation, { pinned });
  }

  /** Deletes a conversation; the answer takes it back while the server allows it. */
  async delete(conversation: Conversation): Promise<() => Promise<void>> {
    this.#deleted.add(conversation.id);
    this.#remove(conversation.id);
    try {
      await api.delete<Undo>(`/conversations/${conversation.id}`);
    } catch (error) {
      this.#deleted.delete(conversation.id);
      this.upsert(conversation);
      throw error;
    }
    return async () => {
      const restored = await api.post<Conversation>(`/conversations/${conversation.id}/restore`);
      this.#deleted.delete(conversation.id);
      this.upsert(restored);
    };
  }

  async #change(conversation: Conversation, changes: Partial<Pick<Conversation, 'title' | 'pinned'>>) {
    this.upsert({ ...conversation, ...changes });
    try {
      this.upsert(await api.patch<Conversation>(`/conversations/${conversation.id}`, changes));
    } catch (error) {
      this.upsert(conversation);
      throw error;
    }
  }

  #remove(id: string): void {
    this.items = this.items.filter((item) => item.id !== id);
    this.found = this.found?.filter((item) => item.id !== id) ?? null;
  }
}
