import type {
  BegunConversation,
  ChatModeId,
  Conversation,
  Generation,
  Message,
  MessagePage,
  ModelChoice,
  Scope,
  StartedGeneration,
} from '@aiwfe/api-client';
import { api } from '#lib/api/index.ts';
import { randomKey } from '#lib/random-key.ts';
import { followGeneration } from './generation-follower.ts';
import { emptyGeneration, type GenerationView, withGeneration } from './generation-view.ts';

const PAGE_SIZE = 50;

export interface Question {
  content: string;
  /** Also search the web for this answer. */
  webSearch?: boolean;
  /** How the answer comes about; absent: as in the conversation so far. */
  mode?: ChatModeId;
  /** Absent: after the last message. Given, also null: a branch beside the messages with the same parent. */
  parentId?: string | null;
}

interface LiveGeneration {
  id: string;
  messageId: string;
  view: GenerationView;
}

/** What another answer to the same question is to be written with; absent: as before. */
export type Regeneration = { model: ModelChoice } | { mode: ChatModeId } | undefined;

/** One conversation: its loaded messages on the active branch, the answer being written, and what can be done. */
export class ThreadState {
  readonly id: string;
  conversation = $state.raw<Conversation | null>(null);
  stored = $state.raw<Message[]>([]);
  hasOlder = $state(false);
  isLoading = $state(false);
  isLoadingOlder = $state(false);
  loadError = $state.raw<unknown>(null);
  live = $state.raw<LiveGeneration | null>(null);
  isConnectionBroken = $state(false);
  isStopping = $state(false);
  /** A question on its way to the server, shown at once. */
  pendingQuestion = $state<string | null>(null);

  readonly messages: Message[] = $derived.by(() => {
    const { live, stored } = this;
    if (!live) return stored;
    return stored.map((message) =>
      message.id === live.messageId ? withGeneration(message, live.view) : message,
    );
  });
  readonly isAnswering = $derived(this.live !== null);
  readonly isBusy = $derived(this.live !== null || this.pendingQuestion !== null);

  #stopFollowing: (() => void) | null = null;

  constructor(id: string) {
    this.id = id;
  }

