import { sql } from 'kysely';
import { Type } from 'typebox';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DatabaseHandle, openDatabase, type Queryable } from '../../src/platform/database/database.ts';
import { createDurableEngine, type DurableEngine } from '../../src/platform/durable/dbos-engine.ts';
import { createExecutors } from '../../src/platform/durable/executors.ts';
import { createEventBus } from '../../src/platform/events/event-bus.ts';
import { createLogger } from '../../src/platform/telemetry/logger.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';

const log = createLogger({ level: 'silent' });
let database: TestDatabase;
let handle: DatabaseHandle;

beforeAll(async () => {
  database = await createTestDatabase();
  handle = openDatabase({
    connectionString: database.connectionString,
    maxConnections: 5,
    connectTimeoutMs: 60_000,
    statementTimeoutMs: 10_000,
    onPoolError: () => undefined,
  });
});
afterAll(async () => {
  await handle.close();
  await database.drop();
});

const executors = (id: string, alone = false) =>
  createExecutors({ id, applicationVersion: 'test-1', log, alone });
/** As though it had been heard of last so long ago. */
const heardOf = (id: string, secondsAgo: number, db: Queryable = handle.db) =>
  sql`insert into executors (id, heartbeat_at) values (${id}, now() - ${secondsAgo} * interval '1 second')
    on conflict (id) do update set heartbeat_at = excluded.heartbeat_at`.execute(db);
const isGone = async (seer: ReturnType<typeof executors>, id: string, db: Queryable = handle.db) =>
  (await sql<{ gone: boolean }>`select ${seer.isGone(sql`${id}::text`)} as gone`.execute(db)).rows[0]?.gone;

describe('an executor', () => {
  it('is gone when it has not been heard of for ten seconds, and nobody takes itself for gone', async () => {
    const self = executors('self');
    // Time stands still within a transaction.
    await handle.db.transaction().execute(async (trx) => {
      await heardOf('late', 9, trx);
      await heardOf('lost', 11, trx);
      await heardOf('self', 60, trx);
      for (const [id, gone] of [
        ['late', false],
        ['lost', true],
        ['unheard', true],
        ['self', false],
      ] as const)
        expect([id, await isGone(self, id, trx)]).toEqual([id, gone]);
      await executors('lost').beat(trx);
      expect(await isGone(self, 'lost', trx)).toBe(false);
    });
  });

  it('is gone at once when it leaves, or for one that is alone', async () => {
    await handle.db.transaction().execute(async (trx) => {
      const other = executors('other');
      await other.beat(trx);
      expect(await isGone(executors('self'), 'other', trx)).toBe(false);
      expect(await isGone(executors('self', true), 'other', trx)).toBe(true);
      await other.leave(trx);
      expect(await isGone(executors('self'), 'other', trx)).toBe(true);
    });
  });
});

describe('runs of executors that are gone', () => {
  const input = Type.Object({}, { additionalProperties: false });
  const begun: string[] = [];
  let engine: DurableEngine;

  beforeAll(async () => {
    engine = createDurableEngine({
      db: handle.db,
      directUrl: database.connectionString,
      bus: createEventBus({ onListenerError: () => undefined }),
      log,
      alone: false,
    });
    const run = async ({ workflowId }: { workflowId: string }) => void begun.push(workflowId);
    engine.register([{ name: 'test.note', input, dispatch: 'immediate', run: run as never }]);
    await engine.launch();
  });
  afterAll(() => engine.stop(2_000));
  // However long the test takes.
  beforeEach(() => heardOf('living', -3_600));
  afterEach(() =>
    sql`delete from dbos.workflow_status where executor_id in ('living', 'dead')`.execute(handle.db),
  );

  const waitingStart = async (executorId: string | null, secondsAgo = 0) => {
    const id = uuidv7();
    await sql`insert into workflow_starts (workflow_id, name, input, executor_id, created_at)
      values (${id}, 'test.note', '{}', ${executorId}, now() - ${secondsAgo} * interval '1 second')`.execute(
      handle.db,
    );
    return id;
  };
  const isStored = (id: string) => engine.isWaiting(id);
  const timesOf = (id: string) => begun.filter((one) => one === id).length;

  it('are begun by another one, once, and those of a living one are left to it', async () => {
    const [living, dead, nobodys] = [
      await waitingStart('living', 60),
      await waitingStart('dead'),
      await waitingStart(null),
    ];
    for (let count = 0; count < 3; count++) engine.wake();
    await expect.poll(() => [timesOf(dead), timesOf(nobodys)]).toEqual([1, 1]);
    await expect.poll(async () => [await isStored(dead), await isStored(nobodys)]).toEqual([false, false]);
    expect([timesOf(living), await isStored(living)]).toEqual([0, true]);
    await heardOf('living', 11);
    engine.wake();
    await expect.poll(() => timesOf(living)).toBe(1);
    await expect.poll(() => isStored(living)).toBe(false);
    expect(timesOf(dead)).toBe(1);
  });

  it('are begun by the one that they were meant for when it has not begun them for a while', async () => {
    const { rows } = await sql<{ id: string }>`select id from executors where id like '%-%'`.execute(
      handle.db,
    );
    const own = rows[0]?.id ?? '';
    const [fresh, old] = [await waitingStart(own, -3_600), await waitingStart(own, 6)];
    engine.wake();
    await expect.poll(() => timesOf(old)).toBe(1);
    expect(timesOf(fresh)).toBe(0);
    await engine.cancel(fresh);
  });

  describe('that had begun', () => {
    const pending = async (executorId: string, over: { status?: string; version?: string } = {}) => {
      const id = uuidv7();
      const { status = 'PENDING', version = 'test-1' } = over;
      await sql`insert into dbos.workflow_status (workflow_uuid, status, name, executor_id, application_version)
        values (${id}, ${status}, 'test.note', ${executorId}, ${version})`.execute(handle.db);
      return id;
    };
    const reap = async (seer: ReturnType<typeof executors>) => {
      const resumed: string[] = [];
      await seer.reap(handle.db, async (ids) => void resumed.push(...ids));
      return resumed;
    };

    it('are resumed when they are open and of this version', async () => {
      const orphan = await pending('dead');
      await pending('living');
      await pending('dead', { status: 'SUCCESS' });
      await pending('dead', { version: 'test-0' });
      expect(await reap(executors('self'))).toEqual([orphan]);
    });

    it('are resumed by one executor at a time', async () => {
      const orphan = await pending('dead');
      const [first, second] = [executors('self'), executors('second')];
      let meanwhile: string[] | undefined;
      const resumed: string[] = [];
      await first.reap(handle.db, async (ids) => {
        resumed.push(...ids);
        meanwhile = await reap(second);
      });
      expect(resumed).toEqual([orphan]);
      expect(meanwhile).toEqual([]);
    });
  });
});
