import type {
  BegunConversation,
  ChatMode,
  ChatModeId,
  Citation,
  Collection,
  Document,
  Model,
  ModelChoice,
  ModelList,
  Page,
  Scope,
  Slot,
} from '@aiwfe/api-client';
import { createContext } from 'svelte';
import { api } from '#lib/api/index.ts';
import { defaultMode, isKnownMode } from '../chat-modes/mode-words.ts';
import { reportProblem } from '../documents/index.ts';
import { markdown } from '../markdown/index.ts';
import { ConversationsState } from './conversations-state.svelte.ts';
import { type DraftStorage, Drafts, type Sending } from './drafts.ts';
import { whileLeaving } from './leaving-page.ts';
import { lockOf, type ModelLock } from './model-lock.ts';
import { hasSampleInLanguage } from './suggested-prompts.ts';
import { ThreadState } from './thread-state.svelte.ts';

/** The part of the person's event feed that the chat follows. */
export interface ChangeFeed {
  subscribe(kind: 'conversation', onChanged: (id: string) => void): () => void;
}

export interface ShownCitation {
  citation: Citation;
  messageId: string;
}

/** What the chat pages share: the list, the open thread, the models, the sources beside it. */
export class ChatState {
  readonly conversations = new ConversationsState();
  readonly drafts: Drafts;
  thread = $state.raw<ThreadState | null>(null);
  models = $state.raw<Model[]>([]);
  modes = $state.raw<ChatMode[]>([]);
  slot = $state.raw<Slot | null>(null);
  collections = $state.raw<Collection[]>([]);
  /** Whether the sample is among the newest documents; undefined until it is known. */
  hasSample = $state<boolean>();
  /** Choices for a conversation that does not exist yet. */
  newScope = $state.raw<Scope>({ kind: 'all' });
  newModel = $state.raw<ModelChoice | null>(null);
  newMode = $state<ChatModeId>(defaultMode);
  shownCitation = $state.raw<ShownCitation | null>(null);
  /** The first question of a conversation, on its way to the server. */
  beginning = $state<string | null>(null);
  /** Whether administrators have turned web search on, and whether the next question uses it. */
  canSearchWeb = $state(false);
  searchesWeb = $state(false);
  /** Moves on when a draft was written from outside the composer. */
  draftVersion = $state(0);

  readonly scope: Scope = $derived(
    this.thread ? (this.thread.conversation?.scope ?? { kind: 'all' }) : this.newScope,
  );
  /** Who has fixed the model that answers, if anybody has. */
  readonly modelLock: ModelLock = $derived(lockOf(this.slot));
  /** What the person chose, as far as it counts. */
  readonly model: ModelChoice | null = $derived.by(() => {
    if (this.modelLock) return null;
    return this.thread ? (this.thread.conversation?.model ?? null) : this.newModel;
  });
  readonly mode: ChatModeId = $derived(
    this.thread ? (this.thread.conversation?.mode ?? defaultMode) : this.newMode,
  );
  /** True when answers are quotations because no language model is connected. */
  readonly isExtractive = $derived.by(() => {
    const chosen = this.models.find((model) => this.isChosen(model));
    return (chosen?.provider_kind ?? this.slot?.effective.provider_kind) === 'builtin';
  });

  readonly #delivering = new Set<string>();

  constructor(storage: DraftStorage | null, owner: string) {
    this.drafts = new Drafts(storage, owner);
  }

  isChosen(model: Model): boolean {
    return this.model?.provider_id === model.provider_id && this.model.model === model.model;
  }

  /** Opens a conversation, or none for a new one; a thread that is open already stays as it is. */
  open(id: string | null): void {
    if (this.thread?.id === id) return;
    this.thread?.close();
    this.shownCitation = null;
    this.thread = id === null ? null : new ThreadState(id);
    void this.thread?.load();
  }

  /** Reads what all chats need and follows changes made elsewhere; answers how to end that. */
  start(feed: ChangeFeed): () => void {
    void this.conversations.load();
    for (const detail of [
      markdown.load(),
      this.loadModels(),
      this.loadModes(),
      this.loadCollections(),
      this.loadSample(),
      this.loadWebSearch(),
    ]) {
      detail.catch(reportProblem);
    }
    return feed.subscribe('conversation', (id) => {
      this.conversations.refresh(id).catch(reportProblem);
      if (this.thread && (id === '*' || id === this.thread.id)) this.thread.refresh().catch(reportProblem);
    });
  }

  /** Takes over what a link asks for: `?document=` as the scope of a new chat, `?mode=`, `?prompt=` as its draft. */
  takeParameters(parameters: Pick<URLSearchParams, 'get' | 'getAll'>): void {
    const document_ids = parameters.getAll('document');
    if (document_ids.length > 0) this.newScope = { kind: 'documents', document_ids };
    const mode = parameters.get('mode');
    if (mode && isKnownMode(mode)) this.newMode = mode;
    const prompt = parameters.get('prompt');
    if (prompt) this.suggest(prompt);
  }