  get #path(): string {
    return `/conversations/${this.id}`;
  }

  /** Reads the conversation and its last messages, and follows an answer that is being written. */
  async load(): Promise<void> {
    this.isLoading = true;
    this.loadError = null;
    try {
      await this.#reload();
    } catch (error) {
      this.loadError = error;
    } finally {
      this.isLoading = false;
    }
  }

  async #reload(): Promise<void> {
    const [conversation, page] = await Promise.all([
      api.get<Conversation>(this.#path),
      api.get<MessagePage>(`${this.#path}/messages`, { query: { limit: PAGE_SIZE } }),
    ]);
    this.conversation = conversation;
    this.stored = page.items;
    this.hasOlder = page.has_more;
    const running = page.items.findLast((message) => message.status === 'streaming');
    const active = conversation.active_generation;
    const messageId = active?.message_id ?? running?.id;
    const generationId = active?.id ?? running?.generation_id;
    if (generationId && messageId) this.#follow(generationId, messageId);
    else this.#unfollow();
  }

  /** Adds the messages before the first loaded one; true when there were any. */
  async loadOlder(): Promise<boolean> {
    const first = this.stored[0];
    if (!first || !this.hasOlder || this.isLoadingOlder) return false;
    this.isLoadingOlder = true;
    try {
      const query = { before: first.id, limit: PAGE_SIZE };
      const page = await api.get<MessagePage>(`${this.#path}/messages`, { query });
      if (this.stored[0] !== first) return false;
      this.stored = [...page.items, ...this.stored];
      this.hasOlder = page.has_more;
      return page.items.length > 0;
    } finally {
      this.isLoadingOlder = false;
    }
  }

  /** Reads again what another tab or the server may have changed; keeps what is shown when nothing did. */
  async refresh(): Promise<void> {
    const conversation = await api.get<Conversation>(this.#path);
    const active = conversation.active_generation;
    const isNewAnswer = active !== null && active.id !== this.live?.id;
    const hasNewMessages = !this.isBusy && conversation.message_count !== this.conversation?.message_count;
    this.conversation = conversation;
    if (!this.pendingQuestion && (isNewAnswer || hasNewMessages)) await this.#reload();
  }

  /** Takes over a conversation that was begun with its first question. */
  adopt({ conversation, started }: BegunConversation): void {
    this.conversation = conversation;
    this.stored = [started.user_message, started.assistant_message];
    this.#follow(started.generation.id, started.assistant_message.id);
  }

  /**
   * Sends a question and follows its answer; throws what the request threw. A key that the server knows already brings
   * the question it stored, which is not shown twice.
   */
  async ask({ content, parentId, webSearch, mode }: Question, key = randomKey()): Promise<void> {
    this.pendingQuestion = content;
    const before = this.stored;
    if (parentId !== undefined) this.stored = this.#upTo(parentId);
    try {
      const body = {
        content,
        ...(parentId === undefined ? {} : { parent_id: parentId }),
        ...(webSearch ? { web_search: true } : {}),
        ...(mode === undefined ? {} : { mode }),
      };
      const started = await api.post<StartedGeneration>(`${this.#path}/messages`, body, {
        headers: { 'idempotency-key': key },
      });
      if (before.some(({ id }) => id === started.user_message.id)) return await this.#reload();
      this.stored = [...this.stored, started.user_message, started.assistant_message];
      this.#noteMode(started.assistant_message);
      this.#follow(started.generation.id, started.assistant_message.id);
    } catch (error) {
      this.stored = before;
      throw error;
    } finally {
      this.pendingQuestion = null;
    }
  }

  /** Writes another answer to the same question, with another model or in another mode when one is given. */
  async regenerate(message: Message, changes?: Regeneration): Promise<void> {
    const path = `${this.#path}/messages/${message.id}/regenerate`;
    const started = await api.post<StartedGeneration>(path, changes ?? {}, {
      headers: { 'idempotency-key': randomKey() },
    });
    this.stored = [...this.#upTo(message.parent_id), started.assistant_message];
    this.#noteMode(started.assistant_message);
    this.#follow(started.generation.id, started.assistant_message.id);
  }

  /** Makes the branch through a message the active one. */
  async showBranch(messageId: string): Promise<void> {
    await api.post<Conversation>(`${this.#path}/branch`, { message_id: messageId });
    await this.#reload();
  }

  /** Asks the server to stop; what was written until then stays. */
  async stop(): Promise<void> {
    if (!this.live || this.isStopping) return;
    this.isStopping = true;
    try {
      await api.post<Generation>(`/generations/${this.live.id}/stop`);
    } finally {
      this.isStopping = false;
    }
  }

  /** Stores a change of title, scope, model or mode. */
  async change(changes: {
    title?: string;
    scope?: Scope;
    model?: ModelChoice | null;
    mode?: ChatModeId;
  }): Promise<void> {
    const before = this.conversation;
    if (before) this.conversation = { ...before, ...changes };
    try {
      this.conversation = await api.patch<Conversation>(this.#path, changes);
    } catch (error) {
      this.conversation = before;
      throw error;
    }
  }

  close(): void {
    this.#unfollow();
  }

  /** The mode of the newest answer is the conversation's. */
  #noteMode({ mode }: Message): void {
    if (this.conversation) this.conversation = { ...this.conversation, mode };
  }

  #upTo(messageId: string | null): Message[] {
    const index = this.stored.findIndex((message) => message.id === messageId);
    return this.stored.slice(0, index + 1);
  }

  #follow(generationId: string, messageId: string): void {
    if (this.live?.id === generationId) return;
    this.#unfollow();
    this.live = { id: generationId, messageId, view: emptyGeneration };
    this.#stopFollowing = followGeneration(generationId, {
      onView: (view) => {
        this.live = { id: generationId, messageId, view };
      },
      onConnection: (isBroken) => {
        this.isConnectionBroken = isBroken;
      },
      onEnd: (message) => {
        this.stored = this.stored.map((known) => (known.id === message.id ? message : known));
        this.#unfollow();
        this.refresh().catch((error: unknown) => {
          this.loadError = error;
        });
      },
      onRefused: (problem) => {
        this.#unfollow();
        this.loadError = problem;
      },
    });
  }

  #unfollow(): void {
    this.#stopFollowing?.();
    this.#stopFollowing = null;
    this.live = null;
    this.isConnectionBroken = false;
  }
}
