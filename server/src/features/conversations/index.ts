import type { StreamSource } from '../../platform/events/stream-source.ts';
import type { Feature } from '../../platform/feature.ts';
import type { Platform } from '../../platform/platform.ts';
import type { WorkflowTool } from '../../platform/tools/tool.ts';
import { conversationsPersonalData } from './conversations.personal.ts';
import { conversationRoutes } from './conversations.routes.ts';
import { createConversationService, undoWindowMs } from './conversations.service.ts';
import { chatRoutes } from './generations/chat.routes.ts';
import { createFollowGeneration, generationStreams } from './generations/follow-generation.ts';
import { generateWorkflow } from './generations/generate.workflow.ts';
import type {
  ChatModels,
  ChatModeRuns,
  ExtractiveAnswers,
  PassageSearch,
  WebSearch,
} from './generations/generation-ports.ts';
import { generationRoutes } from './generations/generations.routes.ts';
import { createGenerationService } from './generations/generations.service.ts';
import { sweepStaleGenerations } from './generations/stale-generations.ts';
import { purgeWorkflow } from './purge.workflow.ts';
import { readConversationTool } from './read-conversation.tool.ts';
import { searchConversationsTool } from './search-conversations.tool.ts';

export { ModeNotFound } from './conversations.errors.ts';
export { listConversationTitles, ownsConversation } from './conversations.queries.ts';
export type { Citation, CodedText, Message, Scope, Step } from './conversations.schemas.ts';
export { ChatMode, ownWorkflowOf } from './conversations.schemas.ts';
export { createChatModels } from './generations/chat-models.ts';
export { coded, count, foundPassages, foundResults, reason } from './generations/coded-texts.ts';
export type * from './generations/generation-ports.ts';

const sweepEveryMs = 15_000;

export interface ConversationsFeatureOptions {
  platform: Pick<Platform, 'db' | 'engine' | 'eventLog' | 'userFeed' | 'log' | 'clock'>;
  models: ChatModels;
  passages: PassageSearch;
  extracts: ExtractiveAnswers;
  web: WebSearch;
  modes: ChatModeRuns;
}

export interface ConversationsFeature extends Feature {
  /** Answers as they are written. */
  streams: StreamSource;
  /** What workflows and chats may do with conversations. */
  tools: WorkflowTool[];
}

/** Conversations and their streamed answers. */
export function createConversationsFeature(options: ConversationsFeatureOptions): ConversationsFeature {
  const { platform, ...answering } = options;
  const { log } = platform;
  const generations = createGenerationService({ ...platform, modes: options.modes });
  const conversations = createConversationService({ ...platform, modes: options.modes, generations });
  const follow = createFollowGeneration({ ...platform, generations });
  let timer: NodeJS.Timeout | undefined;
  const sweep = async (): Promise<void> => {
    try {
      await sweepStaleGenerations({ ...platform, modes: options.modes });
    } catch (error) {
      log.warn({ err: error }, 'looking for abandoned answers failed');
    }
  };
  return {
    routes: [
      ...conversationRoutes(conversations),
      ...generationRoutes({ ...platform, generations, follow }),
      ...chatRoutes({ ...platform, conversations, generations, follow }),
    ],
    streams: generationStreams(follow),
    tools: [searchConversationsTool(conversations), readConversationTool(conversations)],
    personal: conversationsPersonalData(platform),
    workflows: [
      generateWorkflow({ ...platform, ...answering }),
      purgeWorkflow({ db: platform.db, undoWindowMs }),
    ],
    async start() {
      timer = setInterval(() => void sweep(), sweepEveryMs);
    },
    async stop() {
      clearInterval(timer);
    },
  };
}
