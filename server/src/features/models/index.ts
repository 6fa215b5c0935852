import type { StreamSource } from '../../platform/events/stream-source.ts';
import type { Feature } from '../../platform/feature.ts';
import {
  createModelGateway,
  type ModelGateway,
  type ModelGatewayOptions,
} from '../../platform/models/index.ts';
import type { OutboundDoor } from '../../platform/outbound-http/index.ts';
import type { Platform } from '../../platform/platform.ts';
import { createModelCareService } from './model-care.service.ts';
import { createModelDirectory } from './model-directory.ts';
import { modelsPersonalData, modelUsePersonalData } from './models.personal.ts';
import { modelRoutes } from './models.routes.ts';
import { createProvidersService, providerKeyColumn } from './providers.service.ts';
import { pullStreams } from './pull-streams.ts';
import { createPullsService } from './pulls.service.ts';
import { pullWorkflow } from './pulls.worker.ts';
import { createSlotsService } from './slots.service.ts';
import { createModelLedger, createUsageService } from './usage.service.ts';

export { slotAssignedTopic } from './slots.service.ts';

export interface ModelsFeature extends Feature {
  /** The way to models for other features. */
  gateway: ModelGateway;
  /** Downloads as they go on. */
  streams: StreamSource;
}

/** Providers, models and their jobs; `gateway` is what other features ask. */
export function createModelsFeature(
  platform: Platform,
  options: {
    door: OutboundDoor;
    limits: ModelGatewayOptions['limits'];
    /** Whether somebody has a conversation with this id. */
    ownsConversation(userId: string, conversationId: string): Promise<boolean>;
  },
): ModelsFeature {
  const { door, limits, ownsConversation } = options;
  const gateway = createModelGateway({
    door,
    limits,
    directory: createModelDirectory(platform),
    ledger: createModelLedger(platform),
  });
  const pulls = createPullsService(platform);
  const providers = createProvidersService({ ...platform, door, gateway, stopPulls: pulls.stopAllOf });
  const slots = createSlotsService({ ...platform, gateway, ownsConversation });
  return {
    gateway,
    streams: pullStreams(pulls),
    routes: modelRoutes({
      providers,
      slots,
      pulls,
      care: createModelCareService({ ...platform, gateway }),
      usage: createUsageService(platform),
      userFeed: platform.userFeed,
    }),
    workflows: [pullWorkflow({ ...platform, gateway })],
    sealed: [providerKeyColumn],
    personal: [modelsPersonalData(platform.db), ...modelUsePersonalData(platform.db)],
    stop: () => door.close(),
  };
}
