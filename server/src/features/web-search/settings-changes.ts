import type { ProviderRow, SettingsRow } from './web-search.queries.ts';
import type { ProviderChange } from './web-search.schemas.ts';

interface Configuration {
  settings: SettingsRow;
  providers: ProviderRow[];
}

/** What changed, for the record: `brave.enabled` → `true → false`; of a key only that it was entered or removed (S40). */
export function describeChanges(
  before: Configuration,
  after: Configuration & { newKeys: ProviderChange[] },
): Record<string, string> {
  const [old, current] = [flatten(before), flatten(after)];
  const names = [...new Set([...old.keys(), ...current.keys()])];
  const changed = names
    .filter((name) => old.get(name) !== current.get(name))
    .map((name) => [name, `${old.get(name) ?? 'none'} → ${current.get(name) ?? 'none'}`]);
  const keys = after.newKeys
    .filter(({ api_key: key }) => typeof key === 'string')
    .map(({ kind }) => [`${kind}.api_key`, 'entered']);
  return Object.fromEntries([...changed, ...keys]);
}

function flatten({ settings, providers }: Configuration): Map<string, string> {
  const { version: _, ...shown } = settings;
  const flat = new Map(Object.entries(shown).map(([name, value]) => [name, String(value)]));
  flat.set('order', providers.map(({ kind }) => kind).join(', '));
  for (const { kind, api_key_sealed: key, position: _position, ...provider } of providers) {
    for (const [name, value] of Object.entries(provider)) flat.set(`${kind}.${name}`, String(value));
    flat.set(`${kind}.has_key`, String(key !== null));
  }
  return flat;
}
