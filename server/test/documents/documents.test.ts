import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DocumentView } from '../../src/features/documents/documents.schemas.ts';
import { addSampleIn, addSamples } from '../../src/features/documents/samples/samples.ts';
import { languageChangedTopic } from '../../src/features/profile/index.ts';
import { createFileStore } from '../../src/platform/files/file-store.ts';
import { createTestApp, type TestApp, type TestPerson } from '../test-app.ts';
import { multipart, type UploadPart } from './multipart.ts';

const fixtures = path.resolve(import.meta.dirname, '../fixtures');
let app: TestApp;
let ada: TestPerson;
let bob: TestPerson;

beforeAll(async () => {
  app = await createTestApp();
  ada = await app.person();
  bob = await app.person();
});
afterAll(() => app.stop());

async function call(
  person: TestPerson,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  url: string,
  body?: object,
) {
  const answer = await app.app.inject({
    method,
    url: `/api/v1${url}`,
    headers: person.headers,
    ...(body ? { payload: body } : {}),
  });
  return { status: answer.statusCode, body: answer.json(), headers: answer.headers };
}

async function upload(person: TestPerson, parts: UploadPart[]) {
  const { headers, payload } = multipart(parts);
  const answer = await app.app.inject({
    method: 'POST',
    url: '/api/v1/documents',
    headers: { ...person.headers, ...headers },
    payload,
  });
  return { status: answer.statusCode, body: answer.json() };
}

async function settled(person: TestPerson, id: string): Promise<DocumentView> {
  return vi.waitFor(
    async () => {
      const { body } = await call(person, 'GET', `/documents/${id}`);
      expect(['ready', 'failed']).toContain(body.state);
      return body as DocumentView;
    },
    { timeout: 120_000, interval: 100 },
  );
}

async function uploadReady(person: TestPerson, part: UploadPart): Promise<DocumentView> {
  const { status, body } = await upload(person, [part]);
  expect(status).toBe(201);
  return settled(person, body.items[0].id);
}

