import type { SealedColumn } from '../../platform/crypto/sealed-columns.ts';
import { Secret } from '../../platform/crypto/secret.ts';
import type { SecretBox } from '../../platform/crypto/secret-box.ts';
import type { Database } from '../../platform/database/database.ts';
import { ProblemError } from '../../platform/errors.ts';
import type { Actor } from '../../platform/http/route.ts';
import type { OutboundDoor } from '../../platform/outbound-http/index.ts';
import { RankTooLow } from '../accounts/index.ts';
import type { AuditTrail, ClientFacts } from '../audit/index.ts';
import { normalizeIssuer } from './issuer.ts';
import { InvalidIssuer, ProviderNotFound, ProviderTaken, SecretForOtherServer } from './oauth.errors.ts';
import type { NewProvider, ProviderChanges } from './oauth.schemas.ts';
import type { OpenidConnections, ProviderConnection } from './openid-connection.ts';
import { examineProvider, type ProviderExamination } from './provider-examination.ts';
import * as queries from './providers.queries.ts';

export const googleIssuer = 'https://accounts.google.com';
const defaultScopes = ['openid', 'email', 'profile'];

export interface ProvidersService {
  /** What the sign-in page offers. */
  listOffered(): Promise<queries.ProviderRow[]>;
  /** A provider that is switched on. Throws `oauth.provider_not_found`. */
  getOffered(id: string): Promise<queries.ProviderRow>;
  list(actor: Actor): Promise<queries.ProviderWithUse[]>;
  get(actor: Actor, id: string): Promise<queries.ProviderWithUse>;
  /** Throws `oauth.provider_taken`, `oauth.invalid_issuer`. */
  add(actor: Actor, wanted: NewProvider, client: ClientFacts): Promise<queries.ProviderWithUse>;
  /** Throws `oauth.provider_not_found`, `oauth.provider_taken`, `oauth.invalid_issuer`, `oauth.secret_for_other_server`. */
  change(
    actor: Actor,
    id: string,
    changes: ProviderChanges,
    client: ClientFacts,
  ): Promise<queries.ProviderWithUse>;
  remove(actor: Actor, id: string, client: ClientFacts): Promise<void>;
  /** Runs discovery now and says of each step whether it is well. */
  test(actor: Actor, id: string): Promise<ProviderExamination[]>;
  toConnection(row: queries.ProviderRow): ProviderConnection;
}

export interface ProvidersOptions {
  db: Database;
  audit: AuditTrail;
  secretBox: SecretBox;
  door: OutboundDoor;
  connections: OpenidConnections;
  now: () => number;
}

/** Sign-in providers. All but reading what is offered is for superusers: a provider decides who somebody is. */
export function createProvidersService(options: ProvidersOptions): ProvidersService {
  const { db, secretBox } = options;
  const toConnection = (row: queries.ProviderRow): ProviderConnection => ({
    id: row.id,
    issuer: row.issuer,
    clientId: row.client_id,
    clientSecret:
      row.client_secret_sealed === null
        ? undefined
        : secretBox.open(row.client_secret_sealed, secretContext(row)),
    allowLocal: row.allow_local,
    revision: row.updated_at.toISOString(),
  });
  const getWithUse = async (id: string): Promise<queries.ProviderWithUse> => {
    const row = await queries.findProviderWithUse(db, id);
    if (!row) throw ProviderNotFound.with();
    return row;
  };
  return {
    toConnection,
    listOffered: () => queries.listEnabledProviders(db),
    async getOffered(id) {
      const row = await queries.findProvider(db, id);
      if (!row?.enabled) throw ProviderNotFound.with();
      return row;
    },
    async list(actor) {
      authorize(actor);
      return queries.listProviders(db);
    },
    async get(actor, id) {
      authorize(actor);
      return getWithUse(id);
    },
    async add(actor, wanted, client) {
      authorize(actor);
      await addProvider(options, actor, toValues(secretBox, wanted), client);
      return getWithUse(wanted.id ?? defaultId(wanted));
    },
    async change(actor, id, changes, client) {
      authorize(actor);
      await changeProvider(options, actor, { id, changes }, client);
      return getWithUse(id);
    },
    async remove(actor, id, client) {
      authorize(actor);
      await db.transaction().execute(async (trx) => {
        if (!(await queries.deleteProvider(trx, id))) throw ProviderNotFound.with();
        await record(options, trx, actor, { action: 'oauth_provider.removed', details: { id } }, client);
      });
    },
    async test(actor, id) {
      authorize(actor);
      return examineProvider(options, toConnection(await getWithUse(id)));
    },
  };
}

function authorize(actor: Actor): void {
  if (actor.role !== 'superuser') throw RankTooLow.with();
}

/** For the rotation of the master secret. */
export const sealedClientSecrets: SealedColumn = {
  table: 'oauth_providers',
  column: 'client_secret_sealed',
  contextColumns: ['id', 'issuer'],
  context: ({ id = '', issuer = '' }) => secretContext({ id, issuer }),
};

/** Bound to the row and the issuer: after a change of the issuer the secret does not open, whatever the code does. */
function secretContext(provider: { id: string; issuer: string }): string {
  return `oauth_providers.client_secret ${provider.id} ${provider.issuer}`;
}

