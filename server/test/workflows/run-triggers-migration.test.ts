import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrateToLatest, migrationsDirectory, readMigrations } from '../../src/platform/database/migrate.ts';
import { createEmptyTestDatabase, type TestDatabase } from '../test-database.ts';

const migration = '0031_run_triggers.sql';
let database: TestDatabase;
let earlier: string;
let client: pg.Client;
const ownerId = uuidv7();
const workflowId = uuidv7();

beforeAll(async () => {
  database = await createEmptyTestDatabase();
  earlier = await mkdtemp(path.join(tmpdir(), 'aiwfe-migrations-'));
  for (const { name } of await readMigrations())
    if (name < migration) await copyFile(path.join(migrationsDirectory, name), path.join(earlier, name));
  await migrateToLatest({ connectionString: database.connectionString, directory: earlier });
  client = new pg.Client({ connectionString: database.connectionString });
  await client.connect();
  await client.query(
    `insert into users (id, email, email_canonical, display_name, role, status)
    values ($1, 'ada@example.org', 'ada@example.org', 'Ada', 'user', 'active')`,
    [ownerId],
  );
  await client.query('insert into workflows (id, owner_id, name, version) values ($1, $2, $3, 1)', [
    ...[workflowId, ownerId, 'Test'],
  ]);
});
afterAll(async () => {
  await client.end();
  await database.drop();
  await rm(earlier, { recursive: true, force: true });
});

async function storeTrigger(kind: string, config: object): Promise<string> {
  const id = uuidv7();
  await client.query(
    'insert into workflow_triggers (id, workflow_id, owner_id, kind, config) values ($1, $2, $3, $4, $5)',
    [id, workflowId, ownerId, kind, config],
  );
  return id;
}
async function storeRun(input: unknown, more: Record<string, string> = {}): Promise<string> {
  const id = uuidv7();
  const row = {
    ...{ id, workflow_id: workflowId, owner_id: ownerId, version: 1, budget: '{}', segment_id: uuidv7() },
    ...{ input: JSON.stringify(input), ...more },
  };
  const columns = Object.keys(row);
  await client.query(
    `insert into workflow_runs (${columns}) values (${columns.map((_, index) => `$${index + 1}`)})`,
    Object.values(row),
  );
  return id;
}

it('tells of the runs that are there already what started them', async () => {
  const cron = { cron: '0 9 * * *', time_zone: 'UTC' };
  const rrule = { rrule: 'FREQ=WEEKLY', starts_at: '2026-01-01T09:00:00', time_zone: 'UTC' };
  const fired = { trigger: { kind: 'schedule', fire_at: '2026-01-01T09:00:00.000Z' } };
  const expected = new Map<string, [string | null, string | null]>([
    [await storeRun(fired, { trigger_id: await storeTrigger('schedule', cron) }), ['schedule', cron.cron]],
    [await storeRun(fired, { trigger_id: await storeTrigger('schedule', rrule) }), ['schedule', rrule.rrule]],
    [await storeRun({}, { trigger_id: await storeTrigger('webhook', {}) }), ['webhook', null]],
    // Their triggers were deleted before.
    [await storeRun(fired), ['schedule', null]],
    [await storeRun({ body: null, trigger: { kind: 'webhook', id: 'msg_1' } }), ['webhook', null]],
    [await storeRun({ trigger: { kind: 'event', event: 'run.ended', data: {} } }), ['event', 'run.ended']],
    // Started by hand, whatever their input looks like.
    [await storeRun({ trigger: { kind: 'schedule' } }), [null, null]],
    [await storeRun({ trigger: { kind: 'world' } }), [null, null]],
    [await storeRun({ trigger: 'schedule' }), [null, null]],
    [await storeRun(['trigger']), [null, null]],
    [await storeRun(fired, { idempotency_key: 'key' }), [null, null]],
    [await storeRun(fired, { retry_of: uuidv7() }), [null, null]],
  ]);
  const { applied } = await migrateToLatest({ connectionString: database.connectionString });
  expect(applied[0]).toBe(migration);
  const { rows } = await client.query<{ id: string; trigger_kind: string; trigger_name: string }>(
    'select id, trigger_kind, trigger_name from workflow_runs',
  );
  expect(new Map(rows.map((row) => [row.id, [row.trigger_kind, row.trigger_name]]))).toEqual(expected);
});