async function storedFiles(): Promise<string[]> {
  const entries = await readdir(path.join(app.dataDir, 'files'), {
    recursive: true,
    withFileTypes: true,
  }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}

/** What was added since; what was deleted earlier may go at any time. */
async function filesBeside(before: string[]): Promise<string[]> {
  return (await storedFiles()).filter((file) => !before.includes(file));
}

/** As if the deletion were so long ago; no run erases it then. */
async function deletedAgo(id: string, seconds: number): Promise<void> {
  await sql`update documents set deleted_at = now() - ${seconds} * interval '1 second' where id = ${id}`.execute(
    app.platform.db,
  );
}

const soup =
  '# Soup\n\nThe soup simmers for an hour. Salt comes last.\n\n## Herbs\n\nDill and chervil, never thyme.\n';

describe('upload and ingestion', () => {
  it('reads many files of one request and makes their exact text available', async () => {
    const pdf = await readFile(path.join(fixtures, 'handbook.pdf'));
    const { status, body } = await upload(ada, [
      { filename: 'soup.md', content: soup },
      { filename: 'bees.pdf', content: pdf },
    ]);
    expect(status).toBe(201);
    expect(body.rejected).toEqual([]);
    const [markdown, bees] = await Promise.all(body.items.map((item: DocumentView) => settled(ada, item.id)));
    expect(markdown).toMatchObject({
      state: 'ready',
      kind: 'markdown',
      page_count: null,
      chunk_count: 2,
      error: null,
    });
    expect(bees).toMatchObject({ state: 'ready', kind: 'pdf', page_count: 1 });
    const chunks = (await call(ada, 'GET', `/documents/${bees.id}/chunks`)).body.items;
    const pages = (await call(ada, 'GET', `/documents/${bees.id}/pages`)).body;
    expect(pages.outline[0]).toEqual({ title: 'Field notes on bees', level: 1, page: 1, start: 0 });
    for (const chunk of chunks) {
      expect(pages.items[0].text.slice(chunk.start, chunk.end)).toBe(chunk.text);
      const passage = await call(
        ada,
        'GET',
        `/documents/${bees.id}/passage?start=${chunk.start}&end=${chunk.end}&context=10`,
      );
      expect(passage.body).toMatchObject({ text: chunk.text, page: 1, document_name: 'bees.pdf' });
    }
  });

  it('S35: stores files under generated names that only this user may read', async () => {
    const document = await uploadReady(ada, { filename: '../../x', content: 'A plain sentence to read.' });
    expect(document.name).toBe('x');
    for (const file of await storedFiles()) {
      expect(path.basename(file)).toMatch(/^[0-9a-f-]{36}$/);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    }
  });

  it('lists what was refused beside what was accepted', async () => {
    const { status, body } = await upload(ada, [
      { filename: 'empty.txt', content: '' },
      { filename: 'fine.txt', content: 'Something to read.' },
    ]);
    expect(status).toBe(201);
    expect(body.items).toHaveLength(1);
    expect(body.rejected).toMatchObject([{ name: 'empty.txt', code: 'documents.empty' }]);
  });

  it('answers 422 with the first code when every file was refused, and keeps nothing', async () => {
    const before = await storedFiles();
    const { status, body } = await upload(ada, [{ filename: 'empty.txt', content: '' }]);
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'documents.empty' });
    expect(await filesBeside(before)).toEqual([]);
  });

  it('answers 400 to a broken multipart body and keeps nothing', async () => {
    const before = await storedFiles();
    const { headers, payload } = multipart([
      { filename: 'cut.txt', content: 'This upload will be cut off.' },
    ]);
    const answer = await app.app.inject({
      method: 'POST',
      url: '/api/v1/documents',
      headers: { ...ada.headers, ...headers },
      payload: payload.subarray(0, payload.length - 20),
    });
    expect(answer.statusCode).toBe(400);
    expect(await filesBeside(before)).toEqual([]);
  });

  it('accepts the same content again and says so', async () => {
    await uploadReady(ada, { filename: 'first.txt', content: 'The very same words.' });
    const { body } = await upload(ada, [{ filename: 'second.txt', content: 'The very same words.' }]);
    expect(body.items[0].warnings[0]).toContain('first.txt');
  });

  it('shows why a file cannot be read and reads it again on request', async () => {
    const content = await readFile(path.join(fixtures, 'encrypted.pdf'));
    const failed = await uploadReady(ada, { filename: 'secret.pdf', content });
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'documents.encrypted' } });
    const retry = await call(ada, 'POST', `/documents/${failed.id}/retry`);
    expect(retry.status).toBe(202);
    expect(retry.body.error).toBeNull();
    expect((await settled(ada, failed.id)).error?.code).toBe('documents.encrypted');
  });

  it('pages through a list that can be filtered', async () => {
    const first = await call(ada, 'GET', '/documents?limit=2');
    const second = await call(ada, 'GET', `/documents?limit=2&cursor=${first.body.next_cursor}`);
    const ids = [...first.body.items, ...second.body.items].map((item: DocumentView) => item.id);
    expect(new Set(ids).size).toBe(4);
    const named = await call(ada, 'GET', '/documents?q=BEES');
    expect(named.body.items.map((item: DocumentView) => item.name)).toEqual(['bees.pdf']);
    expect((await call(ada, 'GET', '/documents?q=%25')).body.items).toEqual([]);
    expect((await call(ada, 'GET', '/documents?cursor=nonsense')).body.code).toBe('documents.invalid_cursor');
  });
});

describe('the original', () => {
  it('S35: comes back byte for byte as an attachment that cannot become a page', async () => {
    const page = await readFile(path.join(fixtures, 'scripts-page.html'));
    const document = await uploadReady(ada, { filename: 'Brunnen “süß”.html', content: page });
    const answer = await app.app.inject({
      url: `/api/v1/documents/${document.id}/file`,
      headers: ada.headers,
    });
    const { headers } = answer;
    expect(answer.rawPayload.equals(page)).toBe(true);
    expect(headers['content-type']).toBe('application/octet-stream');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['content-security-policy']).toContain('sandbox');
    expect(headers['content-disposition']).toBe(
      `attachment; filename="Brunnen _s___.html"; filename*=UTF-8''Brunnen%20%E2%80%9Cs%C3%BC%C3%9F%E2%80%9D.html`,
    );
  });
});

