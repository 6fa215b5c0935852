import type { Collection, Document, DocumentState, Page, Undo } from '@aiwfe/api-client';
import { createContext } from 'svelte';
import { SvelteSet } from 'svelte/reactivity';
import { ApiProblem, api } from '#lib/api/index.ts';
import { isBeingProcessed } from './document-format.ts';
import { UploadQueue } from './upload-queue.svelte.ts';

const PAGE_SIZE = 50;

export interface DocumentFilter {
  q: string;
  state: DocumentState | '';
  collection_id: string;
}

/** The documents of a person as a list: filter, selection, uploads, collections and what can be done. */
export class DocumentsState {
  items = $state.raw<Document[]>([]);
  collections = $state.raw<Collection[]>([]);
  filter = $state<DocumentFilter>({ q: '', state: '', collection_id: '' });
  isLoading = $state(false);
  hasLoaded = $state(false);
  error = $state.raw<unknown>(null);
  nextCursor = $state<string | null>(null);
  readonly selected = new SvelteSet<string>();
  readonly uploads = new UploadQueue((document) => this.upsert(document), false);
  readonly isFiltered = $derived(
    this.filter.q !== '' || this.filter.state !== '' || this.filter.collection_id !== '',
  );
  readonly isProcessing = $derived(this.items.some(isBeingProcessed));

  #loading: AbortController | null = null;
  readonly #deleted = new Set<string>();
  /** How often each document was read again. */
  readonly #readings = new Map<string, number>();

  /** Reads the first page for the current filter; an older answer that comes late is dropped. */
  async load(): Promise<void> {
    this.#loading?.abort();
    const loading = new AbortController();
    this.#loading = loading;
    this.isLoading = true;
    try {
      const query = { ...this.filter, limit: PAGE_SIZE };
      const page = await api.get<Page<Document>>('/documents', { query, signal: loading.signal });
      this.items = page.items.filter(({ id }) => !this.#deleted.has(id));
      this.nextCursor = page.next_cursor;
      this.error = null;
      this.hasLoaded = true;
    } catch (error) {
      if (!loading.signal.aborted) this.error = error;
    } finally {
      if (this.#loading === loading) this.isLoading = false;
    }
  }

  async loadMore(): Promise<void> {
    if (!this.nextCursor || this.isLoading) return;
    this.isLoading = true;
    try {
      const query = { ...this.filter, limit: PAGE_SIZE, cursor: this.nextCursor };
      const page = await api.get<Page<Document>>('/documents', { query });
      const known = new Set(this.items.map(({ id }) => id));
      this.items = [...this.items, ...page.items.filter(({ id }) => !known.has(id))];
      this.nextCursor = page.next_cursor;
    } catch (error) {
      this.error = error;
    } finally {
      this.isLoading = false;
    }
  }

  async loadCollections(): Promise<void> {
    this.collections = (await api.get<Page<Collection>>('/collections', { query: { limit: 100 } })).items;
  }

  collectionName(id: string | null): string | undefined {
    return this.collections.find((collection) => collection.id === id)?.name;
  }

  /** Puts a document that was read or changed into the list, new ones first. */
  upsert(document: Document): void {
    if (this.#deleted.has(document.id)) return;
    const isKnown = this.items.some(({ id }) => id === document.id);
    this.items = isKnown
      ? this.items.map((item) => (item.id === document.id ? document : item))
      : [document, ...this.items];
  }

  /** Reads one document again after a hint; one that is gone leaves the list. Of several readings the last begun counts. */
  async refresh(id: string): Promise<void> {
    if (id === '*') return await this.load();
    const reading = (this.#readings.get(id) ?? 0) + 1;
    this.#readings.set(id, reading);
    try {
      const document = await api.get<Document>(`/documents/${id}`);
      if (this.#readings.get(id) !== reading) return;
      const isKnown = this.items.some((item) => item.id === id);
      if (isKnown || !this.isFiltered) this.upsert(document);
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 404) throw error;
      this.#remove([id]);
    }
  }

  async rename(document: Document, name: string): Promise<void> {
    this.upsert(await api.patch<Document>(`/documents/${document.id}`, { name }));
  }

  async retry(document: Document): Promise<void> {
    this.upsert(await api.post<Document>(`/documents/${document.id}/retry`));
  }

  /** Moves documents into a collection (null: out of theirs). */
  async move(ids: readonly string[], collectionId: string | null): Promise<void> {
    for (const id of ids) {
      this.upsert(await api.patch<Document>(`/documents/${id}`, { collection_id: collectionId }));
    }
    this.selected.clear();
    await this.loadCollections();
  }

  /** Deletes documents; the answer takes them back while the server allows it. */
  async delete(ids: readonly string[]): Promise<() => Promise<void>> {
    for (const id of ids) this.#deleted.add(id);
    const before = this.items;
    this.#remove(ids);
    try {
      for (const id of ids) await api.delete<Undo>(`/documents/${id}`);
    } catch (error) {
      for (const id of ids) this.#deleted.delete(id);
      this.items = before;
      throw error;
    }
    return async () => {
      for (const id of ids) {
        const document = await api.post<Document>(`/documents/${id}/restore`);
        this.#deleted.delete(id);
        this.upsert(document);
      }
    };
  }

  async createCollection(name: string): Promise<Collection> {
    const collection = await api.post<Collection>('/collections', { name });
    this.collections = [...this.collections, collection];
    return collection;
  }

  async renameCollection(collection: Collection, name: string): Promise<void> {
    const renamed = await api.patch<Collection>(`/collections/${collection.id}`, { name });
    this.collections = this.collections.map((item) => (item.id === renamed.id ? renamed : item));
  }

  /** Deletes a collection; its documents stay. */
  async deleteCollection(collection: Collection): Promise<void> {
    await api.delete(`/collections/${collection.id}`);
    this.collections = this.collections.filter(({ id }) => id !== collection.id);
    if (this.filter.collection_id === collection.id) this.filter.collection_id = '';
    await this.load();
  }

  #remove(ids: readonly string[]): void {
    const gone = new Set(ids);
    for (const id of ids) this.selected.delete(id);
    this.items = this.items.filter(({ id }) => !gone.has(id));
  }
}

const [useDocumentsContext, setDocumentsContext] = createContext<DocumentsState>();

/** Makes the list's state available to the components below. */
export function createDocuments(): DocumentsState {
  return setDocumentsContext(new DocumentsState());
}

/** The list's state, inside the documents pages. */
export const useDocuments = useDocumentsContext;
