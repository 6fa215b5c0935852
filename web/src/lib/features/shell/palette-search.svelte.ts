import type { Conversation, Document, Page } from '@aiwfe/api-client';
import { api } from '#lib/api/index.ts';

const pauseMs = 150;
const shown = 5;

/** Conversations and documents for what is typed in the palette; the last typed text wins. */
export class PaletteSearch {
  conversations = $state.raw<Conversation[]>([]);
  documents = $state.raw<Document[]>([]);
  searching = $state(false);
  error = $state.raw<unknown>(undefined);

  /** Searches after a short pause; answers how to drop this search, for an `$effect`. */
  search(text: string): () => void {
    const abort = new AbortController();
    const q = text.trim();
    if (q.length < 2) {
      this.#show([], []);
      return () => undefined;
    }
    this.searching = true;
    const timer = setTimeout(() => void this.#read(q, abort.signal), pauseMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }

  async #read(q: string, signal: AbortSignal): Promise<void> {
    const options = { query: { q, limit: shown }, signal };
    try {
      const [conversations, documents] = await Promise.all([
        api.get<Page<Conversation>>('/conversations', options),
        api.get<Page<Document>>('/documents', options),
      ]);
      this.#show(conversations.items, documents.items);
      this.error = undefined;
    } catch (error) {
      if (signal.aborted) return;
      this.#show([], []);
      this.error = error;
    }
  }

  #show(conversations: Conversation[], documents: Document[]): void {
    this.conversations = conversations;
    this.documents = documents;
    this.searching = false;
  }
}
