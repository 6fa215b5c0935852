/** The part of `localStorage` that drafts need. */
export type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** Longest question the server accepts, in bytes of UTF-8. */
export const MAX_QUESTION_BYTES = 100_000;

/** True when the question is too long to send. */
export function isQuestionTooLong(text: string): boolean {
  return text.length > MAX_QUESTION_BYTES || new TextEncoder().encode(text).length > MAX_QUESTION_BYTES;
}

/**
 * What was typed and not sent, per person and conversation. A browser that refuses to store (full, private mode)
 * keeps drafts for as long as the tab lives.
 */
export class Drafts {
  readonly #storage: DraftStorage | null;
  readonly #owner: string;
  readonly #memory = new Map<string, string>();

  constructor(storage: DraftStorage | null, owner: string) {
    this.#storage = storage;
    this.#owner = owner;
  }

  #key(conversationId: string | null): string {
    return `aiwfe.draft.${this.#owner}.${conversationId ?? 'new'}`;
  }

  /** The draft of a conversation (null: of the next new one), or an empty text. */
  read(conversationId: string | null): string {
    const key = this.#key(conversationId);
    return this.#memory.get(key) ?? this.#storage?.getItem(key) ?? '';
  }

  /** Keeps a draft; true when it outlives the tab. */
  write(conversationId: string | null, text: string): boolean {
    const key = this.#key(conversationId);
    if (text === '') {
      this.clear(conversationId);
      return true;
    }
    try {
      if (!this.#storage) throw new DOMException('No storage', 'QuotaExceededError');
      this.#storage.setItem(key, text);
      this.#memory.delete(key);
      return true;
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      this.#memory.set(key, text);
      return false;
    }
  }

  /** Forgets a draft that was sent. */
  clear(conversationId: string | null): void {
    const key = this.#key(conversationId);
    this.#memory.delete(key);
    this.#storage?.removeItem(key);
  }
}
