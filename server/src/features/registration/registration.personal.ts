import { sql } from 'kysely';
import type { Database } from '../../platform/database/database.ts';
import type { PersonalData } from '../../platform/personal-data.ts';

/** Registrations that wait for their mail belong to no account; those with the address of one are erased with it. */
export function registrationPersonalData(db: Database): PersonalData {
  const byAddressOf = (userId: string) =>
    sql`from registrations r join users u on u.email_canonical = r.email_canonical where u.id = ${userId}`;
  return {
    name: 'registrations',
    about: 'Registrations with your address that nobody has confirmed.',
    tables: ['registrations'],
    async *read(userId) {
      const { rows } = await sql`
        select r.id, r.email, r.created_at, r.expires_at ${byAddressOf(userId)} order by r.id limit 100`.execute(
        db,
      );
      yield* rows;
    },
    async count(userId) {
      const { rows } = await sql<{ n: number }>`select count(*) as n ${byAddressOf(userId)}`.execute(db);
      return rows[0]?.n ?? 0;
    },
    async erase({ emailCanonical }) {
      await sql`delete from registrations where email_canonical = ${emailCanonical}`.execute(db);
    },
  };
}
