import type { Feature } from '../../platform/feature.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { createUpkeep } from '../../platform/upkeep.ts';
import { removeExpiredTokens } from '../account-tokens/index.ts';
import { recoveryPersonalData } from './account-recovery.personal.ts';
import { removeExpiredChanges } from './account-recovery.queries.ts';
import { recoveryRoutes } from './account-recovery.routes.ts';
import type { RecoveryOptions } from './account-recovery.types.ts';
import { createEmailChangeService } from './email-change.service.ts';
import { createPasswordResetService, type PasswordResetService } from './password-reset.service.ts';

export type { CredentialRemover } from './account-recovery.types.ts';
export type { PasswordResetService } from './password-reset.service.ts';
export { expelEarlierHolder } from './takeover.ts';

const housekeepingMs = 3_600_000;

export interface RecoveryFeature extends Feature {
  passwords: PasswordResetService;
}

/** Ways back into an account, and the change of the address that they lead over. */
export function createRecoveryFeature(options: RecoveryOptions & { log: Logger }): RecoveryFeature {
  const passwords = createPasswordResetService(options);
  const emails = createEmailChangeService(options);
  const upkeep = createUpkeep(options.log, [
    {
      name: 'recovery.remove-expired',
      everyMs: housekeepingMs,
      run: async () => {
        await removeExpiredTokens(options.db);
        await removeExpiredChanges(options.db);
      },
    },
  ]);
  return {
    passwords,
    routes: recoveryRoutes({ reset: passwords, emails }),
    personal: [recoveryPersonalData(options.db)],
    start: async () => upkeep.start(),
    stop: () => upkeep.stop(),
  };
}
