import { type RawBuilder, sql } from 'kysely';
import type { Role } from '../../platform/http/route.ts';
import type { Executor } from '../audit/index.ts';

export type AccountStatus = 'pending' | 'active' | 'suspended' | 'deactivated';

/** An account without its secrets. */
export interface Account {
  id: string;
  email: string;
  displayName: string;
  role: Role;
  status: AccountStatus;
  sessionVersion: number;
  emailVerified: boolean;
  createdAt: Date;
}

export interface AccountWithPassword extends Account {
  passwordHash: string | undefined;
}

/** An account as it is stored. */
export interface AccountRow {
  id: string;
  email: string;
  display_name: string;
  role: Role;
  status: AccountStatus;
  session_version: number;
  email_verified_at: Date | null;
  password_hash: string | null;
  created_at: Date;
}

const columns = sql`id, email, display_name, role, status, session_version, email_verified_at, password_hash, created_at`;

/** The account of a stored row. */
export function toAccount(row: AccountRow): AccountWithPassword {
  return {
    id: row.id,
    email: row.email,
    displayName: row.display_name,
    role: row.role,
    status: row.status,
    sessionVersion: row.session_version,
    emailVerified: row.email_verified_at !== null,
    createdAt: row.created_at,
    passwordHash: row.password_hash ?? undefined,
  };
}

/** Accounts are looked up by their own id or address here; who may look is the caller's to decide. */
export async function findAccountById(
  executor: Executor,
  id: string,
): Promise<AccountWithPassword | undefined> {
  const { rows } = await sql<AccountRow>`select ${columns} from users where id = ${id}`.execute(executor);
  return rows[0] && toAccount(rows[0]);
}

/** The same, and nobody changes the account until the transaction ends. */
export async function lockAccount(executor: Executor, id: string): Promise<AccountWithPassword | undefined> {
  const { rows } = await sql<AccountRow>`select ${columns} from users where id = ${id} for update`.execute(
    executor,
  );
  return rows[0] && toAccount(rows[0]);
}

/** The account of an address, as a query for a larger statement. */
export function accountByEmailQuery(canonical: string | null): RawBuilder<AccountRow> {
  return sql<AccountRow>`select ${columns} from users where email_canonical = ${canonical}`;
}

export interface NewAccountRow {
  id: string;
  email: string;
  emailCanonical: string;
  displayName: string;
  role: Role;
  status: AccountStatus;
  passwordHash: string;
}

/** Returns the stored account, or `undefined` when the address is taken. */
export async function insertAccount(
  executor: Executor,
  account: NewAccountRow,
): Promise<Account | undefined> {
  const { rows } = await sql<AccountRow>`
    insert into users (id, email, email_canonical, display_name, role, status, password_hash, password_changed_at)
    values (${account.id}, ${account.email}, ${account.emailCanonical}, ${account.displayName}, ${account.role},
      ${account.status}, ${account.passwordHash}, now())
    on conflict (email_canonical) do nothing returning ${columns}`.execute(executor);
  return rows[0] && toAccount(rows[0]);
}

export async function superuserExists(executor: Executor): Promise<boolean> {
  const { rows } = await sql`select 1 from users where role = 'superuser' limit 1`.execute(executor);
  return rows.length > 0;
}

/** Replaces a hash of the same password by a newer kind: sessions stay. */
export async function replacePasswordHash(
  executor: Executor,
  id: string,
  previous: string,
  next: string,
): Promise<void> {
  await sql`update users set password_hash = ${next} where id = ${id} and password_hash = ${previous}`.execute(
    executor,
  );
}

/** Returns the new session version: every session of an older one is dead. */
export async function storeNewPassword(executor: Executor, id: string, hash: string): Promise<number> {
  const { rows } = await sql<{ session_version: number }>`
    update users set password_hash = ${hash}, password_changed_at = now(), updated_at = now(),
      session_version = session_version + 1
    where id = ${id} returning session_version`.execute(executor);
  return rows[0]?.session_version ?? 0;
}

export async function updateStanding(
  executor: Executor,
  id: string,
  change: { role?: Role; status?: AccountStatus },
): Promise<Account | undefined> {
  const { rows } = await sql<AccountRow>`
    update users set role = coalesce(${change.role ?? null}, role), status = coalesce(${change.status ?? null}, status),
      session_version = session_version + 1, updated_at = now()
    where id = ${id} returning ${columns}`.execute(executor);
  return rows[0] && toAccount(rows[0]);
}
