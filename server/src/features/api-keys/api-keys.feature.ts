import type { Feature } from '../../platform/feature.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { createUpkeep } from '../../platform/upkeep.ts';
import type { ApiKeyMemory } from './api-key-states.ts';
import { apiKeysPersonalData } from './api-keys.personal.ts';
import { storeUses } from './api-keys.queries.ts';
import { apiKeyRoutes } from './api-keys.routes.ts';
import { type ApiKeysOptions, createApiKeysService } from './api-keys.service.ts';

const useFlushMs = 60_000;

/** API keys: their routes, and the time of last use, written for many keys at once. */
export function createApiKeysFeature(
  options: ApiKeysOptions & { log: Logger; states: ApiKeyMemory },
): Feature {
  const { db, states } = options;
  const flush = async (): Promise<void> => {
    const uses = states.takeUses();
    if (uses.length > 0) await storeUses(db, uses);
  };
  const upkeep = createUpkeep(options.log, [{ name: 'api-keys.last-use', everyMs: useFlushMs, run: flush }]);
  return {
    routes: apiKeyRoutes(createApiKeysService(options)),
    personal: [apiKeysPersonalData(db)],
    start: async () => upkeep.start(),
    async stop() {
      await upkeep.stop();
      await flush().catch((error: unknown) =>
        options.log.warn({ err: error }, 'the last uses of API keys could not be stored'),
      );
      states.close();
    },
  };
}
