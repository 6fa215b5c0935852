import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { openDatabase } from '../../server/src/platform/database/database.ts';

/** Stores a person and returns the headers that act as them in a test process. */
export async function storePerson(connectionString: string): Promise<Record<string, string>> {
  const handle = openDatabase({
    connectionString,
    maxConnections: 1,
    statementTimeoutMs: 10_000,
    onPoolError: () => undefined,
  });
  const userId = randomUUID();
  const email = `${userId}@example.org`;
  await sql`insert into users (id, email, email_canonical, display_name, role, status)
    values (${userId}, ${email}, ${email}, 'Bench', 'user', 'active')`.execute(handle.db);
  await handle.close();
  return { 'x-test-person': userId };
}
