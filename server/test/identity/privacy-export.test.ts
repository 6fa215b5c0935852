import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { runExport } from '../../src/features/privacy/export.workflow.ts';
import { tidyExports } from '../../src/features/privacy/exports.upkeep.ts';
import { createFileStore, type FileStore } from '../../src/platform/files/file-store.ts';
import { StorageFull } from '../../src/platform/files/files.errors.ts';
import type { PersonalData } from '../../src/platform/personal-data.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, signedIn, TestBrowser } from './client.ts';
import { auditOf, forgetStepUp } from './factors.ts';
import {
  download,
  type ExportItem,
  type FullPerson,
  fileExists,
  fullPerson,
  listExports,
  makeExport,
  pathOfFile,
  patience,
  readZip,
} from './privacy-world.ts';

let app: TestApp;
let vera: FullPerson;
let other: FullPerson;
beforeAll(async () => {
  app = await createTestApp({ guard: 'real' });
  vera = await fullPerson(app);
  other = await fullPerson(app);
});
afterAll(() => app.stop());

const fileKeyOf = async (id: string): Promise<string> => {
  const { rows } = await sql<{ file_key: string | null }>`
    select file_key from privacy_exports where id = ${id}`.execute(app.platform.db);
  return rows[0]?.file_key ?? '';
};

describe('A19: an export', () => {
  let made: ExportItem;
  let entries: Map<string, Buffer>;
  beforeAll(async () => {
    made = await makeExport(vera.browser);
    entries = await readZip((await download(vera.browser, made.id)).rawPayload);
  });

  test('holds everything that is kept about the person, and says what each part is', () => {
    const all = [...entries].map(([name, content]) => `${name}\n${content.toString('utf8')}`).join('\n');
    expect(vera.treasures.filter((treasure) => !all.includes(treasure))).toEqual([]);
    const kinds = [...entries.keys()].filter((name) => name.endsWith('.json'));
    const readme = entries.get('README.txt')?.toString('utf8') ?? '';
    expect(kinds.filter((name) => !readme.includes(name))).toEqual([]);
    expect(kinds.length).toBeGreaterThan(15);
  });

  test('is JSON of one entry a line, with the files as they were uploaded, under harmless names', () => {
    for (const [name, content] of entries)
      if (name.endsWith('.json')) expect(Array.isArray(JSON.parse(content.toString('utf8')))).toBe(true);
    const account = JSON.parse(entries.get('account.json')?.toString('utf8') ?? '[]') as { id: string }[];
    expect(account.map(({ id }) => id)).toEqual([vera.id]);
    const files = [...entries.keys()].filter((name) => name.startsWith('files/'));
    const own = files.find((name) => name.includes('Paper'));
    expect(own).toMatch(/^files\/documents\/[0-9a-f-]{36}\/Paper \w+\.txt$/);
    expect(vera.treasures).toContain(entries.get(own ?? '')?.toString('utf8'));
  });

  test('S41: holds no secret: no hash, no key, no code, no token, nothing sealed', async () => {
    const raw = (await download(vera.browser, made.id)).rawPayload.toString('latin1');
    const all = [raw, ...[...entries.values()].map((content) => content.toString('utf8'))].join('\n');
    expect(vera.secrets.length).toBeGreaterThan(20);
    expect(vera.secrets.filter((secret) => secret === '' || all.includes(secret))).toEqual([]);
    expect(all).not.toMatch(/\$argon2|_hash"|sealed"|"secret"/);
  });

  test('S30: holds nothing of anybody else', () => {
    const all = [...entries.values()].map((content) => content.toString('utf8')).join('\n');
    expect(all).not.toContain(other.email);
    expect(all).not.toContain(other.id);
  });

  test('S30: is there for nobody else, and for nobody by an unknown id', async () => {
    const theirs = await download(other.browser, made.id);
    const unknown = await download(other.browser, uuidv7());
    expect([theirs.statusCode, codeOf(theirs)]).toEqual([404, 'privacy.export_not_found']);
    expect([unknown.statusCode, codeOf(unknown)]).toEqual([404, 'privacy.export_not_found']);
    expect((await listExports(other.browser)).map(({ id }) => id)).not.toContain(made.id);
    expect((await download(new TestBrowser(app), made.id)).statusCode).toBe(401);
  });

  test('S35: is an attachment that no browser shows, sniffs or caches', async () => {
    const { headers } = await download(vera.browser, made.id);
    expect(headers).toMatchObject({
      'content-type': 'application/zip',
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
      'content-length': String(made.size_bytes),
    });
    expect(headers['content-disposition']).toMatch(/^attachment; filename="export-[\d-]+\.zip"$/);
  });

  test('lies in the data folder for the eyes of the server alone', async () => {
    const file = pathOfFile(app, await fileKeyOf(made.id), 'exports');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(path.dirname(file))).mode & 0o777).toBe(0o700);
  });

  test('S39: asking for it and taking it away are on record', async () => {
    expect((await auditOf(app, vera.id, 'privacy.export_requested')).length).toBeGreaterThan(0);
    expect((await auditOf(app, vera.id, 'privacy.export_downloaded')).length).toBeGreaterThan(0);
  });

  test('is replaced by the next one: there is one copy of everything at a time', async () => {
    const before = await fileKeyOf(made.id);
    const next = await makeExport(vera.browser);
    await vi.waitFor(
      async () => expect(await fileExists(pathOfFile(app, before, 'exports'))).toBe(false),
      patience,
    );
    const states = (await listExports(vera.browser)).map(({ id, status }) => [id, status]);
    expect(states).toContainEqual([next.id, 'ready']);
    expect(states).toContainEqual([made.id, 'expired']);
    expect(codeOf(await download(vera.browser, made.id))).toBe('privacy.export_not_found');
  });
});

