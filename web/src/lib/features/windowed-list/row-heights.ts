import type { Attachment } from 'svelte/attachments';

type Key = string | number;

/** The heights in px that drawn rows turned out to have, by key; they are remembered when a row is not drawn. */
export class RowHeights {
  readonly #heights = new Map<Key, number>();
  readonly #keys = new WeakMap<Element, Key>();
  readonly #observer: ResizeObserver;

  constructor(onChange: () => void) {
    this.#observer = new ResizeObserver((entries) => {
      if (entries.filter(({ target }) => this.#note(target as HTMLElement)).length > 0) onChange();
    });
  }

  get(key: Key): number | undefined {
    return this.#heights.get(key);
  }

  /** Watches the height of a row for as long as it is drawn. */
  measure(key: Key): Attachment<HTMLElement> {
    return (element) => {
      this.#keys.set(element, key);
      this.#observer.observe(element);
      return () => this.#observer.unobserve(element);
    };
  }

  disconnect(): void {
    this.#observer.disconnect();
  }

  #note(element: HTMLElement): boolean {
    const key = this.#keys.get(element);
    const height = element.offsetHeight;
    if (key === undefined || height === 0 || this.#heights.get(key) === height) return false;
    this.#heights.set(key, height);
    return true;
  }
}
