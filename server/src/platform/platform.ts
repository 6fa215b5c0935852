import type { KeyRing } from './crypto/key-ring.ts';
import type { SecretBox } from './crypto/secret-box.ts';
import type { Database } from './database/database.ts';
import type { WorkflowEngine } from './durable/workflow-engine.ts';
import type { EventBus } from './events/event-bus.ts';
import type { EventLog } from './events/event-log.ts';
import type { UserFeed } from './events/user-feed.ts';
import type { Geo } from './geo/geo.ts';
import type { Logger } from './telemetry/logger.ts';

/** What every feature may be given. */
export interface Platform {
  db: Database;
  engine: WorkflowEngine;
  bus: EventBus;
  eventLog: EventLog;
  userFeed: UserFeed;
  geo: Geo;
  keys: KeyRing;
  secretBox: SecretBox;
  log: Logger;
  clock: () => Date;
}
