import type { Feature } from '../../platform/feature.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { createUpkeep } from '../../platform/upkeep.ts';
import { registrationPersonalData } from './registration.personal.ts';
import { registrationRoutes } from './registration.routes.ts';
import { removeExpiredRegistrations } from './registrations.queries.ts';

export { createPendingRegistrations } from './pending-registrations.ts';

const housekeepingMs = 3_600_000;

/** Registration by policy, and the proof of addresses. */
export function createRegistrationFeature(
  options: Parameters<typeof registrationRoutes>[0] & { log: Logger },
): Feature {
  const upkeep = createUpkeep(options.log, [
    {
      name: 'registration.remove-expired',
      everyMs: housekeepingMs,
      run: () => removeExpiredRegistrations(options.db),
    },
  ]);
  return {
    routes: registrationRoutes(options),
    personal: [registrationPersonalData(options.db)],
    start: async () => upkeep.start(),
    stop: () => upkeep.stop(),
  };
}
