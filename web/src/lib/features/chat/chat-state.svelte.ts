import type {
  Citation,
  Collection,
  Conversation,
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
import { reportProblem } from '../documents/index.ts';
import { markdown } from '../markdown/index.ts';
import { ConversationsState } from './conversations-state.svelte.ts';
import { type DraftStorage, Drafts } from './drafts.ts';
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
  slot = $state.raw<Slot | null>(null);
  collections = $state.raw<Collection[]>([]);
  /** Whether the sample is among the newest documents; undefined until it is known. */
  hasSample = $state<boolean>();
  /** Choices for a conversation that does not exist yet. */
  newScope = $state.raw<Scope>({ kind: 'all' });
  newModel = $state.raw<ModelChoice | null>(null);
  shownCitation = $state.raw<ShownCitation | null>(null);
  /** Moves on when a draft was written from outside the composer. */
  draftVersion = $state(0);

  readonly scope: Scope = $derived(
    this.thread ? (this.thread.conversation?.scope ?? { kind: 'all' }) : this.newScope,
  );
  readonly model: ModelChoice | null = $derived(
    this.thread ? (this.thread.conversation?.model ?? null) : this.newModel,
  );
  /** True when answers are quotations because no language model is connected. */
  readonly isExtractive = $derived.by(() => {
    const chosen = this.models.find((model) => this.isChosen(model));
    return (chosen?.provider_kind ?? this.slot?.effective.provider_kind) === 'builtin';
  });

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
    for (const detail of [markdown.load(), this.loadModels(), this.loadCollections(), this.loadSample()]) {
      detail.catch(reportProblem);
    }
    return feed.subscribe('conversation', (id) => {
      this.conversations.refresh(id).catch(reportProblem);
      if (this.thread && (id === '*' || id === this.thread.id)) this.thread.refresh().catch(reportProblem);
    });
  }

  /** Takes over what a link asks for: `?document=` as the scope of a new chat, `?prompt=` as its draft. */
  takeParameters(parameters: Pick<URLSearchParams, 'get' | 'getAll'>): void {
    const document_ids = parameters.getAll('document');
    if (document_ids.length > 0) this.newScope = { kind: 'documents', document_ids };
    const prompt = parameters.get('prompt');
    if (prompt) this.suggest(prompt);
  }

  /** Puts a text into the composer of the next new conversation. */
  suggest(text: string): void {
    this.drafts.write(null, text);
    this.draftVersion += 1;
  }

  /** Creates the conversation of the first question; the page moves to its address afterwards. */
  async createThread(): Promise<ThreadState> {
    const body = { scope: this.newScope, ...(this.newModel ? { model: this.newModel } : {}) };
    const conversation = await api.post<Conversation>('/conversations', body);
    const thread = new ThreadState(conversation.id);
    thread.conversation = conversation;
    this.thread = thread;
    this.conversations.upsert(conversation);
    this.newScope = { kind: 'all' };
    this.newModel = null;
    return thread;
  }

  async setScope(scope: Scope): Promise<void> {
    if (this.thread) await this.thread.change({ scope });
    else this.newScope = scope;
  }

  async setModel(model: ModelChoice | null): Promise<void> {
    if (this.thread) await this.thread.change({ model });
    else this.newModel = model;
  }

  /** Reads models and the chat slot; both are details, so a failure leaves the menu with the default only. */
  async loadModels(): Promise<void> {
    const [models, slots] = await Promise.all([
      api.get<ModelList>('/models', { query: { capability: 'chat' } }),
      api.get<{ items: Slot[] }>('/models/slots'),
    ]);
    this.models = models.items;
    this.slot = slots.items.find(({ slot }) => slot === 'chat') ?? null;
  }

  async loadSample(): Promise<void> {
    const { items } = await api.get<Page<Document>>('/documents', { query: { limit: 5 } });
    this.hasSample = items.some(({ sample }) => sample);
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
