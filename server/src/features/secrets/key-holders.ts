import { randomUUID } from 'node:crypto';
import type { KeyRing } from '../../platform/crypto/key-ring.ts';
import type { Database } from '../../platform/database/database.ts';
import type { EventBus } from '../../platform/events/event-bus.ts';
import type { Feature } from '../../platform/feature.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { createUpkeep } from '../../platform/upkeep.ts';
import {
  listLiveHolders,
  noteSigning,
  removeGoneHolders,
  removeHolder,
  removeOtherHolders,
  storeHolder,
} from './key-holders.queries.ts';

/** Published when a process with other master secrets has come or gone. */
const holdersChangedTopic = 'key-holders.changed';
const heartbeatMs = 15_000;

export interface KeyHoldersOptions {
  db: Database;
  bus: EventBus;
  keys: KeyRing;
  log: Logger;
  /** The only process on its database: whoever else is noted there is gone. */
  alone: boolean;
}

/**
 * Decides which master secret signs. Processes are restarted with a new one after another, and what one signs all must
 * be able to read; so the newest secret that every running process knows signs, and the change happens by itself when
 * the last one that did not know it is gone.
 */
export function createKeyHolders(options: KeyHoldersOptions): Feature {
  const { db, bus, keys, log } = options;
  const processId = randomUUID();
  let end = (): void => {};
  let deciding: Promise<void> = Promise.resolve();

  const decide = async (): Promise<void> => {
    const holders = await listLiveHolders(db);
    const common = keys.ids.find((id) => holders.every((holder) => holder.keyIds.includes(id)));
    if (common === undefined) {
      log.error(
        { key_ids: keys.ids },
        'other processes have other master secrets: SECRET_KEY must be the same',
      );
      return;
    }
    if (keys.current('data').id !== common) {
      log.info({ key_id: common }, 'another master secret signs from now on');
      keys.signWith(common);
    }
    await noteSigning(db, common);
  };
  const heartbeat = async (): Promise<void> => {
    await storeHolder(db, processId, keys.ids);
    await removeGoneHolders(db);
    await decide();
  };
  const upkeep = createUpkeep(log, [{ name: 'secrets.key-holders', everyMs: heartbeatMs, run: heartbeat }]);

  return {
    routes: [],
    async start() {
      end = bus.subscribe(holdersChangedTopic, () => {
        deciding = deciding
          .then(decide)
          .catch((error: unknown) => log.warn({ err: error }, 'which master secret signs is decided later'));
      });
      try {
        if (options.alone) await removeOtherHolders(db, processId);
        await heartbeat();
      } catch (error) {
        // A database that is away or not migrated yet must not stop the start; the heartbeat comes back to it.
        log.warn({ err: error }, 'which master secret signs is decided later');
      }
      bus.publishRemote(holdersChangedTopic, {});
      upkeep.start();
    },
    async stop() {
      end();
      await upkeep.stop();
      await deciding;
      await removeHolder(db, processId).catch((error: unknown) =>
        log.warn({ err: error }, 'the others learn a minute later that this process ended'),
      );
      bus.publishRemote(holdersChangedTopic, {});
    },
  };
}
