import type { WorkflowDefinition } from '@aiwfe/api-client';
import { randomKey } from '#lib/random-key.ts';

/** A drawing that is not saved yet, as this browser keeps it. */
export interface LocalDraft {
  /** Version of the workflow that it began with. Its name and its switch may change meanwhile. */
  version: number;
  definition: WorkflowDefinition;
  keptAt: string;
}

/** The parts of `localStorage`, which all tabs share, and of `sessionStorage`, which a tab has for itself. */
export interface DraftStorage {
  shared: Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;
  tab: Pick<Storage, 'getItem' | 'setItem'>;
}

const family = 'aiwfe.workflow.';
/** Left behind by closed tabs, of one person in one browser. */
const maxLeft = 20;
const maxAgeMs = 30 * 24 * 3_600_000;

export function hasDrafts(shared: DraftStorage['shared']): boolean {
  return keysOf(shared, family).length > 0;
}

/**
 * Keeps what is drawn until it is saved: a closed tab or a lost connection loses nothing. Each tab has a draft of its own
 * and finds it again after a reload; what a closed tab left behind goes to the next one that opens the workflow.
 */
export class LocalDrafts {
  readonly #storage: DraftStorage;
  readonly #owner: string;
  readonly #workflow: string;
  /** Where the tab remembers its draft. A duplicated tab remembers the same one. */
  readonly #memory: string;
  #key: string;
  /** What should be stored now. */
  #kept: LocalDraft | null = null;

  /** `openElsewhere`: keys of the drafts that other tabs are drawing on. */
  constructor(
    storage: DraftStorage,
    ownerId: string,
    workflowId: string,
    openElsewhere: ReadonlySet<string> = new Set(),
  ) {
    this.#storage = storage;
    this.#owner = `${family}${ownerId}.`;
    this.#workflow = `${this.#owner}${workflowId}`;
    this.#memory = `aiwfe.workflow-draft.${ownerId}.${workflowId}`;
    this.#key = this.#choose(openElsewhere);
    storage.tab.setItem(this.#memory, this.#key);
  }

  get key(): string {
    return this.#key;
  }

  read(): LocalDraft | null {
    const draft = this.#stored(this.#key);
    this.#kept = draft?.definition?.format === 1 && Array.isArray(draft.definition.nodes) ? draft : null;
    return this.#kept;
  }

  /** Answers false where the browser has no room. */
  write(draft: LocalDraft): boolean {
    this.#kept = draft;
    try {
      this.#storage.shared.setItem(this.#key, JSON.stringify(draft));
      return true;
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      return false;
    }
  }

  clear(): void {
    this.#kept = null;
    this.#storage.shared.removeItem(this.#key);
  }

  /**
   * Another tab changed what is stored. Where it took this draft for left behind and draws on it, it may have it: what is
   * drawn here is kept beside it.
   */
  meet({ key, newValue }: Pick<StorageEvent, 'key' | 'newValue'>): void {
    if (key !== this.#key || this.#kept === null) return;
    if (newValue !== null) {
      this.#key = this.#newKey();
      this.#storage.tab.setItem(this.#memory, this.#key);
    }
    this.write(this.#kept);
  }

  /** Forgets what closed tabs left behind long ago, and the oldest of very many. */
  prune(openElsewhere: ReadonlySet<string>, nowMs = Date.now()): void {
    const { shared } = this.#storage;
    const left = keysOf(shared, family)
      .filter((key) => key !== this.#key && !openElsewhere.has(key))
      .map((key) => ({ key, keptAtMs: this.#keptAtMs(key) }))
      .toSorted((a, b) => b.keptAtMs - a.keptAtMs);
    const tooMany = new Set(left.filter(({ key }) => key.startsWith(this.#owner)).slice(maxLeft));
    for (const one of left)
      if (tooMany.has(one) || nowMs - one.keptAtMs > maxAgeMs) shared.removeItem(one.key);
  }

  /** The draft of this tab, else the newest that is left behind, else a new one. */
  #choose(openElsewhere: ReadonlySet<string>): string {
    const left = keysOf(this.#storage.shared, `${this.#workflow}.`, this.#workflow).filter(
      (key) => !openElsewhere.has(key),
    );
    const own = this.#storage.tab.getItem(this.#memory);
    if (own !== null && left.includes(own)) return own;
    const [newest] = left.toSorted((a, b) => this.#keptAtMs(b) - this.#keptAtMs(a));
    return newest ?? this.#newKey();
  }

  #newKey(): string {
    return `${this.#workflow}.${randomKey()}`;
  }

  #keptAtMs(key: string): number {
    return Date.parse(this.#stored(key)?.keptAt ?? '') || 0;
  }

  #stored(key: string): LocalDraft | null {
    try {
      return JSON.parse(this.#storage.shared.getItem(key) ?? 'null') as LocalDraft | null;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return null;
    }
  }
}

/** `exact`: from before each tab had a draft of its own. */
function keysOf(shared: DraftStorage['shared'], prefix: string, exact?: string): string[] {
  const keys = Array.from({ length: shared.length }, (_, index) => shared.key(index) ?? '');
  return keys.filter((key) => key.startsWith(prefix) || key === exact);
}
