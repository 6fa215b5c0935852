import { CompiledQuery, Kysely, PostgresDialect, type Transaction } from 'kysely';
import pg from 'pg';
import type { PlatformTables } from './platform-tables.ts';

// One reading of int8 everywhere: a number (all our bigints stay far below 2^53), never a string.
pg.types.setTypeParser(pg.types.builtins.INT8, (text) => Number(text));

export type Database = Kysely<PlatformTables>;
export type DatabaseTransaction = Transaction<PlatformTables>;
/** A connection pool or an open transaction: what a query function takes. */
export type Queryable = Database | DatabaseTransaction;

export interface DatabaseOptions {
  connectionString: string;
  maxConnections: number;
  statementTimeoutMs: number;
  /** Milliseconds to wait for a connection, new or free; 5 s by default. */
  connectTimeoutMs?: number;
  /** Connections idle for longer are closed; 30 s by default. */
  idleTimeoutMs?: number;
  onPoolError: (error: Error) => void;
}

export interface DatabaseHandle {
  db: Database;
  pool: pg.Pool;
  close(): Promise<void>;
}

/**
 * Opens a pool. Statements are unnamed and no session setting outlives a transaction, so that it works through
 * PgBouncer in transaction mode.
 */
export function openDatabase(options: DatabaseOptions): DatabaseHandle {
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    max: options.maxConnections,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    idleTimeoutMillis: options.idleTimeoutMs ?? 30_000,
    query_timeout: options.statementTimeoutMs,
    keepAlive: true,
  });
  pool.on('error', options.onPoolError);
  keepFromEndingUs(pool);
  const db = new Kysely<PlatformTables>({ dialect: new PostgresDialect({ pool }) });
  return { db, pool, close: () => db.destroy() };
}

/** Answers one trivial query; throws when the database cannot. */
export async function pingDatabase(db: Database): Promise<void> {
  await db.executeQuery(CompiledQuery.raw('select 1'));
}

/**
 * A connection that is lost between two statements of a transaction says so by an event that nobody else listens to, which
 * would end the process. Its next statement fails, which is how the transaction learns of it.
 */
export function keepFromEndingUs(pool: pg.Pool): void {
  pool.on('connect', (client) => client.on('error', () => undefined));
}
