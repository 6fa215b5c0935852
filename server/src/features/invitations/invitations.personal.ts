import { sql } from 'kysely';
import type { Database } from '../../platform/database/database.ts';
import { ownedRows, type PersonalData } from '../../platform/personal-data.ts';

/** Invitations that a person made go with their account; those that were made for them are erased here. */
export function invitationsPersonalData(db: Database): PersonalData {
  return {
    ...ownedRows({
      db,
      name: 'invitations',
      about: 'Whom you invited, and what became of it.',
      table: 'invitations',
      owner: 'invited_by',
      columns: ['id', 'email', 'role', 'message', 'created_at', 'expires_at', 'accepted_at', 'revoked_at'],
    }),
    async erase({ userId, emailCanonical }) {
      await sql`delete from invitations where invited_by = ${userId} or accepted_by = ${userId}
        or email_canonical = ${emailCanonical}`.execute(db);
    },
  };
}