  /** Puts a text into the composer of the next new conversation. */
  suggest(text: string): void {
    this.drafts.write(null, text);
    this.draftVersion += 1;
  }

  /** Sends what was typed: into the open conversation, or as the first question of a new one. */
  async send(content: string): Promise<void> {
    const web = this.searchesWeb && this.canSearchWeb ? { web_search: true } : {};
    const choices = this.thread
      ? // What this page shows counts, also while a change of it is on its way.
        this.thread.conversation && { mode: this.mode }
      : {
          scope: this.newScope,
          ...(this.newModel ? { model: this.newModel } : {}),
          ...(this.newMode === defaultMode ? {} : { mode: this.newMode }),
        };
    const id = this.thread?.id ?? null;
    await this.#deliver(id, this.drafts.beginSending(id, { content, ...choices, ...web }));
  }

  /** Sends again what a page sent that was left before the server answered; the server stores it once. */
  async resume(): Promise<void> {
    const id = this.thread?.id ?? null;
    const sending = this.drafts.underWay(id);
    if (sending && !this.#delivering.has(sending.key)) await this.#deliver(id, sending);
  }

  async #deliver(id: string | null, sending: Sending): Promise<void> {
    this.#delivering.add(sending.key);
    const leaving = whileLeaving();
    try {
      if (this.thread && this.thread.id === id) await this.#askIn(this.thread, sending);
      else await this.#begin(sending);
      this.drafts.acknowledge(id);
      // The switch counts for one question.
      this.searchesWeb = false;
    } catch (error) {
      if (leaving.isLeaving) return;
      this.drafts.giveBack(id, sending);
      this.draftVersion += 1;
      throw error;
    } finally {
      leaving.stop();
      this.#delivering.delete(sending.key);
    }
  }

  async #askIn(thread: ThreadState, { key, question }: Sending): Promise<void> {
    const { content, mode, web_search } = question;
    await thread.ask({ content, webSearch: web_search ?? false, ...(mode ? { mode } : {}) }, key);
  }

  /** Begins a conversation; the page moves to its address afterwards. */
  async #begin({ key, question }: Sending): Promise<void> {
    this.beginning = question.content;
    try {
      const headers = { 'idempotency-key': key };
      const begun = await api.post<BegunConversation>('/conversations/begin', question, { headers });
      const thread = new ThreadState(begun.conversation.id);
      thread.adopt(begun);
      this.conversations.upsert(begun.conversation);
      // Whoever opened another conversation meanwhile stays there.
      if (this.thread === null) this.thread = thread;
      else thread.close();
      this.newScope = { kind: 'all' };
      this.newModel = null;
      this.newMode = defaultMode;
    } finally {
      this.beginning = null;
    }
  }

  async setScope(scope: Scope): Promise<void> {
    if (this.thread) await this.thread.change({ scope });
    else this.newScope = scope;
  }

  async setModel(model: ModelChoice | null): Promise<void> {
    if (this.thread) await this.thread.change({ model });
    else this.newModel = model;
  }

  async setMode(mode: ChatModeId): Promise<void> {
    if (this.thread) await this.thread.change({ mode });
    else this.newMode = mode;
  }

  /** Reads which modes there are and what each cannot do now. */
  async loadModes(): Promise<void> {
    this.modes = (await api.get<{ items: ChatMode[] }>('/chat-modes')).items;
  }

  /** Reads models and the chat slot; both are details, so a failure leaves the menu with the default only. */
  async loadModels(): Promise<void> {
    const [models, slots] = await Promise.all([
      api.get<ModelList>('/models', { query: { capability: 'chat' } }),
      api.get<{ items: Slot[] }>('/models/slots?for=me'),
    ]);
    this.models = models.items;
    this.slot = slots.items.find(({ slot }) => slot === 'chat') ?? null;
  }

  async loadSample(): Promise<void> {
    const { items } = await api.get<Page<Document>>('/documents', { query: { limit: 5 } });
    this.hasSample = hasSampleInLanguage(items);
  }

  async loadWebSearch(): Promise<void> {
    this.canSearchWeb = (await api.get<{ enabled: boolean }>('/web-search')).enabled;
  }

  async loadCollections(): Promise<void> {
    this.collections = (await api.get<Page<Collection>>('/collections', { query: { limit: 100 } })).items;
  }
}

const [useChatContext, setChatContext] = createContext<ChatState>();

/** Makes the chat's state available to the components below. */
export function createChat(storage: DraftStorage | null, owner: string): ChatState {
  return setChatContext(new ChatState(storage, owner));
}

/** The chat's state, inside the chat's pages. */
export const useChat = useChatContext;
