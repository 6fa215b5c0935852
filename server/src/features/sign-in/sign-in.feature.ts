import type { KeyRing } from '../../platform/crypto/key-ring.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Feature } from '../../platform/feature.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { createUpkeep } from '../../platform/upkeep.ts';
import type { AccountsService } from '../accounts/index.ts';
import type { AuditTrail } from '../audit/index.ts';
import type { Sessions } from '../sessions/index.ts';
import { signInRoutes } from './sign-in.routes.ts';
import { createSignInService, type RegistrationPolicy, type SignInService } from './sign-in.service.ts';
import { createThrottle, type Throttle } from './throttle.ts';

const housekeepingMs = 3_600_000;

export interface SignInFeature {
  feature: Feature;
  service: SignInService;
  throttle: Throttle;
}

/** Signing in by password, registration, change of password, and the counting of attempts. */
export function createSignInFeature(options: {
  db: Database;
  keys: KeyRing;
  log: Logger;
  accounts: AccountsService;
  audit: AuditTrail;
  sessions: Sessions;
  registration: RegistrationPolicy;
}): SignInFeature {
  const { db, accounts, audit, sessions, registration } = options;
  const throttle = createThrottle(options);
  const service = createSignInService({
    db,
    accounts,
    sessions: sessions.service,
    audit,
    throttle,
    registration,
  });
  const upkeep = createUpkeep(options.log, [
    { name: 'sign-in.remove-old-counters', everyMs: housekeepingMs, run: throttle.removeOld },
  ]);
  const { delivery, cookies } = sessions;
  return {
    service,
    throttle,
    feature: {
      routes: signInRoutes({ signIn: service, sessions: sessions.service, delivery, cookies }),
      start: async () => upkeep.start(),
      async stop() {
        await upkeep.stop();
        await accounts.settle();
      },
    },
  };
}