function seal(
  box: SecretBox,
  provider: { id: string; issuer: string },
  secret: string | null | undefined,
): string | null {
  return secret === undefined || secret === null
    ? null
    : box.seal(new Secret(secret), secretContext(provider));
}

function defaultId(wanted: NewProvider): string {
  return wanted.preset;
}

function toValues(box: SecretBox, wanted: NewProvider): queries.ProviderValues {
  const id = wanted.id ?? defaultId(wanted);
  const allowLocal = wanted.allow_local ?? false;
  const given = wanted.issuer ?? (wanted.preset === 'google' ? googleIssuer : '');
  const issuer = normalizeIssuer(given, allowLocal);
  return {
    id,
    preset: wanted.preset,
    name: wanted.name?.trim() || (wanted.preset === 'google' ? 'Google' : 'OpenID'),
    issuer,
    client_id: wanted.client_id.trim(),
    client_secret_sealed: seal(box, { id, issuer }, wanted.client_secret),
    scopes: withOpenid(wanted.scopes ?? defaultScopes),
    allow_local: allowLocal,
    trust_email: wanted.trust_email ?? false,
    enabled: wanted.enabled ?? true,
  };
}

/** Without this scope there is no ID token, and nothing would say who signed in. */
function withOpenid(scopes: string[]): string[] {
  return [...new Set(['openid', ...scopes])];
}

async function addProvider(
  options: ProvidersOptions,
  actor: Actor,
  values: queries.ProviderValues,
  client: ClientFacts,
): Promise<void> {
  await refuseForbiddenAddress(options.door, values);
  await options.db.transaction().execute(async (trx) => {
    if (!(await queries.insertProvider(trx, values)))
      throw taken(await queries.findTakenFields(trx, values), 'id');
    const details = { id: values.id, preset: values.preset, issuer: values.issuer };
    await record(options, trx, actor, { action: 'oauth_provider.added', details }, client);
  });
}

async function changeProvider(
  options: ProvidersOptions,
  actor: Actor,
  wanted: { id: string; changes: ProviderChanges },
  client: ClientFacts,
): Promise<void> {
  const { db, secretBox, door } = options;
  const known = await queries.findProvider(db, wanted.id);
  if (!known) throw ProviderNotFound.with();
  // Asks the network, so not while the row is locked.
  await refuseForbiddenAddress(door, toChangedValues(secretBox, known, wanted.changes));
  await db.transaction().execute(async (trx) => {
    const before = await queries.lockProvider(trx, wanted.id);
    if (!before) throw ProviderNotFound.with();
    const values = toChangedValues(secretBox, before, wanted.changes);
    const fields = await queries.findTakenFields(trx, values);
    if (fields.length > 0) throw taken(fields, 'name');
    await queries.updateProvider(trx, values);
    const details = { id: wanted.id, fields: Object.keys(wanted.changes).sort().join(' ') };
    await record(options, trx, actor, { action: 'oauth_provider.changed', details }, client);
  });
}

function toChangedValues(
  box: SecretBox,
  before: queries.ProviderRow,
  changes: ProviderChanges,
): queries.ProviderValues {
  const allowLocal = changes.allow_local ?? before.allow_local;
  const issuer = normalizeIssuer(changes.issuer ?? before.issuer, allowLocal);
  const moved = issuer !== before.issuer;
  if (moved && before.client_secret_sealed !== null && changes.client_secret === undefined)
    throw SecretForOtherServer.with({
      errors: [
        { field: 'client_secret', detail: 'is needed again for the new issuer', reason: 'needed_again' },
      ],
    });
  return {
    id: before.id,
    preset: before.preset,
    name: changes.name?.trim() || before.name,
    issuer,
    client_id: changes.client_id?.trim() ?? before.client_id,
    client_secret_sealed:
      changes.client_secret === undefined
        ? before.client_secret_sealed
        : seal(box, { id: before.id, issuer }, changes.client_secret),
    scopes: changes.scopes === undefined ? before.scopes : withOpenid(changes.scopes),
    allow_local: allowLocal,
    trust_email: changes.trust_email ?? before.trust_email,
    enabled: changes.enabled ?? before.enabled,
  };
}

function taken(fields: string[], otherwise: string): Error {
  const names = fields.length > 0 ? fields : [otherwise];
  return ProviderTaken.with({
    errors: names.map((field) => ({ field, detail: 'is in use', reason: 'in_use' })),
  });
}

/** An address that is not allowed is refused now; a provider that is merely down may be added. */
async function refuseForbiddenAddress(door: OutboundDoor, values: queries.ProviderValues): Promise<void> {
  try {
    await door.checkAddress(values.issuer, { allowLocal: values.allow_local });
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    if (error.code !== 'outbound.address_not_allowed') return;
    const detail = `${error.detail} A local provider needs the explicit permission allow_local.`;
    const { reason, params } = error;
    throw InvalidIssuer.with({ detail, reason, params, errors: [{ field: 'issuer', detail }] });
  }
}

async function record(
  options: ProvidersOptions,
  trx: Parameters<AuditTrail['record']>[0],
  actor: Actor,
  event: { action: string; details: Record<string, string> },
  client: ClientFacts,
): Promise<void> {
  await options.audit.record(trx, {
    ...event,
    outcome: 'success',
    actorId: actor.userId,
    sessionId: actor.sessionId,
    personal: { address: client.address, userAgent: client.userAgent },
  });
}
