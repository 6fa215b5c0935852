import { LRUCache } from 'lru-cache';
import { validate as isUuid } from 'uuid';
import type { SecretBox } from '../../platform/crypto/secret-box.ts';
import type { Database } from '../../platform/database/database.ts';
import type { EventBus } from '../../platform/events/event-bus.ts';
import { busReconnectedTopic } from '../../platform/events/postgres-bus-transport.ts';
import { builtinProviderId, type ModelDirectory } from '../../platform/models/index.ts';
import { modelsChangedTopic } from './model-changes.ts';
import * as queries from './models.queries.ts';
import { toConnection } from './providers.service.ts';

/** What a process that missed the message is behind at most. */
const rememberMs = 30_000;
const maxRemembered = 500;

/**
 * The gateway's view of this feature's tables. Rows are remembered, keys sealed, until they change: every question asks
 * for them on its way to the model.
 */
export function createModelDirectory(options: {
  db: Database;
  secretBox: SecretBox;
  bus: EventBus;
}): ModelDirectory {
  const { db, secretBox, bus } = options;
  const rows = new LRUCache<string, { row: unknown }>({ max: maxRemembered, ttl: rememberMs });
  let changes = 0;
  const forget = (): void => {
    changes += 1;
    rows.clear();
  };
  bus.subscribe(modelsChangedTopic, forget);
  bus.subscribe(busReconnectedTopic, forget);
  const remember = async <Row>(key: string, read: () => Promise<Row>): Promise<Row> => {
    const known = rows.get(key);
    if (known) return known.row as Row;
    const before = changes;
    const row = await read();
    // Read before a change and kept after it, it would outlive the message that should have removed it.
    if (before === changes) rows.set(key, { row });
    return row;
  };
  return {
    async findProvider(id) {
      const row = isUuid(id)
        ? await remember(`provider ${id}`, () => queries.findProvider(db, id))
        : undefined;
      return row && toConnection(secretBox, row);
    },
    async listProviders() {
      return (await queries.listProviders(db)).map((row) => toConnection(secretBox, row));
    },
    async findAssignment(slot) {
      const row = await remember(`slot ${slot}`, () => queries.findAssignment(db, slot));
      if (!row?.provider_id || !row.model || row.provider_id === builtinProviderId) return undefined;
      return { providerId: row.provider_id, model: row.model };
    },
  };
}
