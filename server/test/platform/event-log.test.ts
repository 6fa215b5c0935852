import fc from 'fast-check';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DatabaseHandle, openDatabase } from '../../src/platform/database/database.ts';
import { createEventBus } from '../../src/platform/events/event-bus.ts';
import { createEventLog, type EventLog, StreamFenced } from '../../src/platform/events/event-log.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';

const ownerId = uuidv7();

describe('event log', () => {
  let database: TestDatabase;
  let handle: DatabaseHandle;
  let log: EventLog;

  beforeAll(async () => {
    database = await createTestDatabase();
    handle = openDatabase({
      connectionString: database.connectionString,
      maxConnections: 8,
      statementTimeoutMs: 10_000,
      onPoolError: () => undefined,
    });
    const bus = createEventBus({ onListenerError: () => undefined });
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
