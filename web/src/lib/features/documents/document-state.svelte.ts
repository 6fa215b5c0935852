import type {
  Chunk,
  Document,
  DocumentPage,
  DocumentPages,
  OutlineEntry,
  Page,
  PassageContext,
} from '@aiwfe/api-client';
import { SvelteMap } from 'svelte/reactivity';
import { api } from '#lib/api/index.ts';

const PAGES_PER_REQUEST = 20;

/** One document's preview: pages and chunks are read when they come near the view. */
export class DocumentPreviewState {
  readonly id: string;
  document = $state.raw<Document | null>(null);
  error = $state.raw<unknown>(null);
  totalPages = $state<number | null>(null);
  outline = $state.raw<OutlineEntry[]>([]);
  readonly pages = new SvelteMap<number, DocumentPage>();
  pagesError = $state.raw<unknown>(null);
  chunks = $state.raw<Chunk[]>([]);
  chunksCursor = $state<string | null>(null);
  hasLoadedChunks = $state(false);
  chunksError = $state.raw<unknown>(null);
  passage = $state.raw<PassageContext | null>(null);
  passageError = $state.raw<unknown>(null);
  readonly #requested = new Set<number>();
  #isReadingChunks = false;

  constructor(id: string) {
    this.id = id;
  }

  get path(): string {
    return `/documents/${this.id}`;
  }

  async load(): Promise<void> {
    try {
      const document = await api.get<Document>(this.path);
      const becameReady = document.state === 'ready' && this.document?.state !== 'ready';
      this.document = document;
      this.error = null;
      if (becameReady) await this.needPages(1, 1);
    } catch (error) {
      this.error = error;
    }
  }

  /** Reads the pages of a range (numbers from 1) that were not asked for yet. */
  async needPages(first: number, last: number): Promise<void> {
    const block = (page: number) => Math.floor((page - 1) / PAGES_PER_REQUEST);
    const blocks: number[] = [];
    for (let index = block(first); index <= block(last); index += 1) {
      if (!this.#requested.has(index)) blocks.push(index);
    }
    await Promise.all(blocks.map((index) => this.#readBlock(index)));
  }

  async #readBlock(index: number): Promise<void> {
    this.#requested.add(index);
    try {
      const query = { from: index * PAGES_PER_REQUEST + 1, limit: PAGES_PER_REQUEST };
      const answer = await api.get<DocumentPages>(`${this.path}/pages`, { query });
      for (const page of answer.items) this.pages.set(page.number, page);
      this.totalPages = answer.total;
      if (answer.outline) this.outline = answer.outline;
      this.pagesError = null;
    } catch (error) {
      this.#requested.delete(index);
      this.pagesError = error;
    }
  }

  async loadChunks(): Promise<void> {
    if (this.#isReadingChunks || (this.hasLoadedChunks && this.chunksCursor === null)) return;
    this.#isReadingChunks = true;
    try {
      const query = { limit: 50, cursor: this.chunksCursor };
      const page = await api.get<Page<Chunk>>(`${this.path}/chunks`, { query });
      this.chunks = [...this.chunks, ...page.items];
      this.chunksCursor = page.next_cursor;
      this.hasLoadedChunks = true;
      this.chunksError = null;
    } catch (error) {
      this.chunksError = error;
    } finally {
      this.#isReadingChunks = false;
    }
  }

  /** Reads a passage with what stands around it (offsets in the document's text). */
  async showPassage(start: number, end: number): Promise<void> {
    this.passage = null;
    this.passageError = null;
    try {
      const query = { start, end, context: 400 };
      this.passage = await api.get<PassageContext>(`${this.path}/passage`, { query });
      if (this.passage.page !== null) await this.needPages(this.passage.page, this.passage.page);
    } catch (error) {
      this.passageError = error;
    }
  }

  async change(changes: { name?: string; collection_id?: string | null }): Promise<void> {
    this.document = await api.patch<Document>(this.path, changes);
  }

  async retry(): Promise<void> {
    this.document = await api.post<Document>(`${this.path}/retry`);
  }
}
