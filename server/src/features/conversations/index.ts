import type { Feature } from '../../platform/feature.ts';
import type { Platform } from '../../platform/platform.ts';
import { conversationRoutes } from './conversations.routes.ts';
import { createConversationService, undoWindowMs } from './conversations.service.ts';
import { generateWorkflow } from './generations/generate.workflow.ts';
import type { ChatModels, ExtractiveAnswers, PassageSearch } from './generations/generation-ports.ts';
import { generationRoutes } from './generations/generations.routes.ts';
import { createGenerationService } from './generations/generations.service.ts';
import { sweepStaleGenerations } from './generations/stale-generations.ts';
import { purgeWorkflow } from './purge.workflow.ts';

export type { Citation, Message, Scope } from './conversations.schemas.ts';
export { createChatModels } from './generations/chat-models.ts';
export type * from './generations/generation-ports.ts';

const sweepEveryMs = 15_000;

export interface ConversationsFeatureOptions {
  platform: Pick<Platform, 'db' | 'engine' | 'eventLog' | 'userFeed' | 'log' | 'clock'>;
  models: ChatModels;
  passages: PassageSearch;
  extracts: ExtractiveAnswers;
}

/** Conversations and their streamed answers. */
export function createConversationsFeature(options: ConversationsFeatureOptions): Feature {
  const { platform, ...answering } = options;
  const { log } = platform;
  const generations = createGenerationService(platform);
  const conversations = createConversationService({ ...platform, generations });
  let timer: NodeJS.Timeout | undefined;
  const sweep = async (): Promise<void> => {
    try {
      await sweepStaleGenerations(platform);
    } catch (error) {
      log.warn({ err: error }, 'looking for abandoned answers failed');
    }
  };
  return {
    routes: [...conversationRoutes(conversations), ...generationRoutes({ ...platform, generations })],
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
