import type { Generated, Kysely } from 'kysely';
import type { Queryable } from '../../platform/database/database.ts';
import type { PlatformTables } from '../../platform/database/platform-tables.ts';
import type { ProviderKind } from './web-search.schemas.ts';

/** A type, not an interface: `withTables` asks for an index signature. */
export type WebSearchTables = {
  web_search_settings: {
    singleton: Generated<boolean>;
    enabled: boolean;
    safe: boolean;
    searches_per_person: number;
    version: number;
    updated_at: Generated<Date>;
  };
  web_search_providers: {
    kind: ProviderKind;
    position: number;
    enabled: boolean;
    base_url: string;
    allow_local: boolean;
    api_key_sealed: string | null;
    searches_per_hour: number;
  };
};

/** The same connection or transaction, with this feature's tables known. */
export function withWebSearchTables(db: Queryable): Kysely<PlatformTables & WebSearchTables> {
  return db.withTables<WebSearchTables>();
}
