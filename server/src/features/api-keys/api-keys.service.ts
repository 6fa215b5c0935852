import { v7 as uuidv7 } from 'uuid';
import type { Secret } from '../../platform/crypto/secret.ts';
import type { Database, DatabaseTransaction } from '../../platform/database/database.ts';
import { ValidationFailed } from '../../platform/errors.ts';
import type { EventBus } from '../../platform/events/event-bus.ts';
import type { Actor } from '../../platform/http/route.ts';
import type { AccountsService } from '../accounts/index.ts';
import { type AuditTrail, type ClientFacts, storable } from '../audit/index.ts';
import type { SecurityNotices } from '../notices/index.ts';
import { type ApiKeysChanged, apiKeysChangedTopic } from './api-key-states.ts';
import { ApiKeyNotFound, TooManyApiKeys } from './api-keys.errors.ts';
import {
  type ApiKeyRow,
  countApiKeys,
  deleteApiKey,
  insertApiKey,
  listApiKeys,
  renameApiKey,
  replaceSecret,
} from './api-keys.queries.ts';
import { makeKeySecret } from './key-secret.ts';

export const maxKeysPerPerson = 50;
export const maxNameLength = 100;
/** Time for a person to give the new secret to all their programs. */
const overlapSeconds = 86_400;

export interface NewApiKey {
  name: string;
  scopes: string[];
  expiresInDays: number | null;
}

export interface ApiKeysOptions {
  db: Database;
  bus: EventBus;
  audit: AuditTrail;
  accounts: Pick<AccountsService, 'lock'>;
  notices: Pick<SecurityNotices, 'send'>;
}

export type ApiKeysService = ReturnType<typeof createApiKeysService>;

/** API keys of one person: made, renamed, rotated, revoked. Secrets are shown once and stored as hashes. */
export function createApiKeysService(options: ApiKeysOptions) {
  const { db, bus, audit } = options;
  const announce = (id: string): void =>
    bus.publish(apiKeysChangedTopic, { key_ids: [id] } satisfies ApiKeysChanged);

  /** One change with its evidence, in one transaction. */
  const change = async <Result>(
    work: { actor: Actor; id: string; action: string; client: ClientFacts },
    apply: (
      trx: DatabaseTransaction,
    ) => Promise<{ result: Result; details: Record<string, string | number> }>,
  ): Promise<Result> => {
    const { actor, client } = work;
    const changed = await db.transaction().execute(async (trx) => {
      const { result, details } = await apply(trx);
      await audit.record(trx, {
        action: work.action,
        outcome: 'success',
        actorId: actor.userId,
        subjectId: actor.userId,
        sessionId: actor.sessionId,
        details: { key_id: work.id, ...details },
        personal: { address: client.address, userAgent: client.userAgent },
      });
      return result;
    });
    announce(work.id);
    return changed;
  };

  return {
    list: (actor: Actor): Promise<ApiKeyRow[]> => listApiKeys(db, actor.userId),

    /** Throws `api_keys.too_many`, `validation_failed`. */
    async create(
      actor: Actor,
      input: NewApiKey,
      client: ClientFacts,
    ): Promise<{ key: ApiKeyRow; secret: Secret }> {
      const name = checkName(input.name);
      const scopes = [...new Set(input.scopes)].sort();
      const id = uuidv7();
      const { secret, hash } = makeKeySecret(id);
      const key = await change({ actor, id, action: 'api_key.created', client }, async (trx) => {
        const row = { ...input, id, name, scopes, owner: actor.userId, secretHash: hash };
        const stored = await insertWithinLimit(options, trx, row);
        const facts = { name, scopes: scopes.join(', '), address: client.address };
        await options.notices.send(trx, actor.userId, { kind: 'api_key_created', facts });
        return { result: stored, details: { scopes: scopes.join(' ') } };
      });
      return { key, secret };
    },

    /** Throws `api_keys.not_found`, `validation_failed`. */
    async rename(actor: Actor, id: string, name: string, client: ClientFacts): Promise<ApiKeyRow> {
      const checked = checkName(name);
      return change({ actor, id, action: 'api_key.renamed', client }, async (trx) => ({
        result: found(await renameApiKey(trx, actor.userId, id, checked)),
        details: {},
      }));
    },

    /** Gives the key a new secret; the old one stays good for a day, or ends now. Throws `api_keys.not_found`. */
    async rotate(
      actor: Actor,
      id: string,
      endPreviousNow: boolean,
      client: ClientFacts,
    ): Promise<{ key: ApiKeyRow; secret: Secret }> {
      const { secret, hash } = makeKeySecret(id);
      const overlap = endPreviousNow ? 0 : overlapSeconds;
      const key = await change({ actor, id, action: 'api_key.rotated', client }, async (trx) => ({
        result: found(await replaceSecret(trx, { owner: actor.userId, id }, hash, overlap)),
        details: { overlap_seconds: overlap },
      }));
      return { key, secret };
    },

    /** Throws `api_keys.not_found`. The key is refused everywhere within a second. */
    async revoke(actor: Actor, id: string, client: ClientFacts): Promise<void> {
      await change({ actor, id, action: 'api_key.revoked', client }, async (trx) => {
        if (!(await deleteApiKey(trx, actor.userId, id))) throw ApiKeyNotFound.with();
        return { result: undefined, details: {} };
      });
    },
  };
}

async function insertWithinLimit(
  { accounts }: ApiKeysOptions,
  trx: DatabaseTransaction,
  row: Parameters<typeof insertApiKey>[1],
): Promise<ApiKeyRow> {
  // Two requests at once must not both find room for the last one.
  await accounts.lock(trx, row.owner);
  if ((await countApiKeys(trx, row.owner)) >= maxKeysPerPerson)
    throw TooManyApiKeys.with({
      detail: `A person may have ${maxKeysPerPerson} API keys. Revoke one that is not used any more.`,
      reason: 'limit',
      params: { limit: maxKeysPerPerson },
    });
  const stored = await insertApiKey(trx, row);
  if (!stored) throw new Error('An API key was not stored.');
  return stored;
}

function found(row: ApiKeyRow | undefined): ApiKeyRow {
  if (!row) throw ApiKeyNotFound.with();
  return row;
}

function checkName(given: string): string {
  const name = storable(given, maxNameLength);
  if (name === '')
    throw ValidationFailed.with({ errors: [{ field: 'name', detail: 'is empty', reason: 'empty' }] });
  return name;
}
