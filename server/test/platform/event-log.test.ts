import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type DatabaseHandle, openDatabase } from '../../src/platform/database/database.ts';
import { createEventBus, type EventBus } from '../../src/platform/events/event-bus.ts';
import { createEventLog, type EventLog, StreamFenced } from '../../src/platform/events/event-log.ts';
import fc from '../property.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';

const ownerId = uuidv7();

describe('event log', () => {
  let database: TestDatabase;
  let handle: DatabaseHandle;
  let log: EventLog;
  let bus: EventBus;

  beforeAll(async () => {
    database = await createTestDatabase();
    handle = openDatabase({
      connectionString: database.connectionString,
      maxConnections: 8,
      statementTimeoutMs: 10_000,
      onPoolError: () => undefined,
    });
    bus = createEventBus({ onListenerError: () => undefined });
    log = createEventLog({ db: handle.db, bus });
  });
  afterAll(async () => {
    await handle.close();
    await database.drop();
  });

  const newStream = async (): Promise<string> => {
    const id = uuidv7();
    await log.create(handle.db, { id, kind: 'test', ownerId });
    return id;
  };
  const collect = async (
    id: string,
    afterSeq: number,
    signal = new AbortController().signal,
  ): Promise<number[]> => {
    const seen: number[] = [];
    for await (const events of log.follow(id, afterSeq, signal))
      seen.push(...events.map((event) => event.seq));
    return seen;
  };
  const end = async (id: string, attempt: number): Promise<void> => {
    const stored = await log.appendIn(handle.db, id, attempt, [{ type: 'end', data: {} }], { end: true });
    log.announce(id, stored);
  };

  it('numbers events from 1 without gaps', async () => {
    const id = await newStream();
    const { attempt } = await log.takeOver(id);
    expect(await log.append(id, attempt, [{ type: 'delta', data: { text: 'a' } }])).toBe(1);
    expect(
      await log.append(
        id,
        attempt,
        [1, 2, 3].map((n) => ({ type: 'delta', data: { n } })),
      ),
    ).toBe(4);
    expect((await log.read(id, 1, 10)).map((event) => [event.seq, event.data])).toEqual([
      [2, { n: 1 }],
      [3, { n: 2 }],
      [4, { n: 3 }],
    ]);
  });

  it('fences an attempt that was taken over, and everything after the end', async () => {
    const id = await newStream();
    const { attempt: first } = await log.takeOver(id);
    const { attempt: second } = await log.takeOver(id);
    await expect(log.append(id, first, [{ type: 'delta', data: {} }])).rejects.toMatchObject({
      code: StreamFenced.code,
    });
    await log.append(id, second, [{ type: 'delta', data: {} }]);
    await end(id, second);
    await expect(log.append(id, second, [{ type: 'delta', data: {} }])).rejects.toMatchObject({
      code: StreamFenced.code,
    });
    await expect(log.takeOver(id)).rejects.toMatchObject({ code: StreamFenced.code });
  });

  it('stores nothing of an append whose transaction was rolled back', async () => {
    const id = await newStream();
    const { attempt } = await log.takeOver(id);
    const broken = handle.db.transaction().execute(async (trx) => {
      await log.appendIn(trx, id, attempt, [{ type: 'end', data: {} }], { end: true });
      throw new Error('no');
    });
    await expect(broken).rejects.toThrow('no');
    expect(await log.find(id)).toMatchObject({ lastSeq: 0, ended: false });
  });

  it('ends a viewer of a stream that had ended before it came, and of one that does not exist', async () => {
    const id = await newStream();
    const { attempt } = await log.takeOver(id);
    await end(id, attempt);
    expect(await collect(id, 0)).toEqual([1]);
    expect(await collect(id, 1)).toEqual([]);
    expect(await collect(uuidv7(), 0)).toEqual([]);
  });

  it('tells the producer of a stop, once asked for', async () => {
    const id = await newStream();
    const stopped = new Promise<void>((resolve) => log.onStop(id, resolve));
    await log.requestStop(handle.db, id);
    log.announceStop(id);
    await stopped;
    expect(await log.find(id)).toMatchObject({ stopRequested: true });
  });

  describe('told of events', () => {
    const one = { type: 'delta', data: {} };
    const watch = (id: string) => {
      const seen: number[] = [];
      const gone = new AbortController();
      const done = (async () => {
        for await (const events of log.follow(id, 0, gone.signal)) seen.push(...events.map(({ seq }) => seq));
      })();
      return {
        seen,
        async leave() {
          gone.abort();
          await done;
        },
      };
    };
    // The look that a viewer takes from time to time would make up for whatever it was not told.
    const withoutLooking = () => void vi.useFakeTimers({ toFake: ['setTimeout'] });
    afterEach(() => void vi.useRealTimers());

    it('reads from the log what stands between them', async () => {
      const id = await newStream();
      const { attempt } = await log.takeOver(id);
      withoutLooking();
      const viewer = watch(id);
      await log.append(id, attempt, [one]);
      await expect.poll(() => viewer.seen).toEqual([1]);
      await log.appendIn(handle.db, id, attempt, [one, one]);
      await log.append(id, attempt, [one]);
      await expect.poll(() => viewer.seen).toHaveLength(4);
      expect(viewer.seen).toEqual([1, 2, 3, 4]);
      await viewer.leave();
    });

    it('reads from the log what it was told of without text, as from another process', async () => {
      const id = await newStream();
      const { attempt } = await log.takeOver(id);
      withoutLooking();
      const viewer = watch(id);
      await log.append(id, attempt, [one]);
      await expect.poll(() => viewer.seen).toEqual([1]);
      await log.appendIn(handle.db, id, attempt, [one]);
      bus.publishLocal(`stream:${id}`, { after: 1 });
      await expect.poll(() => viewer.seen).toEqual([1, 2]);
      await viewer.leave();
    });

    it('holds a few of them only for a viewer that takes none, which then has the rest from the log', async () => {
      const id = await newStream();
      const { attempt } = await log.takeOver(id);
      withoutLooking();
      const gone = new AbortController();
      const events = log.follow(id, 0, gone.signal);
      await log.append(id, attempt, [one]);
      expect((await events.next()).value).toMatchObject([{ seq: 1 }]);
      for (let count = 0; count < 201; count++) await log.append(id, attempt, [one]);
      await sql`update stream_events set data = '{"from": "log"}' where stream_id = ${id}`.execute(handle.db);
      const { value } = await events.next();
      expect(value).toHaveLength(201);
      expect(value?.[0]).toEqual({ seq: 2, type: 'delta', data: { from: 'log' } });
      gone.abort();
      expect((await events.next()).done).toBe(true);
    });
  });

  it('does not let an old attempt say that it lives', async () => {
    const id = await newStream();
    const { attempt: first } = await log.takeOver(id);
    const { attempt: second } = await log.takeOver(id);
    await expect(log.heartbeat(id, first)).rejects.toMatchObject({ code: StreamFenced.code });
    expect(await log.heartbeat(id, second)).toEqual({ stopRequested: false });
    await log.requestStop(handle.db, id);
    expect(await log.heartbeat(id, second)).toEqual({ stopRequested: true });
    await end(id, second);
    await expect(log.heartbeat(id, second)).rejects.toMatchObject({ code: StreamFenced.code });
  });

  it('gives every viewer every event once, whatever the batches, joins and reconnects', async () => {
    const scenario = fc.record({
      batches: fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 12 }),
      viewers: fc.array(fc.record({ joinBefore: fc.nat(12), leaveAfter: fc.nat(30) }), {
        minLength: 1,
        maxLength: 4,
      }),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ batches, viewers }) => {
        const id = await newStream();
        const { attempt } = await log.takeOver(id);
        const total = batches.reduce((sum, size) => sum + size, 0) + 1;
        const results: Promise<number[]>[] = [];
        const join = (leaveAfter: number): Promise<number[]> => watchWithReconnect(id, leaveAfter);
        for (const [index, size] of batches.entries()) {
          for (const viewer of viewers)
            if (viewer.joinBefore === index) results.push(join(viewer.leaveAfter));
          await log.append(
            id,
            attempt,
            Array.from({ length: size }, () => ({ type: 'delta', data: {} })),
          );
        }
        await end(id, attempt);
        results.push(join(0));
        const all = Array.from({ length: total }, (_, index) => index + 1);
        for (const seen of await Promise.all(results)) expect(seen).toEqual(all);
      }),
      { numRuns: 25 },
    );
  });

  /** Follows, drops the connection once after `leaveAfter` events, and resumes after the last one seen. */
  async function watchWithReconnect(id: string, leaveAfter: number): Promise<number[]> {
    const seen: number[] = [];
    const connection = new AbortController();
    for await (const events of log.follow(id, 0, connection.signal)) {
      seen.push(...events.map((event) => event.seq));
      if (seen.length >= leaveAfter) connection.abort();
    }
    return connection.signal.aborted ? [...seen, ...(await collect(id, seen.at(-1) ?? 0))] : seen;
  }
});
