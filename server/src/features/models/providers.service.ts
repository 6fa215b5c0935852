import { validate as isUuid, v7 as uuidv7 } from 'uuid';
import type { SealedColumn } from '../../platform/crypto/sealed-columns.ts';
import { Secret } from '../../platform/crypto/secret.ts';
import type { SecretBox } from '../../platform/crypto/secret-box.ts';
import type { Database } from '../../platform/database/database.ts';
import { ProblemError } from '../../platform/errors.ts';
import type { EventBus } from '../../platform/events/event-bus.ts';
import type { UserFeed } from '../../platform/events/user-feed.ts';
import type { Actor } from '../../platform/http/route.ts';
import {
  fromOutboundProblem,
  type ModelGateway,
  type ProviderConnection,
  type ProviderTraffic,
} from '../../platform/models/index.ts';
import type { OutboundDoor } from '../../platform/outbound-http/index.ts';
import { normalizeBaseUrl } from './base-url.ts';
import { announceModelChange } from './model-changes.ts';
import { KeyForOtherServer, ModelsForbidden, ProviderNameTaken, ProviderNotFound } from './models.errors.ts';
import { canChangeModels } from './models.policy.ts';
import * as queries from './models.queries.ts';
import type { NewProvider, Provider, ProviderChanges } from './models.schemas.ts';
import { builtinProvider, toProvider } from './models.views.ts';

export interface ProvidersService {
  list(): Promise<Provider[]>;
  /** Adds a server, after its address was checked, and asks it for its version. */
  add(actor: Actor, wanted: NewProvider, signal: AbortSignal): Promise<Provider>;
  change(actor: Actor, id: string, changes: ProviderChanges, signal: AbortSignal): Promise<Provider>;
  /** Asks the server whether it is well and stores the answer. */
  test(actor: Actor, id: string, signal: AbortSignal): Promise<Provider>;
  remove(actor: Actor, id: string): Promise<void>;
}

export interface ProvidersDependencies {
  db: Database;
  secretBox: SecretBox;
  userFeed: UserFeed;
  bus: EventBus;
  door: OutboundDoor;
  gateway: ModelGateway;
  clock: () => Date;
  /** Called before a provider goes, so that its downloads end. */
  stopPulls(providerId: string): Promise<void>;
}

/** Verbs on model servers. All but reading are for administrators. */
export function createProvidersService(deps: ProvidersDependencies): ProvidersService {
  const { db } = deps;
  return {
    async list() {
      const rows = await queries.listProviders(db);
      return [...rows.map((row) => toProvider(row, trafficOf(deps, row))), builtinProvider];
    },
    async add(actor, wanted, signal) {
      authorize(actor);
      const baseUrl = normalizeBaseUrl(wanted.kind, wanted.base_url);
      const allowLocal = wanted.allow_local ?? false;
      await checkAddress(deps.door, baseUrl, allowLocal);
      const id = uuidv7();
      const row = await queries.insertProvider(db, {
        id,
        kind: wanted.kind,
        name: wanted.name.trim(),
        base_url: baseUrl,
        allow_local: allowLocal,
        api_key_sealed: sealKey(deps.secretBox, { id, base_url: baseUrl }, wanted.api_key ?? null),
        max_concurrent: wanted.max_concurrent ?? null,
      });
      if (!row) throw nameTaken();
      return examine(deps, actor, row, signal);
    },
    async change(actor, id, changes, signal) {
      authorize(actor);
      const before = await getProvider(db, id);
      const row = await queries.updateProvider(db, id, await toUpdate(deps, before, changes));
      if (!row) throw ProviderNotFound.with();
      announceModelChange(deps.bus);
      return examine(deps, actor, row, signal);
    },
    async test(actor, id, signal) {
      authorize(actor);
      return examine(deps, actor, await getProvider(db, id), signal);
    },
    async remove(actor, id) {
      authorize(actor);
      const row = await getProvider(db, id);
      await deps.stopPulls(id);
      const note = `The provider ${row.name}, whose model did this job, was removed. Choose another model.`;
      await db.transaction().execute((trx) => queries.deleteProvider(trx, id, note));
      announceModelChange(deps.bus);
      deps.userFeed.changed(actor.userId, 'provider', id);
    },
  };
}

function authorize(actor: Actor): void {
  if (!canChangeModels(actor)) throw ModelsForbidden.with();
}

