import { Writable } from 'node:stream';
import { createClient } from '@redis/client';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createKeyRing } from '../../src/platform/crypto/key-ring.ts';
import { Secret } from '../../src/platform/crypto/secret.ts';
import { type DatabaseHandle, openDatabase } from '../../src/platform/database/database.ts';
import { createEventBus, type EventBus } from '../../src/platform/events/event-bus.ts';
import {
  createJointBusTransport,
  type JointBusTransport,
} from '../../src/platform/events/joint-bus-transport.ts';
import { createPostgresBusTransport } from '../../src/platform/events/postgres-bus-transport.ts';
import { createRedisBusTransport } from '../../src/platform/events/redis-bus-transport.ts';
import { createLogger } from '../../src/platform/telemetry/logger.ts';
import { testMasterSecret } from '../test-app.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { hasRedis, RedisServer } from './redis-server.ts';

interface Peer {
  bus: EventBus;
  transport: JointBusTransport;
  logged: string[];
  stop(): Promise<void>;
}

const keys = createKeyRing([new Secret(testMasterSecret)]);
const wait = { timeout: 120_000, interval: 20 };

describe.skipIf(!hasRedis)('messages between processes by Redis and PostgreSQL', () => {
  let database: TestDatabase;
  let handle: DatabaseHandle;
  let redis: RedisServer;
  let peers: Peer[] = [];
  beforeAll(async () => {
    database = await createTestDatabase();
    handle = openDatabase({
      connectionString: database.connectionString,
      maxConnections: 6,
      connectTimeoutMs: 60_000,
      statementTimeoutMs: 10_000,
      onPoolError: () => undefined,
    });
    redis = await RedisServer.start();
  });
  afterEach(async () => {
    for (const peer of peers) await peer.stop();
    peers = [];
  });
  afterAll(async () => {
    await redis.stop();
    await handle.close();
    await database.drop();
  });

  /** A process; `byPostgres: false` cuts it off from LISTEN/NOTIFY, so that what arrives came by Redis. */
  const startPeer = async (options: { url?: string; byPostgres?: false } = {}): Promise<Peer> => {
    const logged: string[] = [];
    const destination = new Writable({
      write(chunk, _encoding, done) {
        logged.push(String(chunk));
        done();
      },
    });
    const log = createLogger({ level: 'info', destination });
    const processId = uuidv7();
    const directUrl = database.connectionString;
    const postgres =
      options.byPostgres === false
        ? undefined
        : createPostgresBusTransport({ pool: handle.pool, directUrl, processId, log });
    const url = new Secret(options.url ?? redis.url);
    const transport = createJointBusTransport({
      postgres,
      redis: createRedisBusTransport({ url, processId, keys, log }),
      log,
    });
    const bus = createEventBus({
      transport,
      onListenerError: (error) => {
        throw error;
      },
    });
    await transport.start();
    const peer = { bus, transport, logged, stop: () => transport.close() };
    peers.push(peer);
    return peer;
  };
  const connected = (...all: Peer[]) =>
    expect
      .poll(() => all.map((peer) => peer.transport.redisStatus), wait)
      .toEqual(all.map(() => 'connected'));
  const heard = (peer: Peer, topic: string): unknown[] => {
    const messages: unknown[] = [];
    peer.bus.subscribe(topic, (data) => messages.push(data));
    return messages;
  };

  const statesIn = (logged: string[]): string[] =>
    logged.flatMap((line) => /redis_(connected|degraded)/.exec(line)?.[1] ?? []);

  test('Redis carries them while it is up', async () => {
    const [a, b] = [await startPeer({ byPostgres: false }), await startPeer({ byPostgres: false })];
    await connected(a, b);
    const messages = heard(b, 'user:1');
    const said = () => {
      a.bus.publish('user:1', { kind: 'document' });
      return messages;
    };
    await expect.poll(said, wait).toContainEqual({ kind: 'document' });
  });

  test('I15: revocations and all else go on by PostgreSQL when Redis is killed, and by Redis when it is back', async () => {
    const [a, b] = [await startPeer(), await startPeer()];
    await connected(a, b);
    const revoked = heard(b, 'sessions.changed');
    const hints = heard(b, 'user:1');
    const gaps = heard(b, 'bus.reconnected');
    await redis.kill();
    // At once: neither process has noticed anything yet.
    a.bus.publish('sessions.changed', { session_ids: ['at once'] });
    a.bus.publish('user:1', { id: 'at once' });
    await expect.poll(() => revoked, wait).toContainEqual({ session_ids: ['at once'] });
    await expect.poll(() => hints, wait).toContainEqual({ id: 'at once' });
    await expect.poll(() => a.transport.redisStatus, wait).toBe('degraded');
    expect(statesIn(a.logged).at(-1)).toBe('degraded');
    await expect.poll(() => gaps.length, wait).toBeGreaterThan(0);

    a.bus.publish('user:1', { id: 'later' });
    await expect.poll(() => hints, wait).toContainEqual({ id: 'later' });

    const gapsBefore = gaps.length;
    await redis.startAgain();
    await connected(a, b);
    expect(gaps.length).toBeGreaterThan(gapsBefore);
    const back = () => {
      a.bus.publish('user:1', { id: 'back' });
      return hints;
    };
    await expect.poll(back, wait).toContainEqual({ id: 'back' });
    // Each change is logged once, however long it lasts.
    const states = statesIn(a.logged);
    expect(states.slice(-2)).toEqual(['degraded', 'connected']);
    expect(states).toEqual(states.map((_, index) => (index % 2 === 0 ? 'connected' : 'degraded')));
  });

  test('I15: a Redis that holds its connections and answers nothing counts as lost', async () => {
    const [a, b] = [await startPeer(), await startPeer()];
    await connected(a, b);
    const hints = heard(b, 'user:1');
    redis.freeze();
    a.bus.publish('user:1', { id: 'into the void' });
    await expect.poll(() => hints, wait).toContainEqual({ id: 'into the void' });
    await expect.poll(() => a.transport.redisStatus, wait).toBe('degraded');
    redis.thaw();
    await connected(a, b);
  });

  test('I15: a process without Redis hears one that has it', async () => {
    const a = await startPeer();
    await connected(a);
    const b = await startPeer({ url: 'redis://127.0.0.1:1' });
    const hints = heard(b, 'user:1');
    await expect
      .poll(() => {
        a.bus.publish('user:1', { id: 'x' });
        return hints.length;
      }, wait)
      .toBeGreaterThan(0);
    expect([a.transport.redisStatus, b.transport.redisStatus]).toEqual(['connected', 'degraded']);
    const back = heard(a, 'user:2');
    b.bus.publish('user:2', { id: 'y' });
    await expect.poll(() => back, wait).toEqual([{ id: 'y' }]);
  });

  test('starts while Redis is away, and picks it up when it comes', async () => {
    await redis.kill();
    const [a, b] = [await startPeer(), await startPeer()];
    const revoked = heard(b, 'sessions.changed');
    a.bus.publish('sessions.changed', { session_ids: ['1'] });
    await expect.poll(() => revoked, wait).toHaveLength(1);
    await redis.startAgain();
    await connected(a, b);
  });

  test('nobody else who reaches Redis can speak on the bus', async () => {
    const [a, b] = [await startPeer({ byPostgres: false }), await startPeer({ byPostgres: false })];
    await connected(a, b);
    const messages = heard(b, 'stream:1');
    const intruder = createClient({ url: redis.url });
    await intruder.connect();
    const forged = JSON.stringify({ from: 'x', topic: 'stream:1', data: { after: 0 } });
    for (const text of [forged, `id.signature.${forged}`, `${keys.current('bus').id}.bad.${forged}`, ''])
      await intruder.publish('aiwfe_bus', text);
    intruder.destroy();
    const heardAll = () => {
      a.bus.publish('stream:1', { after: 7 });
      return messages.length;
    };
    await expect.poll(heardAll, wait).toBeGreaterThan(0);
    expect(messages).toEqual(messages.map(() => ({ after: 7 })));
  });
});
