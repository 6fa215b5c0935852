import type { composeIdentity } from './compose-identity.ts';
import type { Config } from './config.ts';
import type { AuditTrail } from './features/audit/index.ts';
import { createChatModesFeature } from './features/chat-modes/index.ts';
import {
  type ChatModeRuns,
  type ConversationsFeature,
  createChatModels,
  createConversationsFeature,
  listConversationTitles,
  type WebSearch,
} from './features/conversations/index.ts';
import type { DocumentsFeature } from './features/documents/index.ts';
import { createMemoryFeature, type MemoryFeature } from './features/memory/index.ts';
import type { ModelsFeature } from './features/models/index.ts';
import { createConsentsService } from './features/privacy/index.ts';
import { type LanguageChanged, languageChangedTopic } from './features/profile/index.ts';
import type { RetrievalFeature } from './features/retrieval/index.ts';
import { createWebSearchFeature, type WebSearchFeature } from './features/web-search/index.ts';
import {
  createStepModels,
  createWorkflowsFeature,
  listWorkflowNames,
  type WorkflowsFeature,
  type WorkflowsOptions,
} from './features/workflows/index.ts';
import type { StreamSource } from './platform/events/stream-source.ts';
import type { Feature } from './platform/feature.ts';
import type { OutboundDoor } from './platform/outbound-http/index.ts';
import type { Platform } from './platform/platform.ts';

export interface WorkParts {
  door: OutboundDoor;
  models: ModelsFeature;
  documents: DocumentsFeature;
  retrieval: RetrievalFeature;
}

export interface Work {
  features: Feature[];
  /** What can be followed while it is written. */
  streams: StreamSource[];
}

/** What the assistant works with: conversations, workflows, their tools, and the chat modes that tie them together. */
export function composeWork(
  config: Config,
  platform: Platform,
  identity: ReturnType<typeof composeIdentity>,
  { door, models, documents, retrieval }: WorkParts,
): Work {
  const webSearch = createWebSearchFeature({ platform, door, audit: identity.audit });
  const modes = modesBoundLater();
  const conversations = composeConversations(platform, models, retrieval, webSearch, modes);

  const { notifications } = identity;
  const memory = composeMemory(platform, identity.audit);
  const offering = [documents, conversations, memory, notifications, webSearch];
  const tools = offering.flatMap((feature) => feature.tools);
  const notices = notifications.workflowNotices;
  const workflows = composeWorkflows(platform, models, retrieval, webSearch, {
    ...{ door, tools, notices, localHosts: config.workflows.localHosts },
  });
  identity.accounts.onAccountCreated(({ id }) => workflows.samples.add(id));
  documents.onSamplesRemoved((ownerId) => workflows.samples.remove(ownerId));
  const chatModes = createChatModesFeature({
    db: platform.db,
    audit: identity.audit,
    builtins: workflows.builtins,
    chatWorkflows: workflows.chatWorkflows,
    tools: workflows.tools,
    runs: workflows.runs,
    answerRuns: workflows.answerRuns,
    hasModel: async (userId) =>
      (await models.gateway.resolve('chat', null, { userId })).providerKind !== 'builtin',
    isWebSearchOn: () => webSearch.search.isEnabled(),
  });
  modes.bind(chatModes.answering);
  const samples = sampleLanguages(platform, documents, workflows);
  return {
    features: [webSearch, conversations, memory, workflows, samples, chatModes],
    streams: [conversations.streams, workflows.streams],
  };
}

/** Samples follow the language that people choose. */
function sampleLanguages(
  { bus }: Platform,
  documents: DocumentsFeature,
  { samples }: WorkflowsFeature,
): Feature {
  const running = new Set<Promise<unknown>>();
  const unsubscribe = bus.subscribe(languageChangedTopic, ({ user_id, locale }: LanguageChanged) => {
    const work = Promise.all([
      documents.followLanguage(user_id, locale),
      samples.followLanguage(user_id, locale),
    ]).finally(() => running.delete(work));
    running.add(work);
  });
  return {
    routes: [],
    async stop() {
      unsubscribe();
      await Promise.all(running);
    },
  };
}

