import type { Feature } from '../../platform/feature.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { createUpkeep } from '../../platform/upkeep.ts';
import { type AccountCreationOptions, createAccountCreation } from './account-creation.ts';
import { removeOldCreations } from './administration.queries.ts';
import { administrationRoutes } from './administration.routes.ts';
import { createAdministrationService } from './administration.service.ts';

const housekeepingMs = 3_600_000;

/** What administrators do with people and their sessions. */
export function createAdministrationFeature(options: AccountCreationOptions & { log: Logger }): Feature {
  const upkeep = createUpkeep(options.log, [
    {
      name: 'administration.remove-old-keys',
      everyMs: housekeepingMs,
      run: () => removeOldCreations(options.db),
    },
  ]);
  return {
    routes: administrationRoutes({
      administration: createAdministrationService(options),
      creation: createAccountCreation(options),
    }),
    start: async () => upkeep.start(),
    stop: () => upkeep.stop(),
  };
}
