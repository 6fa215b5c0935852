import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DatabaseHandle, openDatabase } from '../../src/platform/database/database.ts';
import { migrateToLatest, readMigrations } from '../../src/platform/database/migrate.ts';
import {
  compareSchema,
  createSchemaGuard,
  describeDrift,
  readExpectedSchema,
  readSchema,
} from '../../src/platform/database/schema-guard.ts';
import { createEmptyTestDatabase, createTestDatabase, type TestDatabase } from '../test-database.ts';

const open = (connectionString: string): DatabaseHandle =>
  openDatabase({
    connectionString,
    maxConnections: 3,
    statementTimeoutMs: 20_000,
    onPoolError: () => undefined,
  });

describe('migrations', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createEmptyTestDatabase();
  });
  afterAll(() => database.drop());

  it('applies everything once, however many processes start together', async () => {
    const results = await Promise.all(
      Array.from({ length: 4 }, () => migrateToLatest({ connectionString: database.connectionString })),
    );
    const all = (await readMigrations()).map((migration) => migration.name);
    expect(results.flatMap((result) => result.applied).toSorted()).toEqual(all);
  });

  it('leaves nothing behind of a migration that fails, and says which one it was', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'aiwfe-migrations-'));
    await writeFile(path.join(directory, '0001_good.sql'), 'create table good (id int);');
    await writeFile(
      path.join(directory, '0002_bad.sql'),
      'create table half (id int); select no_such_function();',
    );
    const empty = await createEmptyTestDatabase();
    const run = migrateToLatest({ connectionString: empty.connectionString, directory });
    await expect(run).rejects.toThrow('0002_bad.sql');
    const handle = open(empty.connectionString);
    const { rows } = await sql<{ good: boolean; half: boolean }>`
      select to_regclass('good') is not null as good, to_regclass('half') is not null as half`.execute(
      handle.db,
    );
    expect(rows[0]).toEqual({ good: true, half: false });
    await handle.close();
    await empty.drop();
  });

  it('refuses a migration that was changed after it was applied', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'aiwfe-migrations-'));
    const file = path.join(directory, '0001_first.sql');
    await writeFile(file, 'create table first (id int);');
    const empty = await createEmptyTestDatabase();
    await migrateToLatest({ connectionString: empty.connectionString, directory });
    await writeFile(file, 'create table first (id bigint);');
    await expect(migrateToLatest({ connectionString: empty.connectionString, directory })).rejects.toThrow(
      /changed/,
    );
    await empty.drop();
  });
});

describe('schema guard', () => {
  let database: TestDatabase;
  let handle: DatabaseHandle;
  beforeAll(async () => {
    database = await createTestDatabase();
    handle = open(database.connectionString);
  });
  afterAll(async () => {
    await handle.close();
    await database.drop();
  });

  it('finds no drift in a freshly migrated database: the committed snapshot is up to date', async () => {
    expect(compareSchema(await readExpectedSchema(), await readSchema(handle.db))).toEqual([]);
    expect(compareSchema(await readSchema(handle.db), await readExpectedSchema())).toEqual([]);
  });

  it('I1: names the column that is missing and the command that mends it', async () => {
    const guard = createSchemaGuard(handle.db);
    await sql`alter table users drop column status cascade`.execute(handle.db);
    const drift = await guard.check();
    expect(drift[0]).toMatchObject({ kind: 'missing', object: expect.stringContaining('status') });
    expect(drift.map((item) => item.object)).toContain('users.status');
    expect(describeDrift(drift)).toContain('npm run db:migrate');
  });

  it('notices a function with another body', async () => {
    await sql`create or replace function next_attempts(attempts integer, updated_at timestamptz, forget integer)
      returns integer language sql stable as $$ select 1 $$`.execute(handle.db);
    const drift = await createSchemaGuard(handle.db).check();
    expect(drift).toContainEqual(
      expect.objectContaining({
        kind: 'different',
        object: expect.stringMatching(/^function next_attempts\(attempts integer/),
      }),
    );
  });

  it('does not mind what an operator added', async () => {
    const guard = createSchemaGuard(handle.db);
    const before = (await guard.check()).length;
    await sql`create index operator_own_idx on settings (updated_at)`.execute(handle.db);
    expect(await guard.check()).toHaveLength(before);
  });
});
