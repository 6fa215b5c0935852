import type { Database } from '../../platform/database/database.ts';
import type { AccountsService } from '../accounts/index.ts';
import type { PendingRegistrations } from '../sign-in/index.ts';
import { findLatestRegistration } from './registrations.queries.ts';

/**
 * Looks at the latest registration of an address that nobody has proved yet. Registrations are stored for taken
 * addresses too, so that the answer says nothing about accounts (S5).
 */
export function createPendingRegistrations(options: {
  db: Database;
  accounts: AccountsService;
}): PendingRegistrations {
  const { db, accounts } = options;
  return {
    async proves(canonicalEmail, password) {
      const registration = await findLatestRegistration(db, canonicalEmail);
      return registration ? accounts.matchesHash(registration.passwordHash, password) : false;
    },
  };
}
