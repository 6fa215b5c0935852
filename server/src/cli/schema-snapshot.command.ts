import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openDatabase } from '../platform/database/database.ts';
import { startEmbeddedDatabase } from '../platform/database/embedded/embedded-database.ts';
import { migrateToLatest } from '../platform/database/migrate.ts';
import { readSchema, schemaSnapshotFile } from '../platform/database/schema-guard.ts';
import { CommandFailure } from './failure.ts';
import { openCommandLog, say } from './runtime.ts';

/**
 * `aiwfe schema-snapshot [--check]`: writes what the migrations make of an empty database, for the schema guard, or
 * says that the committed snapshot is out of date.
 */
export async function schemaSnapshot(parameters: string[]): Promise<number> {
  const text = `${JSON.stringify(await readFreshSchema(), null, 2)}\n`;
  if (!parameters.includes('--check')) {
    await writeFile(schemaSnapshotFile, text);
    say(`Wrote ${schemaSnapshotFile}`);
    return 0;
  }
  if ((await readFile(schemaSnapshotFile, 'utf8')) !== text) {
    throw new CommandFailure(
      'server/migrations/schema.json does not match the migrations. Run: npx aiwfe schema-snapshot',
    );
  }
  say('server/migrations/schema.json matches the migrations.');
  return 0;
}

async function readFreshSchema() {
  const log = openCommandLog();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aiwfe-schema-'));
  // PostgreSQL runs as another account when we are root, which must be able to pass through.
  await chmod(folder, 0o711);
  const embedded = await startEmbeddedDatabase({ dataDir: folder, log, role: 'command', syncToDisk: false });
  try {
    await migrateToLatest({ connectionString: embedded.connectionString });
    const database = openDatabase({
      connectionString: embedded.connectionString,
      maxConnections: 1,
      statementTimeoutMs: 30_000,
      onPoolError: (error) => log.error({ err: error }, 'database connection failed'),
    });
    try {
      return await readSchema(database.db);
    } finally {
      await database.close();
    }
  } finally {
    await embedded.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
