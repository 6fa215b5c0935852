import { sql } from 'kysely';
import type { Executor } from '../audit/index.ts';

/** A registration whose address nobody has proved yet. */
export interface Registration {
  id: string;
  email: string;
  emailCanonical: string;
  displayName: string;
  passwordHash: string;
  bindingHash: Buffer | undefined;
}

interface RegistrationRow {
  id: string;
  email: string;
  email_canonical: string;
  display_name: string;
  password_hash: string;
  binding_hash: Buffer | null;
}

const columns = sql`id, email, email_canonical, display_name, password_hash, binding_hash`;

const toRegistration = (row: RegistrationRow): Registration => ({
  id: row.id,
  email: row.email,
  emailCanonical: row.email_canonical,
  displayName: row.display_name,
  passwordHash: row.password_hash,
  bindingHash: row.binding_hash ?? undefined,
});

export async function insertRegistration(
  executor: Executor,
  registration: Registration,
  lifetimeSeconds: number,
): Promise<void> {
  const { id, email, emailCanonical, displayName, passwordHash, bindingHash } = registration;
  await sql`
    insert into registrations (id, email, email_canonical, display_name, password_hash, binding_hash, expires_at)
    values (${id}, ${email}, ${emailCanonical}, ${displayName}, ${passwordHash}, ${bindingHash ?? null},
      now() + ${lifetimeSeconds} * interval '1 second')`.execute(executor);
}

/** The latest one of an address. */
export async function findLatestRegistration(
  executor: Executor,
  canonical: string,
): Promise<Registration | undefined> {
  const { rows } = await sql<RegistrationRow>`
    select ${columns} from registrations where email_canonical = ${canonical} and expires_at > now()
    order by created_at desc limit 1`.execute(executor);
  return rows[0] && toRegistration(rows[0]);
}

/** Takes one out, and with it all others of the same address: their passwords and links are worth nothing (S10). */
export async function takeRegistration(executor: Executor, id: string): Promise<Registration | undefined> {
  const { rows } =
    await sql<RegistrationRow>`delete from registrations where id = ${id} returning ${columns}`.execute(
      executor,
    );
  const row = rows[0];
  if (!row) return undefined;
  await sql`delete from registrations where email_canonical = ${row.email_canonical}`.execute(executor);
  return toRegistration(row);
}

export async function removeExpiredRegistrations(executor: Executor): Promise<void> {
  await sql`delete from registrations where expires_at < now()`.execute(executor);
}
