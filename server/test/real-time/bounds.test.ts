import { afterEach, describe, expect, test } from 'vitest';
import { createSocketWorld, type SocketWorld, type SocketWorldOptions } from './socket-world.ts';
import { Refused, TestSocket } from './test-socket.ts';

let world: SocketWorld;
const start = async (options: SocketWorldOptions = {}): Promise<string> => {
  world = await createSocketWorld(options);
  return (await world.person()).userId;
};
const openOne = async (channel?: string): Promise<TestSocket> => {
  const userId = await start();
  return world.open(userId, channel);
};
afterEach(() => world.stop());

describe('S28: what is due by the clock', () => {
  test('a connection that does not say whose it is ends', async () => {
    await start();
    const socket = await TestSocket.open({ url: world.url });
    world.pass(4_000);
    expect(socket.raw.readyState).toBe(socket.raw.OPEN);
    world.pass(2_000);
    expect(await socket.closed).toEqual({ code: 4401, reason: 'auth.ticket_required' });
  });

  test('every 25 seconds a client is pinged', async () => {
    const socket = await openOne();
    world.pass(25_000);
    expect(await socket.ofType('ping')).toEqual({ type: 'ping', seq: null, data: {} });
    world.pass(25_000);
    await expect.poll(() => socket.frames.filter(({ type }) => type === 'ping')).toHaveLength(2);
  });

  test('a client that is not heard of any more is cut off', async () => {
    const socket = await openOne();
    // Nothing is read, so no ping is answered.
    socket.raw.pause();
    world.pass(76_000);
    socket.raw.resume();
    expect((await socket.closed).code).toBe(1006);
    expect(world.realTime.hub.size).toBe(0);
  });

  test('S28: a session that ended without a word is found within 30 seconds', async () => {
    const socket = await openOne();
    world.pass(0);
    world.live.clear();
    world.pass(30_000);
    expect(await socket.closed).toEqual({ code: 4401, reason: 'auth.session_expired' });
  });

  test('I13: a client is asked for a new ticket in time, and ends without one', async () => {
    const userId = await start({ limits: { silenceMs: Number.POSITIVE_INFINITY } });
    const socket = await world.open(userId);
    world.pass(3_500_000);
    expect((await socket.ofType('renew')).data.renew_before).toMatch(/^\d{4}-/);
    world.pass(101_000);
    expect(await socket.closed).toEqual({ code: 4401, reason: 'auth.session_expired' });
  });
});

describe('S28: how many there may be', () => {
  test('a person has so many connections, and one more when one has ended', async () => {
    const userId = await start({ limits: { perPerson: 2 } });
    const first = await world.open(userId);
    await world.open(userId);
    const third = await TestSocket.open({
      url: world.url,
      headers: { 'x-test-session': [...world.live.keys()][0]! },
    });
    expect(await third.closed).toEqual({ code: 4429, reason: 'sockets.too_many' });
    await first.close();
    await expect.poll(() => world.realTime.hub.size).toBe(1);
    await world.open(userId);
  });

  test('a process has so many, and refuses one more before the upgrade', async () => {
    const userId = await start({ limits: { connections: 1 } });
    await world.open(userId);
    const refused = await TestSocket.open({ url: world.url }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Refused);
    expect([(refused as Refused).status, (refused as Refused).code]).toEqual([503, 'overloaded']);
  });

  test('those that have not said whose they are leave room for those that have', async () => {
    const userId = await start({ limits: { unproven: 1 } });
    await TestSocket.open({ url: world.url });
    await expect(TestSocket.open({ url: world.url })).rejects.toMatchObject({ status: 503 });
    await world.open(userId);
  });
});

describe('hints', () => {
  test('a gap on the bus is told, so that pages read again', async () => {
    const socket = await openOne('notifications');
    world.bus.publishLocal('bus.reconnected', {});
    expect(await socket.ofType('gap')).toEqual({ type: 'gap', seq: null, data: {} });
  });

  test('for a client that does not read, equal hints become one and very many become a gap', async () => {
    const userId = await start();
    const socket = await world.open(userId, 'notifications');
    socket.raw.pause();
    const long = 'x'.repeat(1_000);
    for (let hint = 0; hint < 30_000; hint++) world.userFeed.changed(userId, 'document', long);
    world.userFeed.changed(userId, 'document', 'last');
    socket.raw.resume();
    await socket.frame(({ data }) => data.id === 'last');
    const before = socket.frames.length;
    expect(before).toBeLessThan(29_000);

    socket.raw.pause();
    for (let hint = 0; hint < 30_000; hint++) world.userFeed.changed(userId, 'document', `${hint} ${long}`);
    socket.raw.resume();
    await socket.ofType('gap');
    expect(socket.frames.length - before).toBeLessThan(29_000);
  });

  test('progress tells of work only', async () => {
    const userId = await start();
    const socket = await world.open(userId, 'progress');
    world.userFeed.changed(userId, 'conversation', 'c');
    world.userFeed.changed(userId, 'document', 'd');
    expect((await socket.ofType('changed')).data).toEqual({ kind: 'document', id: 'd' });
  });
});
