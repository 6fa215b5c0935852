import { sql } from 'kysely';
import type { Restriction } from '../../platform/http/route.ts';
import {
  type AccountRow,
  type AccountWithPassword,
  accountByEmailQuery,
  toAccount,
} from '../accounts/index.ts';
import type { Executor } from '../audit/index.ts';

/** Who somebody is at an issuer (S33). */
export interface Subject {
  issuer: string;
  subject: string;
}

export interface IdentityRow {
  id: string;
  user_id: string;
  provider_id: string | null;
  provider_name: string | null;
  issuer: string;
  email: string | null;
  created_at: Date;
  last_used_at: Date | null;
  /** Its provider is there and switched on. */
  usable: boolean;
}

const columns = sql`i.id, i.user_id, i.provider_id, p.name as provider_name, i.issuer, i.email, i.created_at,
  i.last_used_at, coalesce(p.enabled, false) as usable`;
const source = sql`user_identities i left join oauth_providers p on p.id = i.provider_id`;

export async function findIdentity(executor: Executor, who: Subject): Promise<IdentityRow | undefined> {
  const { rows } = await sql<IdentityRow>`
    select ${columns} from ${source} where i.issuer = ${who.issuer} and i.subject = ${who.subject}`.execute(
    executor,
  );
  return rows[0];
}

export async function listIdentities(executor: Executor, userId: string): Promise<IdentityRow[]> {
  const { rows } = await sql<IdentityRow>`
    select ${columns} from ${source} where i.user_id = ${userId} order by i.created_at, i.id`.execute(
    executor,
  );
  return rows;
}

export interface NewIdentity extends Subject {
  id: string;
  userId: string;
  providerId: string;
  email: string | undefined;
}

/** Answers false when the identity belongs to an account already. */
export async function insertIdentity(executor: Executor, identity: NewIdentity): Promise<boolean> {
  const { rows } = await sql`
    insert into user_identities (id, user_id, provider_id, issuer, subject, email, last_used_at)
    values (${identity.id}, ${identity.userId}, ${identity.providerId}, ${identity.issuer}, ${identity.subject},
      ${identity.email ?? null}, now())
    on conflict (issuer, subject) do nothing returning id`.execute(executor);
  return rows.length > 0;
}

/** Notes the use, and the provider it came through: the one of before may have been removed. */
export async function touchIdentity(
  executor: Executor,
  id: string,
  used: { providerId: string; email: string | undefined },
): Promise<void> {
  await sql`
    update user_identities set last_used_at = now(), provider_id = ${used.providerId},
      email = coalesce(${used.email ?? null}, email)
    where id = ${id}`.execute(executor);
}

export async function deleteIdentity(executor: Executor, userId: string, id: string): Promise<boolean> {
  const { rows } =
    await sql`delete from user_identities where id = ${id} and user_id = ${userId} returning id`.execute(
      executor,
    );
  return rows.length > 0;
}

/** The account of an address, and nobody changes it until the transaction ends. */
export async function lockAccountByEmail(
  executor: Executor,
  canonical: string,
): Promise<AccountWithPassword | undefined> {
  const { rows } = await sql<AccountRow>`${accountByEmailQuery(canonical)} for update`.execute(executor);
  return rows[0] && toAccount(rows[0]);
}

/** True when the person can sign in by a passkey. */
export async function hasPasskey(executor: Executor, userId: string): Promise<boolean> {
  const { rows } =
    await sql`select from users where id = ${userId} and 'passkey' = any(second_factors)`.execute(executor);
  return rows.length > 0;
}

/** What the session of a request may do now: its restriction, and whether a full set of factors was used lately. */
export async function findSessionStanding(
  executor: Executor,
  session: { sessionId: string; userId: string },
  freshSeconds: number,
): Promise<{ restriction: Restriction | null; fresh: boolean } | undefined> {
  const { rows } = await sql<{ restriction: Restriction | null; fresh: boolean }>`
    select restriction,
      (stepped_up_at > now() - ${freshSeconds} * interval '1 second') is true as fresh
    from sessions where id = ${session.sessionId} and user_id = ${session.userId} and ended_at is null`.execute(
    executor,
  );
  return rows[0];
}

/** All identities of a person, in the transaction of what takes their account from whoever linked them. */
export async function deleteIdentitiesOf(executor: Executor, userId: string): Promise<void> {
  await sql`delete from user_identities where user_id = ${userId}`.execute(executor);
}
