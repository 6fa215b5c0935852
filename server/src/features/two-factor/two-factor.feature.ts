import type { SecretBox } from '../../platform/crypto/secret-box.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Feature } from '../../platform/feature.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { createUpkeep } from '../../platform/upkeep.ts';
import type { AccountsService, PasswordHasher } from '../accounts/index.ts';
import type { AuditTrail } from '../audit/index.ts';
import type { SecurityNotices } from '../notices/index.ts';
import type { PoliciesService } from '../policies/index.ts';
import type { SessionsService } from '../sessions/index.ts';
import type { SecondFactors } from '../sign-in/index.ts';
import { createBackupCodes } from './backup-codes.service.ts';
import { createFactorChanges, type FactorChanges } from './factor-changes.ts';
import { createTotpService, sealedTotpColumns } from './totp.service.ts';
import { twoFactorPersonalData } from './two-factor.personal.ts';
import { findFactorSummary, removeExpiredTotpSetups } from './two-factor.queries.ts';
import { twoFactorRoutes } from './two-factor.routes.ts';
import { createCodeVerifiers } from './verifiers.ts';

const housekeepingMs = 600_000;

export interface TwoFactorFeature {
  feature: Feature;
  /** For features with a second factor of their own. */
  changes: FactorChanges;
}

/** Authenticator apps and backup codes. */
export function createTwoFactorFeature(options: {
  db: Database;
  secretBox: SecretBox;
  log: Logger;
  clock: () => Date;
  accounts: AccountsService;
  hasher: PasswordHasher;
  sessions: SessionsService;
  policies: PoliciesService;
  audit: AuditTrail;
  notices: SecurityNotices;
  secondFactors: SecondFactors;
  productName: string;
}): TwoFactorFeature {
  const { db, policies } = options;
  const backupCodes = createBackupCodes(options);
  const changes = createFactorChanges({ ...options, backupCodes });
  const totp = createTotpService({
    ...options,
    changes,
    issuer: options.productName,
    now: () => options.clock().getTime(),
  });
  for (const verifier of createCodeVerifiers({ totp, backupCodes })) options.secondFactors.register(verifier);
  const upkeep = createUpkeep(options.log, [
    {
      name: 'two-factor.remove-unfinished-setups',
      everyMs: housekeepingMs,
      run: () => removeExpiredTotpSetups(db),
    },
  ]);
  const summarise = (userId: string) => findFactorSummary(db, userId);
  return {
    changes,
    feature: {
      routes: twoFactorRoutes({ totp, backupCodes, policies, summarise }),
      sealed: sealedTotpColumns,
      personal: twoFactorPersonalData(db),
      start: async () => upkeep.start(),
      stop: () => upkeep.stop(),
    },
  };
}
