import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type Database, openDatabase } from '../../server/src/platform/database/database.ts';
import { startEmbeddedDatabase } from '../../server/src/platform/database/embedded/embedded-database.ts';
import { migrateToLatest } from '../../server/src/platform/database/migrate.ts';

export interface BenchDatabase {
  db: Database;
  /** Runs one statement outside of what is measured and answers its rows. */
  query<Row>(statement: string, values?: unknown[]): Promise<Row[]>;
  stop(): Promise<void>;
}

/** A migrated PostgreSQL of its own in a temporary folder, removed at the end. */
export async function openBenchDatabase(): Promise<BenchDatabase> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aiwfe-bench-'));
  await chmod(folder, 0o711);
  const log = { info() {}, warn() {}, error() {} };
  const server = await startEmbeddedDatabase({
    dataDir: folder,
    log,
    role: 'server',
    // Only reading is timed; loading need not survive a power cut.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
    syncToDisk: false,
  });
  await migrateToLatest({ connectionString: server.connectionString });
  const database = openDatabase({
    connectionString: server.connectionString,
    maxConnections: 4,
    statementTimeoutMs: 600_000,
    onPoolError: () => {},
  });
  return {
    db: database.db,
    query: async <Row>(statement: string, values: unknown[] = []) =>
      (await database.pool.query(statement, values)).rows as Row[],
    async stop() {
      await database.close();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
