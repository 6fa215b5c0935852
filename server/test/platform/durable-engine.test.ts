import { Type } from 'typebox';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DatabaseHandle, openDatabase } from '../../src/platform/database/database.ts';
import { createDurableEngine, type DurableEngine } from '../../src/platform/durable/dbos-engine.ts';
import { createEventBus } from '../../src/platform/events/event-bus.ts';
import { createLogger } from '../../src/platform/telemetry/logger.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';

const errors: unknown[] = [];
const log = createLogger({ level: process.env.TEST_LOG_LEVEL ?? 'silent' });
log.error = (error: unknown) => void errors.push(error);

describe('durable engine', () => {
  let database: TestDatabase;
  let handle: DatabaseHandle;
  let engine: DurableEngine;
  const calls: string[] = [];
  const finished = new Map<string, (value: unknown) => void>();
  const whenFinished = (id: string): Promise<unknown> => new Promise((resolve) => finished.set(id, resolve));

  beforeAll(async () => {
    database = await createTestDatabase();
    handle = openDatabase({
      connectionString: database.connectionString,
      maxConnections: 5,
      connectTimeoutMs: 60_000,
      statementTimeoutMs: 10_000,
      onPoolError: () => undefined,
    });
    const bus = createEventBus({ onListenerError: () => undefined });
    engine = createDurableEngine({
      db: handle.db,
      directUrl: database.connectionString,
      bus,
      log,
      alone: true,
    });
    const input = Type.Object({ name: Type.String() }, { additionalProperties: false });
    const run = async (
      context: { workflowId: string; step: <R>(name: string, work: () => Promise<R>) => Promise<R> },
      { name }: { name: string },
    ): Promise<string> => {
      const greeting = await context.step('greet', async () => {
        calls.push(name);
        return `hello ${name}`;
      });
      finished.get(context.workflowId)?.(greeting);
      return greeting;
    };
    engine.register([
      { name: 'test.greet', input, dispatch: 'immediate', run: run as never },
      {
        name: 'test.begins',
        input: Type.Object({ other: Type.String() }, { additionalProperties: false }),
        dispatch: 'immediate',
        run: (async (context: Parameters<typeof run>[0], { other }: { other: string }) =>
          context.step('begin', async () => {
            await engine.start(handle.db, {
              name: 'test.greet',
              workflowId: other,
              input: { name: 'Inner' },
            });
            engine.wake(other);
          })) as never,
      },
      { name: 'test.queued', input, dispatch: { queue: 'test', perProcess: 1 }, run: run as never },
    ]);
    await engine.launch();
  });

  afterAll(async () => {
    await engine.stop(2_000);
    await handle.close();
    await database.drop();
  });

  it('runs what was asked for inside a committed transaction', async () => {
    const id = uuidv7();
    const done = whenFinished(id);
    await handle.db
      .transaction()
      .execute((trx) => engine.start(trx, { name: 'test.greet', workflowId: id, input: { name: 'Ada' } }));
    engine.wake();
    expect(await done).toBe('hello Ada');
  });

  it('runs nothing of a transaction that was rolled back', async () => {
    const id = uuidv7();
    const attempt = handle.db.transaction().execute(async (trx) => {
      await engine.start(trx, { name: 'test.greet', workflowId: id, input: { name: 'Nobody' } });
      throw new Error('changed my mind');
    });
    await expect(attempt).rejects.toThrow('changed my mind');
    const other = uuidv7();
    const done = whenFinished(other);
    await engine.start(handle.db, { name: 'test.greet', workflowId: other, input: { name: 'Grace' } });
    engine.wake();
    await done;
    expect(calls).not.toContain('Nobody');
  });

  it('starts the same id once however often it is asked for', async () => {
    const id = uuidv7();
    const done = whenFinished(id);
    for (let i = 0; i < 3; i++) {
      await engine.start(handle.db, { name: 'test.greet', workflowId: id, input: { name: 'Once' } });
      engine.wake();
    }
    await done;
    const after = uuidv7();
    const afterDone = whenFinished(after);
    await engine.start(handle.db, { name: 'test.greet', workflowId: id, input: { name: 'Once' } });
    await engine.start(handle.db, { name: 'test.greet', workflowId: after, input: { name: 'After' } });
    engine.wake();
    await afterDone;
    expect(calls.filter((name) => name === 'Once')).toHaveLength(1);
  });

  it('begins what a step of another run asks for at once', async () => {
    const other = uuidv7();
    const done = whenFinished(other);
    const id = uuidv7();
    await engine.start(handle.db, { name: 'test.begins', workflowId: id, input: { other } });
    engine.wake(id);
    expect(await done).toBe('hello Inner');
    expect(errors).toEqual([]);
  });

  it('runs queued workflows', async () => {
    const id = uuidv7();
    const done = whenFinished(id);
    await engine.start(handle.db, { name: 'test.queued', workflowId: id, input: { name: 'Queue' } });
    engine.wake();
    expect(await done).toBe('hello Queue');
  });

  it('refuses an input that does not fit the schema before anything is stored', async () => {
    const bad = engine.start(handle.db, { name: 'test.greet', workflowId: uuidv7(), input: { name: 1 } });
    await expect(bad).rejects.toThrow(/invalid/);
  });
});
