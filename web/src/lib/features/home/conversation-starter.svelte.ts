import type { Conversation, StartedGeneration } from '@aiwfe/api-client';
import { api } from '#lib/api/index.ts';
import { goto } from '$app/navigation';

const draftKey = 'aiwfe.home-draft';

/** The composer of the home page: one conversation per question, and no question lost when a step fails. */
export class ConversationStarter {
  text = $state(sessionStorage.getItem(draftKey) ?? '');
  starting = $state(false);
  error = $state.raw<unknown>(null);
  /** Kept after a failure, so that trying again does not leave empty conversations behind. */
  #conversation: Conversation | null = null;
  #asked = { content: '', key: '' };

  keepDraft(): void {
    sessionStorage.setItem(draftKey, this.text);
  }

  /** Creates the conversation, asks the question in it and opens it. */
  async start(): Promise<void> {
    const content = this.text.trim();
    if (content === '' || this.starting) return;
    this.starting = true;
    this.error = null;
    try {
      this.#conversation ??= await api.post<Conversation>('/conversations', {});
      const path = `/conversations/${this.#conversation.id}/messages`;
      const headers = { 'idempotency-key': this.#keyFor(content) };
      await api.post<StartedGeneration>(path, { content }, { headers });
      const { id } = this.#conversation;
      this.#reset();
      await goto(`/chat/${id}`);
    } catch (error) {
      this.error = error;
    } finally {
      this.starting = false;
    }
  }

  /** The same key for the same text, so that a repeated request asks once; another text gets another key. */
  #keyFor(content: string): string {
    if (this.#asked.content !== content) this.#asked = { content, key: randomKey() };
    return this.#asked.key;
  }

  #reset(): void {
    this.text = '';
    sessionStorage.removeItem(draftKey);
    this.#conversation = null;
    this.#asked = { content: '', key: '' };
  }
}

/** 128 random bits; `crypto.randomUUID` does not exist on plain http outside of localhost. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
