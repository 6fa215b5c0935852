import type { Expert } from '@aiwfe/api-client';

/** The part of `localStorage` that drafts need. */
type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/**
 * An expert's prompt while it is rewritten. What was typed and not saved outlives the page: it is kept per person and
 * expert until it is saved or thrown away.
 */
export class PromptDraft {
  readonly #storage: DraftStorage;
  readonly #key: string;
  #stored = $state.raw('');
  #text = $state('');
  /** Whether the text was typed earlier and found again. */
  readonly isRestored: boolean;
  readonly isChanged = $derived(this.#text !== this.#stored);

  constructor(storage: DraftStorage, owner: string, expert: Pick<Expert, 'id' | 'prompt'>) {
    this.#storage = storage;
    this.#key = keyOf(owner, expert.id);
    this.#stored = expert.prompt;
    const kept = storage.getItem(this.#key);
    this.isRestored = kept !== null && kept !== expert.prompt;
    this.#text = kept ?? expert.prompt;
  }

  get text(): string {
    return this.#text;
  }

  set text(text: string) {
    this.#text = text;
    try {
      if (text === this.#stored) this.#storage.removeItem(this.#key);
      else this.#storage.setItem(this.#key, text);
    } catch (error) {
      // A browser that refuses to store keeps the text as long as the page.
      if (!(error instanceof DOMException)) throw error;
    }
  }

  /** The prompt is stored on the server now: nothing is left to keep. */
  accept(prompt: string): void {
    this.#stored = prompt;
    this.text = prompt;
  }
}

function keyOf(owner: string, expertId: string): string {
  return `aiwfe.expert-prompt.${owner}.${expertId}`;
}

/** Whether somebody left a prompt unsaved. */
export function hasPromptDraft(
  storage: DraftStorage,
  owner: string,
  expert: Pick<Expert, 'id' | 'prompt'>,
): boolean {
  const kept = storage.getItem(keyOf(owner, expert.id));
  return kept !== null && kept !== expert.prompt;
}
