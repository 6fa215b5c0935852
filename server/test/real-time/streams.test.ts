import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StreamEvent } from '../../src/platform/events/event-log.ts';
import type { StreamSource } from '../../src/platform/events/stream-source.ts';
import fc from '../property.ts';
import { createSocketWorld, type SocketWorld } from './socket-world.ts';
import type { SeenFrame, TestSocket } from './test-socket.ts';

const eventsOf = (socket: TestSocket, stream: string): SeenFrame[] =>
  socket.frames.filter((frame) => frame.stream === stream && frame.seq !== null);

describe('numbered streams over a WebSocket', () => {
  let world: SocketWorld;
  let userId: string;
  beforeAll(async () => {
    world = await createSocketWorld({
      limits: { perPerson: 1_000, messages: { max: 10_000, everyMs: 10_000 } },
    });
    userId = (await world.person()).userId;
  });
  afterAll(() => world.stop());

  const newStream = async (ownerId = userId) => {
    const id = uuidv7();
    await world.eventLog.create(world.db, { id, kind: 'test', ownerId });
    const { attempt } = await world.eventLog.takeOver(id);
    let sent = 0;
    return {
      id,
      append: (count: number) =>
        world.eventLog.append(
          id,
          attempt,
          Array.from({ length: count }, () => ({ type: 'delta', data: { n: ++sent } })),
        ),
      async end() {
        const stored = await world.eventLog.appendIn(world.db, id, attempt, [{ type: 'end', data: {} }], {
          end: true,
        });
        world.eventLog.announce(id, stored);
      },
    };
  };
  const resume = (socket: TestSocket, stream: string, afterSeq: number) =>
    socket.say({ type: 'resume', stream, after_seq: afterSeq });
  const done = (socket: TestSocket, stream: string) =>
    socket.frame((frame) => frame.stream === stream && frame.type === 'done');

  test('every event once, however appends, lost connections and returns fall together', async () => {
    const Action = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ do: fc.constant('append' as const), n: fc.integer({ min: 1, max: 5 }) }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('join' as const), n: fc.constant(0) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('drop' as const), n: fc.nat(5) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('again' as const), n: fc.nat(5) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(Action, { maxLength: 20 }), async (actions) => {
        const stream = await newStream();
        const viewers: { socket: TestSocket; seen: SeenFrame[] }[] = [];
        const connect = async (viewer: (typeof viewers)[number]) => {
          viewer.socket = await world.open(userId);
          resume(viewer.socket, stream.id, viewer.seen.at(-1)?.seq ?? 0);
        };
        for (const action of actions) {
          const viewer = viewers[action.n % Math.max(1, viewers.length)];
          if (action.do === 'append') await stream.append(action.n);
          else if (action.do === 'join') {
            const joined = { socket: await world.open(userId), seen: [] };
            resume(joined.socket, stream.id, 0);
            viewers.push(joined);
          } else if (viewer) {
            await viewer.socket.close();
            viewer.seen.push(...eventsOf(viewer.socket, stream.id));
            await connect(viewer);
          }
        }
        await stream.end();
        const stored: StreamEvent[] = await world.eventLog.read(stream.id, 0, 1_000);
        for (const { socket, seen } of viewers) {
          await done(socket, stream.id);
          const all = [...seen, ...eventsOf(socket, stream.id)];
          expect(all).toEqual(stored.map((event) => ({ ...event, stream: stream.id })));
          await socket.close();
        }
      }),
      { numRuns: 40 },
    );
  });

  test('one connection follows several, leaves one, and begins one anew where it says', async () => {
    const [left, kept] = [await newStream(), await newStream()];
    const socket = await world.open(userId);
    resume(socket, left.id, 0);
    resume(socket, kept.id, 0);
    await left.append(1);
    await kept.append(3);
    await socket.frame(({ stream, seq }) => stream === left.id && seq === 1);
    await socket.frame(({ stream, seq }) => stream === kept.id && seq === 3);
    socket.say({ type: 'leave', stream: left.id });
    resume(socket, kept.id, 1);
    socket.say({ type: 'ping' });
    await socket.ofType('pong');
    await left.append(1);
    await kept.end();
    await done(socket, kept.id);
    expect(eventsOf(socket, left.id).map(({ seq }) => seq)).toEqual([1]);
    expect(eventsOf(socket, kept.id).map(({ seq }) => seq)).toEqual([1, 2, 3, 2, 3, 4]);
    await socket.close();
  });

  test('says that a stream is over to who has seen it all', async () => {
    const stream = await newStream();
    await stream.end();
    const socket = await world.open(userId);
    resume(socket, stream.id, 1);
    await done(socket, stream.id);
    expect(eventsOf(socket, stream.id)).toEqual([]);
    await socket.close();
  });

  test('follows no more than twenty at once', async () => {
    const socket = await world.open(userId);
    for (let count = 0; count < 20; count++) resume(socket, (await newStream()).id, 0);
    const one = await newStream();
    resume(socket, one.id, 0);
    const answer = await socket.frame(({ stream }) => stream === one.id);
    expect(answer).toMatchObject({ type: 'error', data: { code: 'streams.too_many' } });
    await socket.close();
  });
});

describe('a client that does not read', () => {
  const total = 2_000;
  let taken = 0;
  const source: StreamSource = {
    channel: 'chat',
    async follow(_actor, _id, afterSeq) {
      return (async function* () {
        for (let seq = afterSeq + 1; seq <= total; seq++) {
          taken = seq;
          yield [{ seq, type: 'delta', data: { text: 'x'.repeat(10_000) } }];
        }
      })();
    },
  };
  let world: SocketWorld;
  let userId: string;
  beforeAll(async () => {
    world = await createSocketWorld({ sources: () => [source] });
    userId = (await world.person()).userId;
  });
  afterAll(() => world.stop());

  test('stops the reading of the log, is sent away after a minute, and resumes without a gap', async () => {
    const stream = uuidv7();
    const slow = await world.open(userId);
    slow.raw.pause();
    slow.say({ type: 'resume', stream, after_seq: 0 });
    await expect.poll(() => taken).toBeGreaterThan(0);
    world.pass(1_000);
    world.pass(61_000);
    // Its buffers and the network's hold a part; the rest was never taken.
    expect(taken).toBeLessThan(total);
    slow.raw.resume();
    // Cut without its last frame when a busy machine does not get through the backlog in time.
    expect([
      { code: 4408, reason: 'sockets.not_reading' },
      { code: 1006, reason: '' },
    ]).toContainEqual(await slow.closed);

    const again = await world.open(userId);
    const last = slow.frames.findLast(({ seq }) => seq !== null)?.seq ?? 0;
    again.say({ type: 'resume', stream, after_seq: last });
    await again.ofType('done');
    const seqs = [...eventsOf(slow, stream), ...eventsOf(again, stream)].map(({ seq }) => seq);
    expect(seqs).toEqual(Array.from({ length: total }, (_, index) => index + 1));
    await again.close();
  });
});
