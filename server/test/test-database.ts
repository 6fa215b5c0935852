import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

/** What the global set-up hands to every test file. */
export interface TestDatabaseServer {
  /** A connection that may create databases. */
  adminConnectionString: string;
  /** A database with all migrations applied and nobody connected. */
  templateName: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    testDatabaseServer: TestDatabaseServer;
  }
}

export interface TestDatabase {
  connectionString: string;
  /** Ends what is still connected and removes the database. */
  drop(): Promise<void>;
}

/** A fresh, migrated database on the run's real PostgreSQL: copies the template's files. One per test file. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { adminConnectionString, templateName } = inject('testDatabaseServer');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await runAsAdmin(
    adminConnectionString,
    `create database ${name} template ${templateName} strategy file_copy`,
  );
  return {
    connectionString: withDatabase(adminConnectionString, name),
    drop: () => runAsAdmin(adminConnectionString, `drop database if exists ${name} with (force)`),
  };
}

/** An empty database without migrations, for tests of the migrations themselves. */
export async function createEmptyTestDatabase(): Promise<TestDatabase> {
  const { adminConnectionString } = inject('testDatabaseServer');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await runAsAdmin(adminConnectionString, `create database ${name} template template0`);
  return {
    connectionString: withDatabase(adminConnectionString, name),
    drop: () => runAsAdmin(adminConnectionString, `drop database if exists ${name} with (force)`),
  };
}

/** `connectionString` with another database name. */
export function withDatabase(connectionString: string, name: string): string {
  const url = new URL(connectionString);
  url.pathname = `/${name}`;
  return url.href;
}

/** Runs one statement outside a transaction. */
export async function runAsAdmin(connectionString: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
