import { type DatabaseHandle, openDatabase } from '../../server/src/platform/database/database.ts';
import { startEmbeddedDatabase } from '../../server/src/platform/database/embedded/embedded-database.ts';

/** As many connections as a server process has (DATABASE_POOL_SIZE). */
const poolSize = 12;
const quiet = { info() {}, warn() {}, error() {} };

export interface ProductDatabase {
  db: DatabaseHandle['db'];
  pool: DatabaseHandle['pool'];
  query<Row>(statement: string, values?: unknown[]): Promise<Row[]>;
  /** Another database on the same PostgreSQL, for baselines. */
  beside(name: string): Promise<string>;
  close(): Promise<void>;
}

/** The database of a running server, from outside of it. */
export async function openProductDatabase(dataDir: string): Promise<ProductDatabase> {
  return open(dataDir, 'command', {});
}

/** The database of a server that does not run now, to fill it: that need not survive a power cut. */
export async function openIdleDatabase(dataDir: string): Promise<ProductDatabase> {
  return open(dataDir, 'server', {
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    autovacuum: 'off',
    max_wal_size: '4GB',
    maintenance_work_mem: '256MB',
    work_mem: '64MB',
  });
}

async function open(
  dataDir: string,
  role: 'server' | 'command',
  settings: Record<string, string>,
): Promise<ProductDatabase> {
  const embedded = await startEmbeddedDatabase({ dataDir, log: quiet, role, settings });
  const handle = openHandle(embedded.connectionString);
  return {
    db: handle.db,
    pool: handle.pool,
    query: async <Row>(statement: string, values: unknown[] = []) =>
      (await handle.pool.query(statement, values)).rows as Row[],
    async beside(name) {
      await handle.pool.query(`create database ${name}`);
      const url = new URL(embedded.connectionString);
      url.pathname = `/${name}`;
      return url.href;
    },
    async close() {
      await handle.close();
      await embedded.stop();
    },
  };
}

export function openHandle(connectionString: string): DatabaseHandle {
  return openDatabase({
    connectionString,
    maxConnections: poolSize,
    statementTimeoutMs: 600_000,
    onPoolError: () => {},
  });
}
