import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbeddedDatabase } from '../src/platform/database/embedded/embedded-database.ts';
import { migrateToLatest } from '../src/platform/database/migrate.ts';
import { runAsAdmin, withDatabase } from './test-database.ts';

interface TestServer {
  connectionString: string;
  stop(): Promise<void>;
}

/** Only a throw-away database may forget commits in a power cut. */
const throwAwaySettings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  max_connections: '200',
};

/**
 * One PostgreSQL for the whole run, in a temporary folder (or the server of AIWFE_TEST_DATABASE_URL), with a migrated
 * template database that `createTestDatabase` clones.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.AIWFE_TEST_DATABASE_URL;
  const server = given ? { connectionString: given, stop: async () => {} } : await startThrowAwayServer();
  const templateName = `template_${randomBytes(8).toString('hex')}`;
  try {
    await runAsAdmin(server.connectionString, `create database ${templateName} template template0`);
    await migrateToLatest({ connectionString: withDatabase(server.connectionString, templateName) });
  } catch (error) {
    await server.stop();
    throw error;
  }
  project.provide('testDatabaseServer', { adminConnectionString: server.connectionString, templateName });
  return async () => {
    if (given) await runAsAdmin(given, `drop database if exists ${templateName} with (force)`);
    await server.stop();
  };
}

async function startThrowAwayServer(): Promise<TestServer> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aiwfe-test-'));
  await chmod(folder, 0o711);
  const log = { info() {}, warn() {}, error() {} };
  const database = await startEmbeddedDatabase({
    dataDir: folder,
    log,
    role: 'server',
    settings: throwAwaySettings,
    syncToDisk: false,
  });
  const lockFile = await readFile(path.join(database.folder, 'postmaster.pid'), 'utf8');
  const remover = removeWhenWeEnd(Number(lockFile.split('\n')[0]), folder);
  return {
    connectionString: database.connectionString,
    async stop() {
      await database.stop();
      remover.stdin?.end();
      await once(remover, 'exit');
    },
  };
}

/** A process that ends the server and removes its folder as soon as this one is gone, however it ends. */
function removeWhenWeEnd(pid: number, folder: string): ChildProcess {
  const script =
    'read -r line; kill -QUIT "$1" 2>/dev/null; while kill -0 "$1" 2>/dev/null && [ -e "$2/postgres/data/postmaster.pid" ]; do sleep 0.05; done; rm -rf "$2"';
  return spawn('/bin/sh', ['-c', script, 'sh', String(pid), folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
}
