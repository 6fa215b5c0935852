import { timingSafeEqual } from 'node:crypto';
import { createBoundedCache } from '../../platform/bounded-cache.ts';
import type { Database } from '../../platform/database/database.ts';
import type { EventBus } from '../../platform/events/event-bus.ts';
import { type AccountChanged, accountChangedTopic } from '../accounts/index.ts';
import type { ApiKeyState, ApiKeyStates } from '../sessions/index.ts';
import { ApiKeyExpired, ApiKeyMalformed, ApiKeyRevoked } from './api-keys.errors.ts';
import { type ApiKeyUse, findUnscopedApiKey, type LiveApiKeyRow } from './api-keys.queries.ts';
import { hashKeySecret, readKeyId } from './key-secret.ts';

/** Published after the commit of whatever alters or ends API keys. */
export const apiKeysChangedTopic = 'api-keys.changed';
export interface ApiKeysChanged {
  key_ids: string[];
}

/** Safety net: a notification that never came lets a revoked key live this long at most. */
const maxStaleMs = 10_000;
const maxCached = 20_000;
// The transport's own topic; it is published when notifications may have been missed.
const busReconnectedTopic = 'bus.reconnected';

export interface ApiKeyMemory extends ApiKeyStates {
  /** Uses since the last call. */
  takeUses(): ApiKeyUse[];
  close(): void;
}

interface LiveKey {
  state: ApiKeyState;
  userId: string;
  secretHash: Buffer;
  previous: { hash: Buffer; untilMs: number } | undefined;
  expiresAtMs: number;
}

/** API keys in memory, dropped over the bus the moment they or their accounts change in any process (S19). */
export function createApiKeyStates(options: {
  db: Database;
  bus: EventBus;
  now: () => number;
}): ApiKeyMemory {
  const { db, bus, now } = options;
  const known = createBoundedCache<LiveKey>(maxCached, { ttl: maxStaleMs, perf: { now } });
  const listeners = new Set<() => void>();
  let uses = new Map<string, ApiKeyUse>();
  // Grows with each invalidation: what was read before it must not be remembered after it.
  let epoch = 0;

  const invalidate = (drop: () => void): void => {
    epoch += 1;
    drop();
    for (const listener of listeners) listener();
  };
  const subscriptions = [
    bus.subscribe(apiKeysChangedTopic, ({ key_ids }: ApiKeysChanged) =>
      invalidate(() => {
        for (const id of key_ids) known.delete(id);
      }),
    ),
    bus.subscribe(accountChangedTopic, ({ user_id }: AccountChanged) =>
      invalidate(() => {
        for (const [id, key] of known) if (key.userId === user_id) known.delete(id);
      }),
    ),
    bus.subscribe(busReconnectedTopic, () => invalidate(() => known.clear())),
  ];
  const load = async (keyId: string): Promise<LiveKey> => {
    const startedIn = epoch;
    const row = await findUnscopedApiKey(db, keyId);
    if (!row) throw ApiKeyRevoked.with();
    const key = toLiveKey(row);
    if (startedIn === epoch) known.set(keyId, key);
    return key;
  };

  return {
    admit(secret) {
      const keyId = readKeyId(secret);
      if (keyId === undefined) throw ApiKeyMalformed.with();
      const key = known.get(keyId);
      return key ? judge(key, secret, now()) : load(keyId).then((loaded) => judge(loaded, secret, now()));
    },
    noteUse(keyId, address) {
      uses.set(keyId, { id: keyId, at: new Date(now()), address });
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    takeUses() {
      const taken = [...uses.values()];
      uses = new Map();
      return taken;
    },
    close() {
      for (const end of subscriptions) end();
    },
  };
}

function toLiveKey(row: LiveApiKeyRow): LiveKey {
  const scopes = Object.freeze([...row.scopes]);
  return {
    state: {
      keyId: row.id,
      scopes: new Set(scopes),
      // Whatever the person's role: a key never reaches what administrators may do.
      actor: Object.freeze({ userId: row.user_id, role: 'user', sessionId: row.id, via: 'api_key', scopes }),
    },
    userId: row.user_id,
    secretHash: row.secret_hash,
    previous:
      row.previous_hash && row.previous_valid_until
        ? { hash: row.previous_hash, untilMs: row.previous_valid_until.getTime() }
        : undefined,
    expiresAtMs: row.expires_at?.getTime() ?? Number.POSITIVE_INFINITY,
  };
}

/** Only whoever holds the right secret learns that it has expired. */
function judge(key: LiveKey, secret: string, nowMs: number): ApiKeyState {
  const hash = hashKeySecret(secret);
  const isPrevious =
    key.previous !== undefined && key.previous.untilMs > nowMs && timingSafeEqual(key.previous.hash, hash);
  if (!isPrevious && !timingSafeEqual(key.secretHash, hash)) throw ApiKeyRevoked.with();
  if (key.expiresAtMs <= nowMs) throw ApiKeyExpired.with();
  return key.state;
}
