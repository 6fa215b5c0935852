import { sql } from 'kysely';
import type { Database } from '../../platform/database/database.ts';
import { ownedRows, type PersonalData } from '../../platform/personal-data.ts';

/** The policy belongs to the installation; that this person was the last to change it does not outlive them. */
export function policiesPersonalData(db: Database): PersonalData {
  return {
    ...ownedRows({
      db,
      name: 'policy_changes',
      about: 'Whether you were the last to change the rules of sign-in.',
      table: 'security_policies',
      owner: 'updated_by',
      columns: ['version', 'updated_at'],
    }),
    async erase({ userId }) {
      await sql`update security_policies set updated_by = null where updated_by = ${userId}`.execute(db);
    },
  };
}
