import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';

/** One key for the whole product: two processes that start together migrate one after the other. */
const migrationLockKey = 7_103_441_902;

export interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

export interface MigrationResult {
  applied: string[];
  /** Names of all migrations of this build. */
  known: string[];
}

/** Where the numbered SQL files are. */
export const migrationsDirectory = path.resolve(import.meta.dirname, '../../../migrations');

/** Reads `NNNN_name.sql` files in order. */
export async function readMigrations(directory = migrationsDirectory): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(path.join(directory, name), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/**
 * Brings the database to this build's schema, forward only, under an advisory lock, one transaction per file.
 * Needs a direct connection (no transaction pooler). Throws when an applied file was changed afterwards.
 */
export async function migrateToLatest(options: {
  connectionString: string;
  directory?: string;
}): Promise<MigrationResult> {
  const migrations = await readMigrations(options.directory);
  const client = new pg.Client({
    connectionString: options.connectionString,
    connectionTimeoutMillis: 10_000,
  });
  await client.connect();
  try {
    if (await isCurrent(client, migrations)) return { applied: [], known: migrations.map((m) => m.name) };
    await client.query('select pg_advisory_lock($1)', [migrationLockKey]);
    return { applied: await applyMissing(client, migrations), known: migrations.map((m) => m.name) };
  } finally {
    await client.end();
  }
}

async function isCurrent(client: pg.Client, migrations: Migration[]): Promise<boolean> {
  const exists = await client.query<{ present: boolean }>(
    "select to_regclass('public.schema_migrations') is not null as present",
  );
  if (!exists.rows[0]?.present) return false;
  const applied = await appliedChecksums(client);
  return migrations.every((migration) => applied.get(migration.name) === migration.checksum);
}

async function appliedChecksums(client: pg.Client): Promise<Map<string, string>> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from schema_migrations',
  );
  return new Map(rows.map((row) => [row.name, row.checksum]));
}

async function applyMissing(client: pg.Client, migrations: Migration[]): Promise<string[]> {
  await client.query(`create table if not exists schema_migrations (
    name text primary key, checksum text not null, applied_at timestamptz not null default now())`);
  const applied = await appliedChecksums(client);
  const done: string[] = [];
  for (const migration of migrations) {
    const checksum = applied.get(migration.name);
    if (checksum === migration.checksum) continue;
    if (checksum !== undefined)
      throw new Error(
        `Migration ${migration.name} was changed after it was applied. Restore the file and add a new migration instead.`,
      );
    await applyOne(client, migration);
    done.push(migration.name);
  }
  return done;
}

async function applyOne(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('begin');
  try {
    await client.query(migration.sql);
    await client.query('insert into schema_migrations (name, checksum) values ($1, $2)', [
      migration.name,
      migration.checksum,
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw new Error(`Migration ${migration.name} failed: ${(error as Error).message}`, { cause: error });
  }
}
