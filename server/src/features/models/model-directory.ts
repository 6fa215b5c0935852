import { LRUCache } from 'lru-cache';
import { validate as isUuid } from 'uuid';
import type { SecretBox } from '../../platform/crypto/secret-box.ts';
import type { Database } from '../../platform/database/database.ts';
import type { EventBus } from '../../platform/events/event-bus.ts';
import { busReconnectedTopic } from '../../platform/events/event-bus.ts';
import { builtinProviderId, type ModelDirectory, type ModelUser } from '../../platform/models/index.ts';
import { modelsChangedTopic } from './model-changes.ts';
import { findProvider, listProviders } from './models.queries.ts';
import { toConnection } from './providers.service.ts';
import { isFixed, resolveSlot } from './slot-resolution.ts';
import * as queries from './slots.queries.ts';
import { toLevelAssignments } from './slots.views.ts';

/** What a process that missed the message is behind at most. */
const rememberMs = 30_000;
const maxRemembered = 2_000;

/**
 * The gateway's view of this feature's tables. Rows are remembered, keys sealed, until they change: every question asks
 * for them on its way to the model.
 */
export function createModelDirectory(options: {
  db: Database;
  secretBox: SecretBox;
  bus: EventBus;
}): ModelDirectory {
  const { db, secretBox } = options;
  const remember = createMemory(options.bus);
  const assignmentsFor = async (user: ModelUser | undefined): Promise<queries.AssignmentRow[]> => {
    const shared = await remember('shared', () => queries.listSharedAssignments(db));
    if (!user) return shared.filter((row) => row.level === 'system');
    const { userId, conversationId } = user;
    const [role, own, conversation] = await Promise.all([
      user.role ?? remember(`role ${userId}`, () => queries.findRoleOf(db, userId)),
      remember(`person ${userId}`, () => queries.listOwnAssignments(db, userId)),
      conversationId
        ? remember(`conversation ${userId} ${conversationId}`, () =>
            queries.listConversationAssignments(db, userId, conversationId),
          )
        : [],
    ]);
    return [...shared.filter((row) => row.level === 'system' || row.role === role), ...own, ...conversation];
  };
  return {
    async findProvider(id) {
      const row = isUuid(id) ? await remember(`provider ${id}`, () => findProvider(db, id)) : undefined;
      return row && toConnection(secretBox, row);
    },
    async listProviders() {
      return (await listProviders(db)).map((row) => toConnection(secretBox, row));
    },
    async findAssignment(slot, user) {
      const stored = toLevelAssignments(await assignmentsFor(user));
      const { choices, options, source } = resolveSlot(slot, stored);
      const [first, ...fallbacks] = choices;
      // Options count even while no model is assigned: a request may bring its own.
      const choice = first ?? { providerId: builtinProviderId, model: 'none' };
      const fixed = isFixed(slot, source, stored);
      return { ...choice, fallbacks, options, fixed, ...(source ? { source } : {}) };
    },
  };
}

type Remember = <Row>(key: string, read: () => Promise<Row>) => Promise<Row>;

function createMemory(bus: EventBus): Remember {
  const rows = new LRUCache<string, { row: unknown }>({ max: maxRemembered, ttl: rememberMs });
  let changes = 0;
  const forget = (): void => {
    changes += 1;
    rows.clear();
  };
  bus.subscribe(modelsChangedTopic, forget);
  bus.subscribe(busReconnectedTopic, forget);
  return async <Row>(key: string, read: () => Promise<Row>): Promise<Row> => {
    const known = rows.get(key);
    if (known) return known.row as Row;
    const before = changes;
    const row = await read();
    // Read before a change and kept after it, it would outlive the message that should have removed it.
    if (before === changes) rows.set(key, { row });
    return row;
  };
}
