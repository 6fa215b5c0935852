import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import type { Queryable } from '../../platform/database/database.ts';
import { type WebSearchTables, withWebSearchTables } from './web-search.tables.ts';

// Settings and providers belong to the installation, not to a person: no query here is scoped to one.

export type SettingsRow = Pick<
  Selectable<WebSearchTables['web_search_settings']>,
  'enabled' | 'safe' | 'searches_per_person' | 'version'
>;
export type ProviderRow = Selectable<WebSearchTables['web_search_providers']>;

/** In force until an administrator decides otherwise. */
const initial: SettingsRow = { enabled: false, safe: true, searches_per_person: 60, version: 0 };

export async function findSettings(db: Queryable): Promise<SettingsRow> {
  const row = await withWebSearchTables(db)
    .selectFrom('web_search_settings')
    .select(['enabled', 'safe', 'searches_per_person', 'version'])
    .executeTakeFirst();
  return row ?? initial;
}

/** The same, locked until the end of the transaction; made when there is none yet, so that two first changes wait too. */
export async function lockSettings(trx: Queryable): Promise<SettingsRow> {
  await withWebSearchTables(trx)
    .insertInto('web_search_settings')
    .values(initial)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return withWebSearchTables(trx)
    .selectFrom('web_search_settings')
    .select(['enabled', 'safe', 'searches_per_person', 'version'])
    .forUpdate()
    .executeTakeFirstOrThrow();
}

export async function storeSettings(trx: Queryable, settings: SettingsRow): Promise<void> {
  await withWebSearchTables(trx)
    .updateTable('web_search_settings')
    .set({ ...settings, updated_at: sql<Date>`now()` })
    .execute();
}

/** In the order in which they are asked. */
export async function listProviders(db: Queryable): Promise<ProviderRow[]> {
  return withWebSearchTables(db)
    .selectFrom('web_search_providers')
    .selectAll()
    .orderBy('position')
    .orderBy('kind')
    .execute();
}

export async function replaceProviders(trx: Queryable, providers: ProviderRow[]): Promise<void> {
  await withWebSearchTables(trx).deleteFrom('web_search_providers').execute();
  if (providers.length > 0)
    await withWebSearchTables(trx).insertInto('web_search_providers').values(providers).execute();
}
