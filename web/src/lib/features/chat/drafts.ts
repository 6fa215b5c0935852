import type { ChatModeId, ModelChoice, Scope } from '@aiwfe/api-client';
import { randomKey } from '#lib/random-key.ts';

/** A question as it is sent; together with its key the server recognises it when it is sent again. */
export interface Sending {
  key: string;
  question: { content: string; scope?: Scope; model?: ModelChoice; mode?: ChatModeId; web_search?: boolean };
  /** `under_way` until the server has answered; `returned`: it failed, the text is a draft again. */
  state: 'under_way' | 'returned';
}

/** The part of `localStorage` that drafts need. */
export type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** Longest question the server accepts, in bytes of UTF-8. */
export const MAX_QUESTION_BYTES = 100_000;

/** True when the question is too long to send. */
export function isQuestionTooLong(text: string): boolean {
  return text.length > MAX_QUESTION_BYTES || new TextEncoder().encode(text).length > MAX_QUESTION_BYTES;
}

const memories = new WeakMap<DraftStorage, Map<string, string>>();

/** What a storage had no room for, as long as the tab lives: also when the chat is left and opened again. */
function memoryOf(storage: DraftStorage | null): Map<string, string> {
  const memory = (storage && memories.get(storage)) ?? new Map<string, string>();
  if (storage) memories.set(storage, memory);
  return memory;
}

/**
 * What was typed and not sent, and what was sent and not acknowledged, per person and conversation. A page that is
 * reloaded while it sends finds the question with its key and sends it again: the server stores it once (I16). A browser
 * that refuses to store (full, private mode) keeps both for as long as the tab lives.
 */
export class Drafts {
  readonly #storage: DraftStorage | null;
  readonly #owner: string;
  readonly #memory: Map<string, string>;

  constructor(storage: DraftStorage | null, owner: string) {
    this.#storage = storage;
    this.#owner = owner;
    this.#memory = memoryOf(storage);
  }

  #key(conversationId: string | null, kind: 'draft' | 'sending' = 'draft'): string {
    return `aiwfe.${kind}.${this.#owner}.${conversationId ?? 'new'}`;
  }

  /** The draft of a conversation (null: of the next new one), or an empty text. */
  read(conversationId: string | null): string {
    return this.#read(this.#key(conversationId)) ?? '';
  }

  /** Whether what was written last outlives the tab. */
  isKept(conversationId: string | null): boolean {
    return !this.#memory.has(this.#key(conversationId));
  }

  #read(key: string): string | null {
    return this.#memory.get(key) ?? this.#storage?.getItem(key) ?? null;
  }

  /** Keeps a draft; true when it outlives the tab. */
  write(conversationId: string | null, text: string): boolean {
    if (text === '') {
      this.clear(conversationId);
      return true;
    }
    return this.#store(this.#key(conversationId), text);
  }

  #store(key: string, text: string): boolean {
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
    this.#forget(this.#key(conversationId));
  }

  #forget(key: string): void {
    this.#memory.delete(key);
    this.#storage?.removeItem(key);
  }

  /** Turns the draft into a question on its way. The same question that failed before goes out with its old key. */
  beginSending(conversationId: string | null, question: Sending['question']): Sending {
    const before = this.#readSending(conversationId);
    const isSame = before !== undefined && JSON.stringify(before.question) === JSON.stringify(question);
    const sending: Sending = { key: isSame ? before.key : randomKey(), question, state: 'under_way' };
    this.#store(this.#key(conversationId, 'sending'), JSON.stringify(sending));
    this.clear(conversationId);
    return sending;
  }

  /** The question that an earlier page sent without learning what became of it. */
  underWay(conversationId: string | null): Sending | undefined {
    const sending = this.#readSending(conversationId);
    return sending?.state === 'under_way' ? sending : undefined;
  }

  /** The server has the question. */
  acknowledge(conversationId: string | null): void {
    this.#forget(this.#key(conversationId, 'sending'));
  }

  /** The question failed and is a draft again, before what was typed since; answers the draft. */
  giveBack(conversationId: string | null, sending: Sending): string {
    const typed = this.read(conversationId);
    const { content } = sending.question;
    const draft = typed === '' ? content : `${content}\n${typed}`;
    this.write(conversationId, draft);
    this.#store(this.#key(conversationId, 'sending'), JSON.stringify({ ...sending, state: 'returned' }));
    return draft;
  }

  #readSending(conversationId: string | null): Sending | undefined {
    const stored = this.#read(this.#key(conversationId, 'sending'));
    return stored === null ? undefined : (JSON.parse(stored) as Sending);
  }
}
