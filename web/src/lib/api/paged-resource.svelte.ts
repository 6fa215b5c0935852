import type { Page } from '@aiwfe/api-client';
import { untrack } from 'svelte';
import { Resource } from './resource.svelte.ts';

/** The most that one request reads. */
const maxPageSize = 100;

/** A list of the server that is read page by page, as far as somebody asked for it. */
export class PagedResource<Item, Part extends Page<Item> = Page<Item>> extends Resource<Part> {
  loadingMore = $state(false);
  readonly items: Item[] = $derived(this.data?.items ?? []);
  #readPage: (cursor: string | undefined, shown: number) => Promise<Part & Page<Item>>;

  /** `shown`: how many items there are already when the beginning is read again; see {@link limitFor}. */
  constructor(readPage: (cursor: string | undefined, shown: number) => Promise<Part & Page<Item>>) {
    // An effect that reads a list must not begin again because the list came.
    super(() =>
      readPage(
        undefined,
        untrack(() => this.items.length),
      ),
    );
    this.#readPage = readPage;
  }

  /** Reads the next page. Throws what the request throws. */
  async more(): Promise<void> {
    const shown = this.data;
    if (!shown?.next_cursor || this.loadingMore) return;
    this.loadingMore = true;
    try {
      const next = await this.#readPage(shown.next_cursor, 0);
      // What was read again meanwhile, or with another filter, has its own next page.
      if (this.data !== shown) return;
      const isBeingRead = this.loading;
      this.take({ ...next, items: [...shown.items, ...next.items] });
      // That reading counts no more, but what it was for still holds; now it keeps the longer list.
      if (isBeingRead) void this.load();
    } finally {
      this.loadingMore = false;
    }
  }
}

/** How much to read so that nobody loses their place: what is shown, or a page. */
export function limitFor(shown: number, pageSize: number): number {
  return Math.min(maxPageSize, Math.max(pageSize, shown));
}
