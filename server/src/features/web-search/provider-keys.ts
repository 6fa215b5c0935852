import type { SealedColumn } from '../../platform/crypto/sealed-columns.ts';
import { Secret } from '../../platform/crypto/secret.ts';
import type { SecretBox } from '../../platform/crypto/secret-box.ts';
import type { ProviderConnection } from './providers/adapter.ts';
import type { ProviderRow } from './web-search.queries.ts';

/** Opens a stored provider for use. */
export type OpenProvider = (row: ProviderRow) => ProviderConnection;

/** Bound to the row and the origin: after a change of the address the key does not open, whatever the code does. */
function keyContext(provider: { kind: string; base_url: string }): string {
  return `web_search_providers.api_key ${provider.kind} ${new URL(provider.base_url).origin}`;
}

/** For rotations of the data key. */
export const searchKeyColumn: SealedColumn = {
  table: 'web_search_providers',
  column: 'api_key_sealed',
  contextColumns: ['kind', 'base_url'],
  context: ({ kind = '', base_url = '' }) => keyContext({ kind, base_url }),
};

export function sealProviderKey(
  box: SecretBox,
  provider: { kind: string; base_url: string },
  key: string,
): string {
  return box.seal(new Secret(key), keyContext(provider));
}

export function createProviderOpener(box: SecretBox): OpenProvider {
  return (row) => ({
    kind: row.kind,
    baseUrl: row.base_url,
    allowLocal: row.allow_local,
    apiKey: row.api_key_sealed === null ? null : box.open(row.api_key_sealed, keyContext(row)),
    searchesPerHour: row.searches_per_hour,
  });
}