describe('deletion', () => {
  it('can be undone within the window', async () => {
    const document = await uploadReady(ada, { filename: 'undo.txt', content: 'To be taken back.' });
    const removed = await call(ada, 'DELETE', `/documents/${document.id}`);
    expect(Date.parse(removed.body.undo_until)).toBeGreaterThan(Date.now());
    expect((await call(ada, 'GET', `/documents/${document.id}`)).status).toBe(404);
    expect((await call(bob, 'POST', `/documents/${document.id}/restore`)).body.code).toBe(
      'documents.not_found',
    );
    await deletedAgo(document.id, 11);
    expect((await call(ada, 'POST', `/documents/${document.id}/restore`)).body.code).toBe(
      'documents.undo_expired',
    );
    await deletedAgo(document.id, 0);
    expect((await call(ada, 'POST', `/documents/${document.id}/restore`)).body.state).toBe('ready');
    expect((await call(ada, 'GET', `/documents/${document.id}`)).status).toBe(200);
  });

  it('erases rows and file afterwards', async () => {
    const document = await uploadReady(bob, {
      filename: 'gone.txt',
      content: 'Nobody will read this again.',
    });
    const { rows } = await sql<{ file_key: string }>`
      select file_key from documents where id = ${document.id}`.execute(app.platform.db);
    const isStored = async () => (await storedFiles()).some((file) => file.endsWith(rows[0]?.file_key ?? ''));
    expect(await isStored()).toBe(true);
    await call(bob, 'DELETE', `/documents/${document.id}`);
    await vi.waitFor(async () => expect(await isStored()).toBe(false), {
      timeout: 120_000,
      interval: 500,
    });
    expect((await call(bob, 'POST', `/documents/${document.id}/restore`)).status).toBe(404);
  });

  it('during ingestion ends it, and restoring begins it anew', async () => {
    const { body } = await upload(ada, [
      { filename: 'long.txt', content: 'One more sentence to read. '.repeat(200_000) },
    ]);
    const { id } = body.items[0];
    expect((await call(ada, 'DELETE', `/documents/${id}`)).status).toBe(200);
    await deletedAgo(id, 0);
    expect((await call(ada, 'POST', `/documents/${id}/restore`)).status).toBe(200);
    const document = await settled(ada, id);
    expect(document.state).toBe('ready');
    const { rows } = await sql<{ count: number; ordinals: number }>`
      select count(*)::int as count, max(ordinal) + 1 as ordinals from chunks
      where document_id = ${id}`.execute(app.platform.db);
    expect(rows[0]?.count).toBe(document.chunk_count);
    expect(rows[0]?.ordinals).toBe(document.chunk_count);
  });
});

describe('collections', () => {
  it('hold documents, which stay when the collection goes', async () => {
    const created = await call(ada, 'POST', '/collections', { name: 'Kitchen' });
    expect(created.status).toBe(201);
    expect((await call(ada, 'POST', '/collections', { name: 'kitchen' })).body.code).toBe(
      'documents.collection_exists',
    );
    const { body } = await upload(ada, [
      { name: 'collection_id', content: created.body.id },
      { filename: 'stew.md', content: 'A stew needs patience.' },
    ]);
    const document = body.items[0];
    expect(document.collection_id).toBe(created.body.id);
    const listed = await call(ada, 'GET', '/collections');
    expect(listed.body.items).toMatchObject([{ name: 'Kitchen', document_count: 1 }]);
    expect((await call(ada, 'PATCH', `/collections/${created.body.id}`, { name: 'Larder' })).body.name).toBe(
      'Larder',
    );
    expect((await call(ada, 'DELETE', `/collections/${created.body.id}`)).status).toBe(200);
    expect((await call(ada, 'GET', `/documents/${document.id}`)).body.collection_id).toBeNull();
  });
});

