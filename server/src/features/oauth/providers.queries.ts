import { sql } from 'kysely';
import type { Executor } from '../audit/index.ts';

// Providers belong to the installation, not to a person: no query here is scoped to one.

export type Preset = 'google' | 'openid';

export interface ProviderRow {
  id: string;
  preset: Preset;
  name: string;
  issuer: string;
  client_id: string;
  client_secret_sealed: string | null;
  scopes: string[];
  allow_local: boolean;
  trust_email: boolean;
  enabled: boolean;
  created_at: Date;
  updated_at: Date;
}

export type ProviderValues = Omit<ProviderRow, 'created_at' | 'updated_at'>;
export type ProviderWithUse = ProviderRow & { linked_people: number };

const columns = sql`id, preset, name, issuer, client_id, client_secret_sealed, scopes, allow_local, trust_email, enabled,
  created_at, updated_at`;

export async function listEnabledProviders(executor: Executor): Promise<ProviderRow[]> {
  const { rows } =
    await sql<ProviderRow>`select ${columns} from oauth_providers where enabled order by created_at, id`.execute(
      executor,
    );
  return rows;
}

const withUse = sql`select ${columns}, (select count(distinct user_id)::int from user_identities i
  where i.provider_id = oauth_providers.id) as linked_people from oauth_providers`;

export async function listProviders(executor: Executor): Promise<ProviderWithUse[]> {
  const { rows } = await sql<ProviderWithUse>`${withUse} order by created_at, id`.execute(executor);
  return rows;
}

export async function findProviderWithUse(
  executor: Executor,
  id: string,
): Promise<ProviderWithUse | undefined> {
  const { rows } = await sql<ProviderWithUse>`${withUse} where id = ${id}`.execute(executor);
  return rows[0];
}

export async function findProvider(executor: Executor, id: string): Promise<ProviderRow | undefined> {
  const { rows } = await sql<ProviderRow>`select ${columns} from oauth_providers where id = ${id}`.execute(
    executor,
  );
  return rows[0];
}

export async function lockProvider(executor: Executor, id: string): Promise<ProviderRow | undefined> {
  const { rows } =
    await sql<ProviderRow>`select ${columns} from oauth_providers where id = ${id} for update`.execute(
      executor,
    );
  return rows[0];
}

/** Answers false when id, name or issuer is taken. */
export async function insertProvider(executor: Executor, row: ProviderValues): Promise<boolean> {
  const { rows } = await sql`
    insert into oauth_providers
      (id, preset, name, issuer, client_id, client_secret_sealed, scopes, allow_local, trust_email, enabled)
    values (${row.id}, ${row.preset}, ${row.name}, ${row.issuer}, ${row.client_id}, ${row.client_secret_sealed},
      ${row.scopes}::text[], ${row.allow_local}, ${row.trust_email}, ${row.enabled})
    on conflict do nothing returning id`.execute(executor);
  return rows.length > 0;
}

/** Which of the fields that must differ another provider has already. */
export async function findTakenFields(
  executor: Executor,
  wanted: Pick<ProviderRow, 'id' | 'name' | 'issuer'>,
): Promise<string[]> {
  const { rows } = await sql<{ field: string }>`
    select 'name' as field from oauth_providers where name = ${wanted.name} and id <> ${wanted.id}
    union all
    select 'issuer' from oauth_providers where issuer = ${wanted.issuer} and id <> ${wanted.id}`.execute(
    executor,
  );
  return rows.map((row) => row.field);
}

export async function updateProvider(executor: Executor, row: ProviderValues): Promise<void> {
  await sql`
    update oauth_providers set name = ${row.name}, issuer = ${row.issuer}, client_id = ${row.client_id},
      client_secret_sealed = ${row.client_secret_sealed}, scopes = ${row.scopes}::text[],
      allow_local = ${row.allow_local}, trust_email = ${row.trust_email}, enabled = ${row.enabled}, updated_at = now()
    where id = ${row.id}`.execute(executor);
}

/** Answers whether it was there. Identities stay, for the case that the provider comes back. */
export async function deleteProvider(executor: Executor, id: string): Promise<boolean> {
  const { rows } = await sql`delete from oauth_providers where id = ${id} returning id`.execute(executor);
  return rows.length > 0;
}
