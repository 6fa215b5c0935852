import { type RawBuilder, sql } from 'kysely';
import type { Role } from '../../platform/http/route.ts';
import type { Executor } from '../audit/index.ts';

const uniqueViolation = '23505';

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
  /** Methods the person can answer a second-factor challenge with. */
  secondFactors: string[];
  /** By then a second factor must be there, where policy demands one. */
  secondFactorDueAt: Date | undefined;
  mustChangePassword: boolean;
  /** False where the person comes in by other ways only. */
  hasPassword: boolean;
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
  second_factors: string[];
  second_factor_due_at: Date | null;
  must_change_password: boolean;
}

const columns = sql`id, email, display_name, role, status, session_version, email_verified_at, password_hash, created_at,
  second_factors, second_factor_due_at, must_change_password`;

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
    secondFactors: row.second_factors,
    secondFactorDueAt: row.second_factor_due_at ?? undefined,
    mustChangePassword: row.must_change_password,
    hasPassword: row.password_hash !== null,
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

/** The account of an id, as a query for a larger statement. */
export function accountByIdQuery(id: RawBuilder<unknown>): RawBuilder<AccountRow> {
  return sql<AccountRow>`select ${columns} from users where id = ${id}`;
}

/** The account of an address, as a query for a larger statement. */
export function accountByEmailQuery(canonical: string | null): RawBuilder<AccountRow> {
  return sql<AccountRow>`select ${columns} from users where email_canonical = ${canonical}`;
}

export async function findAccountByEmail(
  executor: Executor,
  canonical: string,
): Promise<AccountWithPassword | undefined> {
  const { rows } = await accountByEmailQuery(canonical).execute(executor);
  return rows[0] && toAccount(rows[0]);
}

export interface NewAccountRow {
  id: string;
  email: string;
  emailCanonical: string;
  displayName: string;
  role: Role;
  status: AccountStatus;
  /** Nothing where the person comes in by other ways only. */
  passwordHash: string | undefined;
  /** Somebody has proved already that the address is this person's. */
  emailVerified?: boolean;
  /** Made through a form that is open to anybody. */
  selfRegistered?: boolean;
}

/** Returns the stored account, or `undefined` when the address is taken. */
export async function insertAccount(
  executor: Executor,
  account: NewAccountRow,
): Promise<Account | undefined> {
  const { rows } = await sql<AccountRow>`
    insert into users (id, email, email_canonical, display_name, role, status, password_hash, password_changed_at,
      email_verified_at, self_registered)
    values (${account.id}, ${account.email}, ${account.emailCanonical}, ${account.displayName}, ${account.role},
      ${account.status}, ${account.passwordHash ?? null}, case when ${account.passwordHash !== undefined}::boolean then now() end,
      case when ${account.emailVerified === true}::boolean then now() end, ${account.selfRegistered === true})
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
      session_version = session_version + 1, must_change_password = false
    where id = ${id} returning session_version`.execute(executor);
  return rows[0]?.session_version ?? 0;
}

/** False when it was demanded before, or the password is another one by now. */
export async function demandPasswordChange(executor: Executor, id: string, hash: string): Promise<boolean> {
  const { rows } = await sql`
    update users set must_change_password = true, updated_at = now()
    where id = ${id} and password_hash = ${hash} and not must_change_password returning 1`.execute(executor);
  return rows.length > 0;
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

/** True while nobody proved the address of an account that anybody could have made (S10). */
export async function mayBeStrangers(executor: Executor, id: string): Promise<boolean> {
  const { rows } = await sql`
    select from users where id = ${id} and self_registered and email_verified_at is null`.execute(executor);
  return rows.length > 0;
}

export async function storeEmailVerified(executor: Executor, id: string): Promise<void> {
  await sql`update users set email_verified_at = coalesce(email_verified_at, now()), updated_at = now()
    where id = ${id}`.execute(executor);
}

/** Nobody can sign in by password until a new one is set; every session is dead. */
export async function removePassword(executor: Executor, id: string): Promise<void> {
  await sql`update users set password_hash = null, password_changed_at = now(), updated_at = now(),
      session_version = session_version + 1
    where id = ${id}`.execute(executor);
}

/** Gives an account a verified new address; false when that belongs to another account, which ends the transaction. */
export async function replaceEmail(
  executor: Executor,
  id: string,
  next: { email: string; emailCanonical: string },
): Promise<boolean> {
  try {
    await sql`
      update users set email = ${next.email}, email_canonical = ${next.emailCanonical}, email_verified_at = now(),
        updated_at = now()
      where id = ${id}`.execute(executor);
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === uniqueViolation) return false;
    throw error;
  }
}
