import type { Feature } from '../../platform/feature.ts';
import type { ChatModeRuns } from '../conversations/index.ts';
import { chatModesPersonalData } from './chat-modes.personal.ts';
import { chatModeRoutes } from './chat-modes.routes.ts';
import { type ChatModeParts, createChatModeService } from './chat-modes.service.ts';
import { createModeRuns, type ModeRunParts } from './runs/mode-runs.ts';

export interface ChatModesFeature extends Feature {
  /** For conversations: answers written by workflows. */
  answering: ChatModeRuns;
}

/** Ways to be answered that are workflows, and what people set about them. */
export function createChatModesFeature(
  parts: ChatModeParts & Omit<ModeRunParts, 'service'>,
): ChatModesFeature {
  const service = createChatModeService(parts);
  return {
    routes: chatModeRoutes(service),
    personal: chatModesPersonalData(parts.db),
    answering: createModeRuns({ ...parts, service }),
  };
}
