import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createTestApp, type TestApp, type TestPerson } from '../test-app.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { multipart } from './multipart.ts';

let database: TestDatabase;
let app: TestApp;
let person: TestPerson;
const longText = 'One more sentence for the reader to find again. '.repeat(150_000);

beforeAll(async () => {
  database = await createTestDatabase();
  app = await createTestApp({ connectionString: database.connectionString });
  person = await app.person();
});
afterAll(async () => {
  await app.stop();
  await database.drop();
});

async function upload(name: string, content: string): Promise<string> {
  const { headers, payload } = multipart([{ filename: name, content }]);
  const answer = await app.app.inject({
    method: 'POST',
    url: '/api/v1/documents',
    headers: { ...person.headers, ...headers },
    payload,
  });
  expect(answer.statusCode).toBe(201);
  return answer.json().items[0].id;
}

async function read(id: string) {
  return (await app.app.inject({ url: `/api/v1/documents/${id}`, headers: person.headers })).json();
}

const children = new Set<ChildProcess>();
subscribe('child_process', (message) => children.add((message as { process: ChildProcess }).process));

/** Reader processes that this process started and that still run. */
function readers(): ChildProcess[] {
  const running = [...children].filter(
    ({ exitCode, signalCode }) => exitCode === null && signalCode === null,
  );
  return running.filter(({ spawnargs }) => spawnargs.some((each) => each.includes('extraction/child.ts')));
}

const untilReading = () =>
  vi.waitFor(() => expect(readers().length).toBeGreaterThan(0), {
    timeout: 120_000,
    interval: 10,
  });

async function expectComplete(id: string): Promise<void> {
  await vi.waitFor(async () => expect((await read(id)).state).toBe('ready'), {
    timeout: 120_000,
    interval: 200,
  });
  const { chunk_count } = await read(id);
  const { rows } = await sql<{ chunks: number; units: number; pages: number }>`
    select (select count(*)::int from chunks where document_id = ${id}) as chunks,
      (select count(*)::int from document_pages where document_id = ${id}) as pages,
      (select max(end_offset) from document_pages where document_id = ${id}) as units`.execute(
    app.platform.db,
  );
  expect(rows[0]?.chunks).toBe(chunk_count);
  expect(rows[0]?.units).toBeGreaterThan(longText.length * 0.99);
}

it('tries once more when its reader process is killed, and leaves nothing twice', async () => {
  const id = await upload('killed.txt', longText);
  await untilReading();
  for (const reader of readers()) reader.kill('SIGKILL');
  await expectComplete(id);
});

it('goes on after the process that read the document has stopped in the middle', async () => {
  const id = await upload('resumed.txt', longText);
  await untilReading();
  const { dataDir } = app;
  await app.close();
  expect(readers()).toEqual([]);
  app = await createTestApp({
    connectionString: database.connectionString,
    environ: { AIWFE_DATA_DIR: dataDir },
  });
  await expectComplete(id);
});

it('ends a document as failed, with a code, when its reader process dies every time', async () => {
  const id = await upload('doomed.txt', longText);
  while (!['ready', 'failed'].includes((await read(id)).state)) {
    for (const reader of readers()) reader.kill('SIGKILL');
  }
  expect((await read(id)).state).toBe('failed');
  expect((await read(id)).error).toMatchObject({ code: 'documents.extraction_failed' });
  expect((await app.app.inject({ url: '/api/health/live' })).statusCode).toBe(200);
});