function webSearchForAnswers({ search, sources }: WebSearchFeature): WebSearch {
  return {
    async search({ ownerId, query, signal }) {
      return (await search.search({ userId: ownerId }, { query }, signal)).results;
    },
    passagesOf: ({ question, pages, signal }) => sources.passagesOf(question, pages, signal),
  };
}

/** Conversations find passages and citations through retrieval, and ask models through the gateway. */
function composeConversations(
  platform: Platform,
  models: ModelsFeature,
  retrieval: RetrievalFeature,
  webSearch: WebSearchFeature,
  modes: ChatModeRuns,
): ConversationsFeature {
  return createConversationsFeature({
    platform,
    models: createChatModels(models.gateway),
    passages: {
      async search({ ownerId, ...request }) {
        const found = await retrieval.service.search({ ...request, actor: { userId: ownerId } });
        return found.items;
      },
      countUnread: ({ ownerId, scope }) =>
        retrieval.service.countUnread({ actor: { userId: ownerId }, scope }),
      citationsFromAnswer: ({ passages, ...request }) =>
        retrieval.citationsFromAnswer({ ...request, sources: passages }),
    },
    extracts: retrieval.extractive,
    web: webSearchForAnswers(webSearch),
    modes,
  });
}

/** Facts are remembered with the person's consent, and say which conversation or workflow they come from. */
function composeMemory(platform: Platform, audit: AuditTrail): MemoryFeature {
  const { db } = platform;
  return createMemoryFeature({
    platform,
    consents: createConsentsService({ db, audit }),
    names: {
      conversationTitles: (ownerId, ids) => listConversationTitles(db, ownerId, ids),
      workflowNames: (ownerId, ids) => listWorkflowNames(db, ownerId, ids),
    },
  });
}

/** Answers are written by workflows, and workflows look into conversations: who is made first is told of the other later. */
function modesBoundLater(): ChatModeRuns & { bind(modes: ChatModeRuns): void } {
  let bound: ChatModeRuns | undefined;
  const modes = (): ChatModeRuns => {
    if (!bound) throw new Error('Chat modes are not there yet.');
    return bound;
  };
  return {
    bind(given) {
      bound = given;
    },
    assertUsable: (ownerId, mode) => modes().assertUsable(ownerId, mode),
    start: (task) => modes().start(task),
    follow: (...request) => modes().follow(...request),
    cancel: (task) => modes().cancel(task),
    withoutModel: (mode) => modes().withoutModel(mode),
  };
}

/** Steps of workflows ask models through the gateway and find passages through retrieval, as the owner of the run. */
function composeWorkflows(
  platform: Platform,
  models: ModelsFeature,
  retrieval: RetrievalFeature,
  webSearch: WebSearchFeature,
  rest: Pick<WorkflowsOptions, 'door' | 'localHosts' | 'tools' | 'notices'>,
): WorkflowsFeature {
  return createWorkflowsFeature({
    platform,
    ...rest,
    models: createStepModels(models.gateway),
    passages: {
      async search({ ownerId, ...request }) {
        const { items } = await retrieval.service.search({ ...request, actor: { userId: ownerId } });
        return items.map(({ page_start: page, page_end: _, highlights: __, ...passage }) => ({
          ...passage,
          page,
        }));
      },
      documentsInBoth: (ownerId, one, other) =>
        retrieval.service.documentsInBoth({ actor: { userId: ownerId }, one, other }),
      async searchWeb({ ownerId, query, signal }) {
        const { results } = await webSearch.search.search({ userId: ownerId }, { query }, signal);
        const found = await webSearch.sources.passagesOf(query, results, signal);
        return found.map(({ page_start: page, ...passage }) => ({ ...passage, page, score: null }));
      },
    },
  });
}
