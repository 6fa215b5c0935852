import type { Feature } from '../../platform/feature.ts';
import {
  createModelGateway,
  type ModelGateway,
  type ModelGatewayOptions,
} from '../../platform/models/index.ts';
import type { OutboundDoor } from '../../platform/outbound-http/index.ts';
import type { Platform } from '../../platform/platform.ts';
import { createModelDirectory } from './model-directory.ts';
import { modelRoutes } from './models.routes.ts';
import { createProvidersService } from './providers.service.ts';
import { createPullsService } from './pulls.service.ts';
import { pullWorkflow } from './pulls.worker.ts';
import { createSlotsService } from './slots.service.ts';

export { slotAssignedTopic } from './slots.service.ts';

export interface ModelsFeature extends Feature {
  /** The way to models for other features. */
  gateway: ModelGateway;
}

/** Providers, models and their jobs; `gateway` is what other features ask. */
export function createModelsFeature(
  platform: Platform,
  options: { door: OutboundDoor; limits: ModelGatewayOptions['limits'] },
): ModelsFeature {
  const { door, limits } = options;
  const gateway = createModelGateway({ door, limits, directory: createModelDirectory(platform) });
  const pulls = createPullsService(platform);
  const providers = createProvidersService({ ...platform, door, gateway, stopPulls: pulls.stopAllOf });
  const slots = createSlotsService({ ...platform, gateway });
  return {
    gateway,
    routes: modelRoutes({ providers, slots, pulls }),
    workflows: [pullWorkflow({ ...platform, gateway })],
    stop: () => door.close(),
  };
}
