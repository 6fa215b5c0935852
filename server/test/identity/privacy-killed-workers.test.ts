import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ModelWorkerOptions } from '../models/model-worker-process.ts';
import { createTestApp, type TestApp, testMasterSecret } from '../test-app.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { codeOf, TestBrowser } from './client.ts';
import {
  download,
  type FullPerson,
  fileExists,
  findInDatabase,
  fullPerson,
  listExports,
  pathOfFile,
  patience,
  readZip,
  untilExport,
} from './privacy-world.ts';

let database: TestDatabase;
let api: TestApp;
let vera: FullPerson;
const workers: ChildProcess[] = [];
const releases: (() => Promise<void>)[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  api = await createTestApp({
    guard: 'real',
    role: 'api',
    connectionString: database.connectionString,
    alone: false,
  });
  vera = await fullPerson(api);
});
afterEach(async () => {
  await Promise.all(releases.splice(0).map((release) => release()));
  await Promise.all(workers.splice(0).map(kill));
});
afterAll(async () => {
  await api.stop();
  await database.drop();
});

/** The whole program as a worker that can be killed. `alone`: whoever ran before it is known to be dead. */
async function startWorker(alone: boolean): Promise<ChildProcess> {
  const options: ModelWorkerOptions = {
    connectionString: database.connectionString,
    dataDir: api.dataDir,
    masterSecret: testMasterSecret,
    alone,
  };
  const entry = path.join(import.meta.dirname, '../models/model-worker-process.ts');
  const worker = spawn(process.execPath, [entry, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  workers.push(worker);
  const died = once(worker, 'exit').then(([status]) => {
    throw new Error(`The worker ended with status ${status} before it took work.`);
  });
  await Promise.race([once(worker.stdout, 'data'), died]);
  died.catch(() => undefined);
  return worker;
}

async function kill(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const exited = once(worker, 'exit');
  worker.kill('SIGKILL');
  await exited;
}

/** Lets everybody who comes to what the statement locks wait, until it is released or the test ends. */
async function hold(statement: string): Promise<{ waiting(): Promise<number>; release(): Promise<void> }> {
  const client = new pg.Client({ connectionString: database.connectionString });
  await client.connect();
  let released: Promise<void> | undefined;
  const release = (): Promise<void> => {
    released ??= client.end();
    return released;
  };
  releases.push(release);
  await client.query('begin');
  await client.query(statement);
  const { rows } = await client.query('select pg_backend_pid() as pid');
  const { pid } = rows[0] as { pid: number };
  return {
    release,
    // Over another connection: within a transaction PostgreSQL shows who is active as it was at the first look.
    async waiting() {
      const { rows } = await sql<{ n: number }>`
        select count(*)::int as n from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and ${pid} = any(pg_blocking_pids(pid))`.execute(
        api.platform.db,
      );
      return rows[0]?.n ?? 0;
    },
  };
}

const untilHeld = (held: { waiting(): Promise<number> }) =>
  vi.waitFor(async () => expect(await held.waiting()).toBeGreaterThan(0), patience);

async function filesBelow(folder: string): Promise<string[]> {
  const found = await readdir(path.join(api.dataDir, folder), { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

describe('kill -9', () => {
  test('in the middle of an export: nobody sees half a file, and another worker makes it whole', async () => {
    const worker = await startWorker(false);
    const held = await hold('lock table messages in access exclusive mode');
    const asked = await vera.browser.request('POST', '/api/v1/privacy/exports');
    const { id } = asked.json() as { id: string };
    await untilHeld(held);
    expect((await filesBelow('exports')).every((name) => name.endsWith('.part'))).toBe(true);
    await kill(worker);
    expect((await listExports(vera.browser))[0]).toMatchObject({ id, status: 'running', size_bytes: null });
    expect(codeOf(await download(vera.browser, id))).toBe('privacy.export_not_ready');
    await held.release();

    await startWorker(true);
    const made = await untilExport(vera.browser, id, 'ready');
    const zip = await readZip((await download(vera.browser, made.id)).rawPayload);
    const all = [...zip.values()].map((content) => content.toString('utf8')).join('\n');
    expect(vera.treasures.filter((treasure) => !all.includes(treasure))).toEqual([]);
  });

  test('in the middle of an erasure: access stays ended, and another worker finishes it', async () => {
    await sql`update security_policies set policy = '{"deletion_grace_days": 0}'`.execute(api.platform.db);
    api.platform.bus.publish('policies.changed', {});
    const worker = await startWorker(false);
    const held = await hold(`select from documents where owner_id = '${vera.id}' for update`);
    const asked = await vera.browser.request('POST', '/api/v1/privacy/deletion', {
      json: { confirm_email: vera.email },
    });
    expect(asked.statusCode).toBe(200);
    // Others may come to the held row as well, such as the ingestion of a sample.
    await vi.waitFor(
      async () => expect((await vera.browser.request('GET', '/api/v1/profile')).statusCode).toBe(401),
      patience,
    );
    await untilHeld(held);
    await kill(worker);
    expect((await vera.browser.request('GET', '/api/v1/profile')).statusCode).toBe(401);
    expect((await new TestBrowser(api).signIn(vera.email)).statusCode).toBe(401);
    await held.release();

    await startWorker(true);
    await vi.waitFor(async () => {
      const { rows } = await sql`select from users where id = ${vera.id}`.execute(api.platform.db);
      expect(rows).toEqual([]);
    }, patience);
    expect(await fileExists(pathOfFile(api, vera.fileKey))).toBe(false);
    const { rows } = await sql<{ n: number }>`select count(*) as n from deletion_proofs`.execute(
      api.platform.db,
    );
    expect(rows[0]?.n).toBe(1);
    expect(await findInDatabase(api, [vera.displayName])).toEqual([]);
  });

  test('without an SMTP server the last mail alone stays, in the outbox, for somebody to hand it over', async () => {
    await startWorker(true);
    await vi.waitFor(async () => {
      const { rows } = await sql<{ kind: string; user_id: string | null; status: string }>`
        select kind, user_id, status from mail_messages where recipient = ${vera.email}`.execute(
        api.platform.db,
      );
      expect(rows).toEqual([{ kind: 'account_deleted', user_id: null, status: 'stored' }]);
    }, patience);
    expect(await findInDatabase(api, [vera.email])).toEqual([`public.mail_messages: ${vera.email}`]);
    const letters = await filesBelow('outbox');
    const contents = await Promise.all(
      letters.map((name) => readFile(path.join(api.dataDir, 'outbox', name), 'utf8')),
    );
    const theirs = contents.filter((content) => content.includes(vera.email));
    expect(theirs).toHaveLength(1);
    expect(theirs[0]).toContain('Subject: Your account was deleted');
  });
});