describe('samples', () => {
  it('are given once, read like any upload, and go at one request', async () => {
    const person = await app.person();
    const { db, engine, userFeed } = app.platform;
    const files = createFileStore({ directory: path.join(app.dataDir, 'files') });
    const dependencies = { db, engine, userFeed, files, maxFileBytes: 1_000_000 };
    expect(await addSamples(dependencies, person.userId)).toBe(1);
    expect(await addSamples(dependencies, person.userId)).toBe(0);
    expect(await addSampleIn(dependencies, person.userId, 'en-GB')).toBe(0);
    const [sample] = (await call(person, 'GET', '/documents')).body.items;
    expect(await settled(person, sample.id)).toMatchObject({
      state: 'ready',
      sample: true,
      kind: 'markdown',
    });
    expect((await call(person, 'DELETE', '/samples')).body).toEqual({ removed: 1 });
    expect((await call(person, 'GET', '/documents')).body.items).toEqual([]);
    expect(await addSampleIn(dependencies, person.userId, 'de-DE')).toBe(0);
  });

  it('come in the language that a person chooses, beside the first, and answer questions in it', async () => {
    const person = await app.person();
    const { db, engine, userFeed, bus } = app.platform;
    const files = createFileStore({ directory: path.join(app.dataDir, 'files') });
    await addSamples({ db, engine, userFeed, files, maxFileBytes: 1_000_000 }, person.userId);
    bus.publishLocal(languageChangedTopic, { user_id: person.userId, locale: 'de-AT' });
    const german = await vi.waitFor(
      async () => {
        const { items } = (await call(person, 'GET', '/documents')).body;
        expect(items).toHaveLength(2);
        return items.find(({ name }: { name: string }) => name === 'Willkommen in Ihrem Arbeitsbereich.md');
      },
      { timeout: 120_000, interval: 50 },
    );
    expect(await settled(person, german.id)).toMatchObject({ state: 'ready', sample: true });
    for (const query of [
      'Wie sichere ich meinen Arbeitsbereich?',
      'Wie ist meine Privatsphäre geschützt?',
      'Was geschieht ohne Modell?',
    ]) {
      const { items } = (await call(person, 'POST', '/search', { query })).body;
      expect(items[0]?.document_id).toBe(german.id);
    }
  });
});

describe('authorisation', () => {
  it('S30: answers 404 for documents of another person exactly as for unknown ones', async () => {
    const document = await uploadReady(ada, { filename: 'private.txt', content: 'Only for Ada.' });
    const unknown = '01890000-0000-7000-8000-000000000000';
    const attempts: ['GET' | 'POST' | 'PATCH' | 'DELETE', string, object?][] = [
      ['GET', ''],
      ['PATCH', '', { name: 'mine' }],
      ['DELETE', ''],
      ['POST', '/restore'],
      ['POST', '/retry'],
      ['GET', '/pages'],
      ['GET', '/chunks'],
      ['GET', '/passage?start=0&end=4'],
      ['GET', '/file'],
    ];
    for (const [method, suffix, body] of attempts) {
      const others = await call(bob, method, `/documents/${document.id}${suffix}`, body);
      const missing = await call(bob, method, `/documents/${unknown}${suffix}`, body);
      const { request_id: _one, ...othersBody } = others.body;
      const { request_id: _other, ...missingBody } = missing.body;
      expect({ status: others.status, body: othersBody }).toEqual({ status: 404, body: missingBody });
    }
    expect((await call(bob, 'GET', '/documents')).body.items).toEqual([]);
    expect((await call(ada, 'GET', `/documents/${document.id}`)).body.name).toBe('private.txt');
  });

  it('S30: refuses collections of another person everywhere', async () => {
    const { body: collection } = await call(ada, 'POST', '/collections', { name: 'Ada only' });
    const document = await uploadReady(bob, { filename: 'bob.txt', content: 'Of Bob.' });
    expect((await call(bob, 'PATCH', `/collections/${collection.id}`, { name: 'x' })).status).toBe(404);
    expect((await call(bob, 'DELETE', `/collections/${collection.id}`)).status).toBe(404);
    const moved = await call(bob, 'PATCH', `/documents/${document.id}`, { collection_id: collection.id });
    expect(moved.body.code).toBe('documents.collection_not_found');
    const into = await upload(bob, [
      { name: 'collection_id', content: collection.id },
      { filename: 'b.txt', content: 'Into the wrong place.' },
    ]);
    expect({ status: into.status, code: into.body.code }).toEqual({
      status: 404,
      code: 'documents.collection_not_found',
    });
  });

  it('S31: refuses every route without a session and stores nothing', async () => {
    const before = await storedFiles();
    const { headers, payload } = multipart([{ filename: 'a.txt', content: 'Nobody sent this.' }]);
    const answer = await app.app.inject({ method: 'POST', url: '/api/v1/documents', headers, payload });
    expect(answer.statusCode).toBe(401);
    expect(await filesBeside(before)).toEqual([]);
  });

  it('S12: refuses unknown keys', async () => {
    const document = await uploadReady(ada, { filename: 'keys.txt', content: 'Strict.' });
    const change = await call(ada, 'PATCH', `/documents/${document.id}`, { owner_id: bob.userId });
    expect(change.status).toBe(422);
  });
});
