import type { SecretBox } from '../../platform/crypto/secret-box.ts';
import type { Database } from '../../platform/database/database.ts';
import { failureOf, ProblemError } from '../../platform/errors.ts';
import type { Actor } from '../../platform/http/route.ts';
import type { OutboundDoor } from '../../platform/outbound-http/index.ts';
import type { AuditTrail, ClientFacts } from '../audit/index.ts';
import { askProvider } from './ask-provider.ts';
import { type OpenProvider, sealProviderKey } from './provider-keys.ts';
import { adapters } from './providers/adapters.ts';
import { describeChanges } from './settings-changes.ts';
import {
  AddressUnusable,
  KeyForOtherServer,
  KeyNeeded,
  ProviderNotConfigured,
  ProviderTwice,
  SettingsVersionConflict,
} from './web-search.errors.ts';
import { canChangeWebSearch, WebSearchForbidden } from './web-search.policy.ts';
import {
  findSettings,
  listProviders,
  lockSettings,
  type ProviderRow,
  replaceProviders,
  type SettingsRow,
  storeSettings,
} from './web-search.queries.ts';
import type {
  ProviderChange,
  ProviderKind,
  SettingsChange,
  SettingsView,
  TestAnswer,
} from './web-search.schemas.ts';

const defaultPerHour = 500;
const testQuery = 'weather';

export interface SettingsServiceOptions {
  db: Database;
  door: OutboundDoor;
  secretBox: SecretBox;
  audit: AuditTrail;
  openProvider: OpenProvider;
}

export interface RequestedSettings {
  actor: Actor;
  change: SettingsChange;
  /** Refused when somebody else has changed them since. */
  expectedVersion: number | undefined;
  client: ClientFacts;
}

export type SettingsService = ReturnType<typeof createSettingsService>;

/** What administrators decide about web search. Keys go in and never come out. */
export function createSettingsService(options: SettingsServiceOptions) {
  const { db, door } = options;
  return {
    async read(actor: Actor): Promise<SettingsView> {
      authorize(actor);
      return toView(await findSettings(db), await listProviders(db));
    },

    /** Puts the whole configuration in place of the present one. Throws `web_search.…` codes with status 403, 412, 422. */
    async change(requested: RequestedSettings): Promise<SettingsView> {
      authorize(requested.actor);
      await checkAddresses(door, requested.change.providers);
      return db.transaction().execute(async (trx) => {
        const before = await lockSettings(trx);
        const { change, expectedVersion } = requested;
        if (expectedVersion !== undefined && expectedVersion !== before.version)
          throw SettingsVersionConflict.with();
        const stored = await listProviders(trx);
        const after: SettingsRow = {
          enabled: change.enabled,
          safe: change.safe ?? before.safe,
          searches_per_person: change.searches_per_person ?? before.searches_per_person,
          version: before.version + 1,
        };
        const providers = toRows(options.secretBox, change.providers, stored);
        await storeSettings(trx, after);
        await replaceProviders(trx, providers);
        await options.audit.record(trx, {
          action: 'web_search.changed',
          outcome: 'success',
          actorId: requested.actor.userId,
          sessionId: requested.actor.sessionId,
          details: describeChanges(
            { settings: before, providers: stored },
            { settings: after, providers, newKeys: change.providers },
          ),
          personal: { address: requested.client.address, userAgent: requested.client.userAgent },
        });
        return toView(after, providers);
      });
    },

    /** Asks one configured provider, also one that is switched off. Throws `web_search.provider_not_configured`. */
    async test(actor: Actor, kind: ProviderKind, signal: AbortSignal): Promise<TestAnswer> {
      authorize(actor);
      const row = (await listProviders(db)).find((provider) => provider.kind === kind);
      if (!row) throw ProviderNotConfigured.with();
      const query = { text: testQuery, count: 3, language: null, freshness: null, safe: true };
      try {
        const { length } = await askProvider(door, options.openProvider(row), query, signal);
        const detail = `${adapters[kind].name} answered with ${length} result${length === 1 ? '' : 's'}.`;
        return { ok: true, code: null, detail };
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        return { ok: false, ...failureOf(error) };
      }
    },
  };
}

function authorize(actor: Actor): void {
  if (!canChangeWebSearch(actor)) throw WebSearchForbidden.with();
}

/** An address that is not allowed is refused now; a server that is merely off may be started later. */
async function checkAddresses(door: OutboundDoor, providers: ProviderChange[]): Promise<void> {
  for (const [index, provider] of providers.entries()) {
    try {
      await door.checkAddress(addressOf(provider), { allowLocal: provider.allow_local ?? false });
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      if (error.code === 'outbound.invalid_url') throw addressUnusable(AddressUnusable.detail, index);
      if (error.code !== 'outbound.address_not_allowed') continue;
      const hint = provider.allow_local ? '' : ' Allow local addresses if you mean this server.';
      throw addressUnusable(`${error.detail}${hint}`, index);
    }
  }
}

function addressUnusable(detail: string, index: number): ProblemError {
  return AddressUnusable.with({ detail, errors: [{ field: `providers.${index}.base_url`, detail }] });
}

/** Without the slash at the end; the provider's own address where none was given. */
function addressOf({ kind, base_url }: Pick<ProviderChange, 'kind' | 'base_url'>): string {
  const given = base_url?.trim() ?? adapters[kind].defaultBaseUrl ?? '';
  if (!URL.canParse(given)) return given;
  const url = new URL(given);
  // Refused as it is, by the check of addresses.
  if (url.origin === 'null' || url.username !== '' || url.password !== '') return given;
  return `${url.origin}${url.pathname.replace(/\/+$/, '').replace(/\/search$/, '')}`;
}

function toRows(box: SecretBox, changes: ProviderChange[], stored: ProviderRow[]): ProviderRow[] {
  if (new Set(changes.map(({ kind }) => kind)).size < changes.length) throw ProviderTwice.with();
  return changes.map((change, position) => {
    const before = stored.find(({ kind }) => kind === change.kind);
    const place = { kind: change.kind, base_url: addressOf(change) };
    const row = {
      ...place,
      position,
      enabled: change.enabled,
      allow_local: change.allow_local ?? false,
      api_key_sealed: sealedKey(box, change, place, { before, position }),
      searches_per_hour: change.searches_per_hour ?? before?.searches_per_hour ?? defaultPerHour,
    };
    if (row.enabled && row.api_key_sealed === null && adapters[row.kind].needsKey)
      throw keyProblem(KeyNeeded, position, `${adapters[row.kind].name} needs an API key.`);
    return row;
  });
}

function sealedKey(
  box: SecretBox,
  { api_key: key }: ProviderChange,
  place: { kind: ProviderKind; base_url: string },
  { before, position }: { before: ProviderRow | undefined; position: number },
): string | null {
  if (key === null) return null;
  if (key !== undefined) return sealProviderKey(box, place, key.trim());
  if (!before?.api_key_sealed) return null;
  if (new URL(before.base_url).origin !== new URL(place.base_url).origin)
    throw keyProblem(KeyForOtherServer, position, KeyForOtherServer.detail);
  return before.api_key_sealed;
}

function keyProblem(definition: typeof KeyNeeded, index: number, detail: string): ProblemError {
  return definition.with({ detail, errors: [{ field: `providers.${index}.api_key`, detail }] });
}

function toView(settings: SettingsRow, providers: ProviderRow[]): SettingsView {
  return {
    ...settings,
    providers: providers.map(({ api_key_sealed, position: _, ...shown }) => ({
      ...shown,
      has_api_key: api_key_sealed !== null,
    })),
  };
}
