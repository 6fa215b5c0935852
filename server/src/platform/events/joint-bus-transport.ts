import type { Logger } from '../telemetry/logger.ts';
import { type BusMessage, type BusTransport, busReconnectedTopic } from './event-bus.ts';
import type { PostgresBusTransport } from './postgres-bus-transport.ts';
import type { RedisBusTransport } from './redis-bus-transport.ts';

/** What must reach every process within a second whatever happens to Redis (S19, I15). */
const alwaysByPostgres: ReadonlySet<string> = new Set([
  'sessions.changed',
  'accounts.changed',
  'policies.changed',
  'api-keys.changed',
]);
/** A process that has no Redis asks the others to send by PostgreSQL too; it repeats that while it lasts. */
const withoutRedisTopic = 'bus.without-redis';
const askEveryMs = 5_000;
const askedForMs = 15_000;

export interface JointBusTransport extends BusTransport {
  readonly redisStatus: 'connected' | 'degraded';
  start(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Redis and PostgreSQL as one carrier. PostgreSQL always carries what ends sessions, so losing Redis weakens nothing;
 * Redis carries everything while it is up, and takes the load of the rest off the database. A message may arrive twice,
 * which harms nobody: every message says that something must be read again. When Redis is lost, by this process or by
 * another, PostgreSQL carries all until it is back, without a restart; `bus.reconnected` tells the caches about the gap.
 * `postgres` is `undefined` where there is one process only.
 */
export function createJointBusTransport(options: {
  postgres: PostgresBusTransport | undefined;
  redis: RedisBusTransport;
  log: Logger;
}): JointBusTransport {
  const { postgres, redis, log } = options;
  let deliver: (message: BusMessage) => void = () => undefined;
  let othersNeedPostgresUntilMs = 0;
  let timer: NodeJS.Timeout | undefined;
  const ask = (): void => {
    if (!redis.up) postgres?.send({ topic: withoutRedisTopic, data: {} });
  };
  redis.onUndelivered((message) => postgres?.send(message));
  redis.onChange((up) => {
    if (up) log.info({ code: 'redis_connected' }, 'Redis carries messages between processes');
    else log.error({ code: 'redis_degraded' }, degradedText);
    ask();
    deliver({ topic: busReconnectedTopic, data: {} });
  });
  return {
    get redisStatus() {
      return redis.up ? 'connected' : 'degraded';
    },
    send(message) {
      const { up } = redis;
      if (up) redis.send(message);
      if (!up || alwaysByPostgres.has(message.topic) || Date.now() < othersNeedPostgresUntilMs)
        postgres?.send(message);
    },
    onMessage(listener) {
      deliver = listener;
      redis.onMessage(listener);
      postgres?.onMessage((message) => {
        if (message.topic === withoutRedisTopic) othersNeedPostgresUntilMs = Date.now() + askedForMs;
        else listener(message);
      });
    },
    async start() {
      await postgres?.start();
      redis.start();
      ask();
      timer = setInterval(ask, askEveryMs).unref();
    },
    async close() {
      clearInterval(timer);
      redis.close();
      await postgres?.close();
    },
  };
}

const degradedText =
  'Redis is lost. PostgreSQL carries messages between processes until it is back; nothing else changes. Check that Redis runs and that REDIS_URL is right.';
