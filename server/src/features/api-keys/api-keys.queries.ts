import { sql } from 'kysely';
import type { Executor } from '../audit/index.ts';

export interface ApiKeyRow {
  id: string;
  name: string;
  scopes: string[];
  previous_valid_until: Date | null;
  expires_at: Date | null;
  expired: boolean;
  last_used_at: Date | null;
  rotated_at: Date | null;
  created_at: Date;
}

const columns = sql`id, name, scopes, expires_at, coalesce(expires_at <= now(), false) as expired, last_used_at, rotated_at, created_at,
  case when previous_valid_until > now() then previous_valid_until end as previous_valid_until`;

export async function listApiKeys(executor: Executor, owner: string): Promise<ApiKeyRow[]> {
  const { rows } = await sql<ApiKeyRow>`
    select ${columns} from api_keys where user_id = ${owner} order by created_at desc, id desc`.execute(
    executor,
  );
  return rows;
}

export async function countApiKeys(executor: Executor, owner: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from api_keys where user_id = ${owner}`.execute(executor);
  return rows[0]?.count ?? 0;
}

export interface NewApiKeyRow {
  id: string;
  owner: string;
  name: string;
  scopes: string[];
  secretHash: Buffer;
  expiresInDays: number | null;
}

export async function insertApiKey(executor: Executor, key: NewApiKeyRow): Promise<ApiKeyRow | undefined> {
  const { rows } = await sql<ApiKeyRow>`
    insert into api_keys (id, user_id, name, scopes, secret_hash, expires_at)
    values (${key.id}, ${key.owner}, ${key.name}, ${key.scopes}::text[], ${key.secretHash},
      now() + ${key.expiresInDays}::int * interval '1 day')
    returning ${columns}`.execute(executor);
  return rows[0];
}

/** `undefined` when it is not the owner's. */
export async function renameApiKey(
  executor: Executor,
  owner: string,
  id: string,
  name: string,
): Promise<ApiKeyRow | undefined> {
  const { rows } = await sql<ApiKeyRow>`
    update api_keys set name = ${name} where id = ${id} and user_id = ${owner} returning ${columns}`.execute(
    executor,
  );
  return rows[0];
}

/** Replaces the secret; the one before it stays good for `overlapSeconds`, an older one ends now. */
export async function replaceSecret(
  executor: Executor,
  where: { owner: string; id: string },
  secretHash: Buffer,
  overlapSeconds: number,
): Promise<ApiKeyRow | undefined> {
  const overlaps = overlapSeconds > 0;
  const { rows } = await sql<ApiKeyRow>`
    update api_keys set secret_hash = ${secretHash}, rotated_at = now(),
      previous_hash = case when ${overlaps}::boolean then secret_hash end,
      previous_valid_until = case when ${overlaps}::boolean then now() + ${overlapSeconds}::int * interval '1 second' end
    where id = ${where.id} and user_id = ${where.owner} returning ${columns}`.execute(executor);
  return rows[0];
}

/** False when it is not the owner's. */
export async function deleteApiKey(executor: Executor, owner: string, id: string): Promise<boolean> {
  const { rows } =
    await sql`delete from api_keys where id = ${id} and user_id = ${owner} returning id`.execute(executor);
  return rows.length > 0;
}

export interface LiveApiKeyRow {
  id: string;
  user_id: string;
  scopes: string[];
  secret_hash: Buffer;
  previous_hash: Buffer | null;
  previous_valid_until: Date | null;
  expires_at: Date | null;
}

/**
 * The key by its id alone: only the guard asks, and it compares the secret. Nothing for an account that may not act, or
 * that may do nothing before its password was changed.
 */
export async function findUnscopedApiKey(executor: Executor, id: string): Promise<LiveApiKeyRow | undefined> {
  const { rows } = await sql<LiveApiKeyRow>`
    select k.id, k.user_id, k.scopes, k.secret_hash, k.previous_hash, k.previous_valid_until, k.expires_at
    from api_keys k join users u on u.id = k.user_id
    where k.id = ${id} and u.status = 'active' and not u.must_change_password`.execute(executor);
  return rows[0];
}

export interface ApiKeyUse {
  id: string;
  at: Date;
  address: string;
}

/** Stores the last uses of many keys at once. */
export async function storeUses(executor: Executor, uses: ApiKeyUse[]): Promise<void> {
  await sql`
    update api_keys k set last_used_at = greatest(k.last_used_at, u.at), last_used_address = u.address
    from unnest(${uses.map((use) => use.id)}::uuid[], ${uses.map((use) => use.at)}::timestamptz[],
      ${uses.map((use) => use.address)}::text[]) as u (id, at, address)
    where k.id = u.id`.execute(executor);
}

/** All keys of a person, in the transaction of what takes their account from whoever made them. */
export async function deleteApiKeysOf(executor: Executor, owner: string): Promise<void> {
  await sql`delete from api_keys where user_id = ${owner}`.execute(executor);
}
