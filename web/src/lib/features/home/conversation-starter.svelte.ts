import type { BegunConversation, ChatModeId } from '@aiwfe/api-client';
import { api, session } from '#lib/api/index.ts';
import { Drafts, type Sending } from '#lib/features/chat/drafts.ts';
import { whileLeaving } from '#lib/features/chat/leaving-page.ts';
import { defaultMode } from '#lib/features/chat-modes/mode-words.ts';
import { goto } from '$app/navigation';

/** The composer of the home page: one conversation per question, and no question lost or asked twice. */
export class ConversationStarter {
  readonly #drafts = new Drafts(sessionStorage, session.user?.id ?? 'nobody');
  text = $state(this.#drafts.read(null));
  mode = $state<ChatModeId>(defaultMode);
  starting = $state(false);
  error = $state.raw<unknown>(null);

  keepDraft(): void {
    this.#drafts.write(null, this.text);
  }

  /** Asks the question in a new conversation and opens that. */
  async start(): Promise<void> {
    const content = this.text.trim();
    if (content === '' || this.starting) return;
    const mode = this.mode === defaultMode ? {} : { mode: this.mode };
    await this.#deliver(this.#drafts.beginSending(null, { content, ...mode }));
  }

  /** Sends again what a page sent that was left before the server answered; the server stores it once. */
  async resume(): Promise<void> {
    const sending = this.#drafts.underWay(null);
    if (sending && !this.starting) await this.#deliver(sending);
  }

  async #deliver(sending: Sending): Promise<void> {
    const { key, question } = sending;
    this.starting = true;
    this.error = null;
    const leaving = whileLeaving();
    try {
      const headers = { 'idempotency-key': key };
      const { conversation } = await api.post<BegunConversation>('/conversations/begin', question, {
        headers,
      });
      this.#drafts.acknowledge(null);
      this.text = '';
      await goto(`/chat/${conversation.id}`);
    } catch (error) {
      if (leaving.isLeaving) return;
      this.text = this.#drafts.giveBack(null, sending);
      this.error = error;
    } finally {
      leaving.stop();
      this.starting = false;
    }
  }
}