/** The provider with this id. Throws `models.provider_not_found`. */
export async function getProvider(db: Database, id: string): Promise<queries.ProviderRow> {
  const row = isUuid(id) ? await queries.findProvider(db, id) : undefined;
  if (!row) throw ProviderNotFound.with();
  return row;
}

function nameTaken(): Error {
  return ProviderNameTaken.with({ errors: [{ field: 'name', detail: 'is in use', reason: 'in_use' }] });
}

/** An address that is not allowed is refused now; a server that is merely off may be added and be started later. */
async function checkAddress(door: OutboundDoor, baseUrl: string, allowLocal: boolean): Promise<void> {
  try {
    await door.checkAddress(baseUrl, { allowLocal });
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const problem = fromOutboundProblem(error, baseUrl);
    if (problem.code !== 'models.address_not_allowed') return;
    const { detail, reason, params } = problem;
    throw problem.definition.with({ detail, reason, params, errors: [{ field: 'base_url', detail }] });
  }
}

/** Bound to the row and the origin: after a change of the address the key does not open, whatever the code does. */
function keyContext(provider: { id: string; base_url: string }): string {
  return `model_providers.api_key ${provider.id} ${new URL(provider.base_url).origin}`;
}

/** For rotations of the data key. */
export const providerKeyColumn: SealedColumn = {
  table: 'model_providers',
  column: 'api_key_sealed',
  contextColumns: ['id', 'base_url'],
  context: ({ id = '', base_url = '' }) => keyContext({ id, base_url }),
};

function sealKey(
  box: SecretBox,
  provider: { id: string; base_url: string },
  key: string | null,
): string | null {
  return key === null ? null : box.seal(new Secret(key), keyContext(provider));
}

async function toUpdate(
  deps: ProvidersDependencies,
  before: queries.ProviderRow,
  changes: ProviderChanges,
): Promise<Parameters<typeof queries.updateProvider>[2]> {
  const baseUrl =
    changes.base_url === undefined ? before.base_url : normalizeBaseUrl(before.kind, changes.base_url);
  const allowLocal = changes.allow_local ?? before.allow_local;
  const name = changes.name?.trim() ?? before.name;
  await checkAddress(deps.door, baseUrl, allowLocal);
  if (await queries.isNameTaken(deps.db, name, before.id)) throw nameTaken();
  const moved = new URL(baseUrl).origin !== new URL(before.base_url).origin;
  if (moved && before.api_key_sealed !== null && changes.api_key === undefined)
    throw KeyForOtherServer.with({
      errors: [{ field: 'api_key', detail: 'is needed again for the new address', reason: 'needed_again' }],
    });
  const sealed =
    changes.api_key === undefined
      ? before.api_key_sealed
      : sealKey(deps.secretBox, { id: before.id, base_url: baseUrl }, changes.api_key);
  return {
    name,
    base_url: baseUrl,
    allow_local: allowLocal,
    enabled: changes.enabled ?? before.enabled,
    api_key_sealed: sealed,
    max_concurrent: changes.max_concurrent === undefined ? before.max_concurrent : changes.max_concurrent,
  };
}

async function examine(
  deps: ProvidersDependencies,
  actor: Actor,
  row: queries.ProviderRow,
  signal: AbortSignal,
): Promise<Provider> {
  const health = await deps.gateway.health(toConnection(deps.secretBox, row), signal);
  const stored = await queries.updateProvider(deps.db, row.id, {
    health_state: health.state,
    health_code: health.failure?.code ?? null,
    health_detail: health.failure?.detail ?? null,
    health_reason: health.failure?.reason ?? null,
    health_params: health.failure?.params ?? null,
    health_version: health.version,
    health_checked_at: deps.clock(),
  });
  if (!stored) throw ProviderNotFound.with();
  deps.userFeed.changed(actor.userId, 'provider', row.id);
  return toProvider(stored, trafficOf(deps, stored));
}

function trafficOf({ gateway, secretBox }: ProvidersDependencies, row: queries.ProviderRow): ProviderTraffic {
  return gateway.traffic(toConnection(secretBox, row));
}

/** A provider as the gateway uses it, with its key opened. */
export function toConnection(box: SecretBox, row: queries.ProviderRow): ProviderConnection {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    baseUrl: row.base_url,
    allowLocal: row.allow_local,
    enabled: row.enabled,
    maxConcurrent: row.max_concurrent,
    apiKey: row.api_key_sealed === null ? null : box.open(row.api_key_sealed, keyContext(row)),
  };
}
