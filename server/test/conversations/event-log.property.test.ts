import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createEventWriter,
  splitStorable,
} from '../../src/features/conversations/generations/event-writer.ts';
import { replayAnswer } from '../../src/features/conversations/generations/generation-replay.ts';
import { type DatabaseHandle, openDatabase } from '../../src/platform/database/database.ts';
import { createEventBus, type EventBus } from '../../src/platform/events/event-bus.ts';
import { createEventLog, type EventLog, type StreamEvent } from '../../src/platform/events/event-log.ts';
import fc from '../property.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';

/** What happens next: events appended, a viewer that begins, one that loses its connection, one that comes back. */
const Action = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('append' as const), count: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('join' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('drop' as const), viewer: fc.nat(5) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('remote' as const), count: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('turn' as const) }) },
);

interface Viewer {
  seen: StreamEvent[];
  abort: AbortController;
  done: Promise<void>;
}

describe('event log', () => {
  let database: TestDatabase;
  let handle: DatabaseHandle;
  let bus: EventBus;
  let log: EventLog;
  let otherProcess: EventLog;

  beforeAll(async () => {
    database = await createTestDatabase();
    handle = openDatabase({
      connectionString: database.connectionString,
      maxConnections: 8,
      statementTimeoutMs: 10_000,
      onPoolError: () => undefined,
    });
    // Two buses joined as two processes are: what one publishes reaches the other later.
    const listeners: ((message: { topic: string; data: unknown }) => void)[] = [];
    const join = (self: number) => ({
      send: (message: { topic: string; data: unknown }) =>
        void setImmediate(() => listeners[1 - self]?.(JSON.parse(JSON.stringify(message)))),
      onMessage: (listener: (message: { topic: string; data: unknown }) => void) => {
        listeners[self] = listener;
      },
    });
    const onListenerError = (error: unknown): void => {
      throw error;
    };
    bus = createEventBus({ transport: join(0), onListenerError });
    log = createEventLog({ db: handle.db, bus });
    otherProcess = createEventLog({
      db: handle.db,
      bus: createEventBus({ transport: join(1), onListenerError }),
    });
  });
  afterAll(async () => {
    await handle.close();
    await database.drop();
  });

  const follow = (viewer: Viewer, streamId: string): void => {
    viewer.abort = new AbortController();
    viewer.done = (async () => {
      const after = viewer.seen.at(-1)?.seq ?? 0;
      for await (const events of log.follow(streamId, after, viewer.abort.signal))
        viewer.seen.push(...events);
    })();
  };

  it('gives each viewer every event once, however appends, lost connections and returns fall together', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(Action, { maxLength: 25 }), async (actions) => {
        const streamId = uuidv7();
        await log.create(handle.db, { id: streamId, kind: 'test', ownerId: uuidv7() });
        const { attempt } = await log.takeOver(streamId);
        const viewers: Viewer[] = [];
        let appended = 0;
        const append = async (by: EventLog, count: number): Promise<void> => {
          const events = Array.from({ length: count }, () => ({
            type: 'delta',
            data: { text: `${++appended} ` },
          }));
          await by.append(streamId, attempt, events);
        };
        for (const action of actions) {
          if (action.kind === 'append') await append(log, action.count);
          else if (action.kind === 'remote') await append(otherProcess, action.count);
          else if (action.kind === 'turn') await new Promise((resolve) => setImmediate(resolve));
          else if (action.kind === 'join') {
            const viewer = { seen: [], abort: new AbortController(), done: Promise.resolve() };
            follow(viewer, streamId);
            viewers.push(viewer);
          } else {
            const viewer = viewers[action.viewer % Math.max(1, viewers.length)];
            viewer?.abort.abort();
            await viewer?.done;
            if (viewer) follow(viewer, streamId);
          }
        }
        const end = [{ type: 'end', data: {} }];
        log.announce(streamId, await log.appendIn(handle.db, streamId, attempt, end, { end: true }));
        await Promise.all(viewers.map((viewer) => viewer.done));
        const stored = await log.read(streamId, 0, 1_000);
        expect(stored).toHaveLength(appended + 1);
        for (const viewer of viewers) expect(viewer.seen).toEqual(stored);
      }),
      { numRuns: 60 },
    );
  });

  it('stores text whole and in order however it is cut into pieces', async () => {
    const pieces = fc.array(
      fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\ud83d', '\ude00', '\0', 'a')),
      {
        maxLength: 60,
      },
    );
    await fc.assert(
      fc.asyncProperty(pieces, async (texts) => {
        const streamId = uuidv7();
        await log.create(handle.db, { id: streamId, kind: 'test', ownerId: uuidv7() });
        const { attempt } = await log.takeOver(streamId);
        const writer = createEventWriter({ eventLog: log, streamId, attempt, onFailure: () => undefined });
        for (const text of texts) await writer.text('delta', text);
        await writer.flush();
        const replayed = replayAnswer(await log.read(streamId, 0, 1_000));
        expect(replayed.text).toBe(writer.answer());
        const whole = texts.join('');
        const kept = splitStorable(whole);
        expect(replayed.text).toBe(kept.text);
      }),
      { numRuns: 60 },
    );
  });

  it('refuses a writer whose attempt is old', async () => {
    const streamId = uuidv7();
    await log.create(handle.db, { id: streamId, kind: 'test', ownerId: uuidv7() });
    const { attempt } = await log.takeOver(streamId);
    const failures: unknown[] = [];
    const writer = createEventWriter({
      eventLog: log,
      streamId,
      attempt,
      onFailure: (error) => failures.push(error),
    });
    await log.takeOver(streamId);
    writer.push({ type: 'delta', data: { text: 'late' } });
    await expect(writer.flush()).rejects.toMatchObject({ code: 'streams.fenced' });
    expect(failures).toHaveLength(1);
    await expect(log.heartbeat(streamId, attempt)).rejects.toMatchObject({ code: 'streams.fenced' });
  });
});