describe('S9: without a proof of the last minutes', () => {
  test('nobody asks for an export or takes one away', async () => {
    const made = await makeExport(other.browser);
    await forgetStepUp(app, other.sessionId);
    const asked = await other.browser.request('POST', '/api/v1/privacy/exports');
    expect([asked.statusCode, codeOf(asked)]).toEqual([403, 'auth.step_up_required']);
    const taken = await download(other.browser, made.id);
    expect([taken.statusCode, codeOf(taken)]).toEqual([403, 'auth.step_up_required']);
  });
});

describe('A19: exports over time', () => {
  const exportsFolder = () => path.join(app.dataDir, 'exports');
  const store = () => createFileStore({ directory: exportsFolder() });
  const kinds = (): PersonalData[] => [
    {
      name: 'things',
      about: 'Things.',
      tables: ['things'],
      async *read() {
        yield { a: 1 };
      },
      count: async () => 1,
    },
  ];
  const options = (files: FileStore, personal = kinds()) => ({
    ...app.platform,
    files,
    kinds: () => personal,
    product: 'Test',
  });
  const waiting = async (userId: string): Promise<string> => {
    const id = uuidv7();
    await sql`insert into privacy_exports (id, user_id) values (${id}, ${userId})`.execute(app.platform.db);
    return id;
  };
  const running = new AbortController().signal;

  test('a second request while one is under way answers that one', async () => {
    const { browser, id } = await signedIn(app, 'twice@example.org');
    const first = await waiting(id);
    const again = await browser.request('POST', '/api/v1/privacy/exports');
    expect([again.statusCode, (again.json() as { id: string }).id]).toEqual([202, first]);
    expect(codeOf(await download(browser, first))).toBe('privacy.export_not_ready');
  });

  test('after seven days the file is removed and the export has expired', async () => {
    const { browser } = await signedIn(app, 'later@example.org');
    const made = await makeExport(browser);
    const file = pathOfFile(app, await fileKeyOf(made.id), 'exports');
    const days = (Date.parse(made.expires_at ?? '') - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(6.9);
    expect(days).toBeLessThan(7.1);
    await tidyExports({ ...app.platform, files: store() });
    expect(await fileExists(file)).toBe(true);
    await sql`update privacy_exports set expires_at = now() - interval '1 second' where id = ${made.id}`.execute(
      app.platform.db,
    );
    await tidyExports({ ...app.platform, files: store() });
    expect(await fileExists(file)).toBe(false);
    expect((await listExports(browser))[0]).toMatchObject({ status: 'expired' });
    expect((await download(browser, made.id)).statusCode).toBe(404);
  });

  test('a full disk fails it with a sentence, and another one may be asked for', async () => {
    const { browser, id: userId } = await signedIn(app, 'full@example.org');
    const id = await waiting(userId);
    const full: FileStore = { ...store(), receive: () => Promise.reject(StorageFull.with()) };
    expect(await runExport(options(full), id, running)).toEqual({ ready: false });
    expect((await listExports(browser))[0]).toMatchObject({
      status: 'failed',
      error: { code: 'files.storage_full', detail: StorageFull.detail },
    });
    expect((await makeExport(browser)).status).toBe('ready');
  });

  test('a part that cannot be read fails the whole and leaves no half of a file', async () => {
    const { browser, id: userId } = await signedIn(app, 'broken@example.org');
    const id = await waiting(userId);
    const receive = vi.fn(store().receive);
    const broken: PersonalData = {
      ...kinds()[0]!,
      name: 'broken',
      async *read() {
        yield { a: 1 };
        throw new Error('the table is gone');
      },
    };
    await runExport(options({ ...store(), receive }, [...kinds(), broken]), id, running);
    await expect(receive.mock.results[0]?.value).rejects.toMatchObject({ code: 'files.upload_interrupted' });
    const [shown] = await listExports(browser);
    expect(shown).toMatchObject({
      status: 'failed',
      error: { code: 'privacy.export_failed' },
      size_bytes: null,
    });
  });

  test('a run that was overtaken by another one changes nothing and leaves nothing', async () => {
    const { browser, id: userId } = await signedIn(app, 'overtaken@example.org');
    const id = await waiting(userId);
    const removed: string[] = [];
    const slow: FileStore = {
      ...store(),
      async receive(source, limits) {
        const file = await store().receive(source, limits);
        await runExport(options(store()), id, running);
        return file;
      },
      remove: async (key) => void removed.push(key),
    };
    expect(await runExport(options(slow), id, running)).toEqual({ ready: false });
    expect(removed).toHaveLength(1);
    expect(removed).not.toContain(await fileKeyOf(id));
    expect((await listExports(browser))[0]).toMatchObject({ id, status: 'ready' });
  });

  test('holds no more of a large table in memory than a page, and a file no more than a piece of it', async () => {
    const { id: userId } = await signedIn(app, 'large@example.org');
    const id = await waiting(userId);
    let ahead = 0;
    let most = 0;
    const large: PersonalData = {
      ...kinds()[0]!,
      async *read() {
        for (let n = 0; n < 2_000; n++) {
          ahead += 1;
          most = Math.max(most, ahead);
          yield { n, text: randomBytes(7_500).toString('base64') };
        }
      },
    };
    const lazy: FileStore = {
      ...store(),
      async receive(source) {
        let sizeBytes = 0;
        for await (const piece of source) {
          // A slow disk: what is read while it waits is what must be held.
          await new Promise((resolve) => setImmediate(resolve));
          ahead = 0;
          sizeBytes += piece.byteLength;
        }
        return { key: uuidv7(), sizeBytes, sha256: '' };
      },
    };
    await runExport(options(lazy, [large]), id, running);
    expect(most).toBeLessThan(200);
  });
});
