import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  type EmbeddedDatabase,
  startEmbeddedDatabase,
} from '../../src/platform/database/embedded/embedded-database.ts';

let folder: string;
let holder: ChildProcess | undefined;
let mine: EmbeddedDatabase | undefined;
const silent = { info() {}, warn() {}, error() {} };

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'aiwfe-takeover-'));
  await chmod(folder, 0o711);
});

afterEach(async () => {
  holder?.kill('SIGKILL');
  await mine?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A server in another process; answers the lines that it prints. */
function startHolder(dataDir: string): { said: string[]; process: ChildProcess } {
  const entry = path.join(import.meta.dirname, 'embedded-holder.ts');
  const child = spawn(process.execPath, [entry, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => said.push(line));
  return { said, process: child };
}

it('a server that lost its database to another one says so, stops, and leaves the other one in peace', async () => {
  const dataDir = path.join(folder, 'data');
  const first = startHolder(dataDir);
  holder = first.process;
  await expect.poll(() => first.said).toEqual(['ready']);
  // It sleeps while its database is killed, so another one is there before it can mend that.
  holder.kill('SIGSTOP');
  const lock = await readFile(path.join(dataDir, 'postgres/data/postmaster.pid'), 'utf8');
  process.kill(Number(lock.split('\n')[0]), 'SIGKILL');
  mine = await startEmbeddedDatabase({
    ...{ dataDir, role: 'server', log: silent, notice: () => undefined, syncToDisk: false },
  });
  holder.kill('SIGCONT');
  await expect.poll(() => first.said[1]).toContain(`Another server already uses the data folder ${dataDir}`);
  holder.kill('SIGTERM');
  await expect.poll(() => first.said[2]).toBe('stopped');
  const client = new pg.Client({ connectionString: mine.connectionString });
  await client.connect();
  expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  await client.end();
});
