import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { goodPassword, signedIn } from '../identity/client.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { hasRedis, RedisServer } from './redis-server.ts';
import { TestSocket, ticketOf } from './test-socket.ts';

interface Cluster {
  database: TestDatabase;
  first: TestApp;
  second: TestApp;
  urls: [string, string];
  stop(): Promise<void>;
}

async function startCluster(environ: Record<string, string> = {}): Promise<Cluster> {
  const database = await createTestDatabase();
  const options = {
    guard: 'real',
    role: 'api',
    alone: false,
    connectionString: database.connectionString,
    environ,
  } as const;
  const first = await createTestApp(options);
  const second = await createTestApp(options);
  const urls: [string, string] = [await first.listen(), await second.listen()];
  return {
    database,
    first,
    second,
    urls,
    async stop() {
      await first.stop();
      await second.stop();
      await database.drop();
    },
  };
}

const ended = { code: 4401, reason: 'auth.session_expired' };
let cluster: Cluster;
let people = 0;
const person = () => signedIn(cluster.first, `revoked-${++people}@example.org`);

describe('S19, S28: two processes on one database', () => {
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(() => cluster.stop());

  /** An open WebSocket of the same sign-in in each process. */
  const openBoth = async (browser: Awaited<ReturnType<typeof person>>['browser']) => {
    const sockets = await Promise.all(
      cluster.urls.map((url) => TestSocket.open({ url, browser, channel: 'chat' })),
    );
    await Promise.all(sockets.map((socket) => socket.ofType('ready')));
    return sockets;
  };
  const codes = (sockets: TestSocket[]) => Promise.all(sockets.map((socket) => socket.closed));

  test('a ticket of one process opens a WebSocket of the other, and is used up for both', async () => {
    const { browser } = await person();
    const ticket = await ticketOf(browser);
    const socket = await TestSocket.open({ url: cluster.urls[1], origin: null, token: ticket });
    await socket.ofType('ready');
    await expect(
      TestSocket.open({ url: cluster.urls[0], origin: null, token: ticket }),
    ).rejects.toMatchObject({
      status: 401,
    });
    await socket.close();
  });

  test('signing out ends the WebSockets of that sign-in in both, by event, and no other', async () => {
    const { browser, email } = await person();
    const other = browser.copy();
    other.jar.clear();
    await other.signIn(email);
    const sockets = await openBoth(browser);
    const others = await openBoth(other);
    await browser.request('POST', '/api/v1/auth/logout');
    expect(await codes(sockets)).toEqual([ended, ended]);
    for (const socket of others) {
      socket.say({ type: 'ping' });
      await socket.ofType('pong');
      await socket.close();
    }
  });

  test('ending all other sessions ends their WebSockets in both', async () => {
    const { browser, email } = await person();
    const other = browser.copy();
    other.jar.clear();
    await other.signIn(email);
    const sockets = await openBoth(other);
    expect((await browser.request('DELETE', '/api/v1/auth/sessions')).statusCode).toBe(200);
    expect(await codes(sockets)).toEqual([ended, ended]);
  });

  test('a changed password ends the WebSockets of other sign-ins in both', async () => {
    const { browser, email } = await person();
    const other = browser.copy();
    other.jar.clear();
    await other.signIn(email);
    const sockets = await openBoth(other);
    const changed = await browser.request('POST', '/api/v1/auth/password/change', {
      json: { current_password: goodPassword, new_password: 'another harbour lantern quilt' },
    });
    expect(changed.statusCode, changed.body).toBe(200);
    expect(await codes(sockets)).toEqual([ended, ended]);
  });

  test('suspending a person ends their WebSockets in both', async () => {
    const { browser, id } = await person();
    const sockets = await openBoth(browser);
    await cluster.second.platform.db
      .updateTable('users' as never)
      .set({ status: 'suspended' } as never)
      .where('id' as never, '=', id as never)
      .execute();
    cluster.second.platform.bus.publish('accounts.changed', { user_id: id });
    expect(await codes(sockets)).toEqual([ended, ended]);
  });

  test('a revocation whose message was lost is found when messages may have been missed', async () => {
    const { browser, sessionId } = await person();
    const sockets = await openBoth(browser);
    await cluster.first.platform.db
      .updateTable('sessions' as never)
      .set({ ended_at: new Date(), end_reason: 'signed_out' } as never)
      .where('id' as never, '=', sessionId as never)
      .execute();
    for (const app of [cluster.first, cluster.second]) app.platform.bus.publishLocal('bus.reconnected', {});
    expect(await codes(sockets)).toEqual([ended, ended]);
  });
});

test('a server that stops sends its clients away and ends', async () => {
  const app = await createTestApp({ guard: 'real', role: 'api' });
  const url = await app.listen();
  const { browser } = await signedIn(app, 'stop@example.org');
  const socket = await TestSocket.open({ url, browser });
  await socket.ofType('ready');
  await app.stop();
  expect(await socket.closed).toEqual({ code: 1012, reason: 'shutting_down' });
});

describe.skipIf(!hasRedis)('I15: Redis is lost', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.start();
    cluster = await startCluster({ REDIS_URL: redis.url });
  });
  afterAll(async () => {
    await cluster.stop();
    await redis.stop();
  });

  const statusOfRedis = async (): Promise<unknown> => {
    const response = await cluster.second.app.inject({ url: '/api/health' });
    expect([response.statusCode, response.json().status]).toEqual([200, 'healthy']);
    return response.json().redis;
  };

  test('health says so while sign-in and revocation go on, and it is picked up when it is back', async () => {
    const wait = { timeout: 120_000, interval: 20 };
    await expect.poll(statusOfRedis, wait).toBe('connected');
    await redis.kill();
    const { browser } = await person();
    const socket = await TestSocket.open({ url: cluster.urls[1], browser });
    await socket.ofType('ready');
    await browser.request('POST', '/api/v1/auth/logout');
    expect(await socket.closed).toEqual(ended);
    await expect.poll(statusOfRedis, wait).toBe('degraded');
    await redis.startAgain();
    await expect.poll(statusOfRedis, wait).toBe('connected');
  });
});
