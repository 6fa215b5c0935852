import { randomBytes, randomUUID } from 'node:crypto';
import { access, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { expect, vi } from 'vitest';
import { fromBuffer, type ZipFile } from 'yauzl';
import { createPasswordHasher } from '../../src/features/accounts/index.ts';
import { Secret } from '../../src/platform/crypto/secret.ts';
import { cheapPasswordCost, type TestApp } from '../test-app.ts';
import { signedIn, type TestBrowser } from './client.ts';
import { enrolPasskey, enrolTotp } from './factors.ts';

export const patience = { timeout: 120_000, interval: 50 };

export interface FullPerson {
  id: string;
  email: string;
  displayName: string;
  browser: TestBrowser;
  sessionId: string;
  /** What nobody may ever find in an export. */
  secrets: string[];
  /** What the person is to find in theirs. */
  treasures: string[];
  fileKey: string;
  conversationId: string;
}

let people = 0;

/** Somebody with something of every kind that the program keeps. */
export async function fullPerson(app: TestApp, role: 'user' | 'superuser' = 'user'): Promise<FullPerson> {
  const mark = `${(++people).toString()}${randomBytes(4).toString('hex')}`;
  const email = `vera.${mark}@example.org`;
  const displayName = `Vera Quandt-${mark}`;
  const { browser, id } = await signedIn(app, email, role);
  await sql`update users set display_name = ${displayName} where id = ${id}`.execute(app.platform.db);
  const { secret, backupCodes } = await enrolTotp(browser);
  const { passkey } = await enrolPasskey(browser);
  const renamed = await browser.request('PATCH', `/api/v1/auth/passkeys/${passkey.id}`, {
    json: { name: `Key of ${mark}` },
  });
  expect(renamed.statusCode).toBe(200);
  const made = await browser.request('POST', '/api/v1/auth/api-keys', {
    json: { name: `Robot ${mark}`, scopes: ['documents:read'], expires_in_days: null },
  });
  expect(made.statusCode).toBe(201);
  const apiKey = (made.json() as { secret: string }).secret;
  const profile = await browser.request('PATCH', '/api/v1/profile', {
    json: { about: `About ${mark}`, goals: [`Goal ${mark}`] },
    headers: { 'if-match': '"1"' },
  });
  expect(profile.statusCode).toBe(200);
  const sealed = app.platform.secretBox.seal(new Secret(`body ${mark}`), 'mail_messages.body x');
  await untilSamples(app, id);
  const content = await storeContent(app, { id, email, displayName, mark, sealed });
  const { rows } = await sql<{ text: string }>`
    select password_hash as text from users where id = ${id}
    union all select sealed_secret from totp_secrets where user_id = ${id}
    union all select code_hash from backup_codes where user_id = ${id}
    union all select encode(secret_hash, 'base64') from api_keys where user_id = ${id}
    union all select encode(token_hash, 'base64') from devices where user_id = ${id}
    union all select encode(public_key, 'base64') from passkeys where user_id = ${id}
    union all select encode(r.token_hash, 'base64') from refresh_tokens r
      join sessions s on s.id = r.session_id where s.user_id = ${id}`.execute(app.platform.db);
  return {
    id,
    email,
    displayName,
    browser,
    sessionId: await liveSessionOf(app, id),
    secrets: [
      secret,
      ...(backupCodes ?? []),
      apiKey,
      sealed,
      ...browser.jar.values(),
      ...rows.map((row) => row.text),
    ],
    treasures: [
      email,
      displayName,
      ...content.treasures,
      `Key of ${mark}`,
      `Robot ${mark}`,
      `About ${mark}`,
      `Goal ${mark}`,
    ],
    fileKey: content.fileKey,
    conversationId: content.conversationId,
  };
}

/** A new person gets a sample document a moment after the account. */
async function untilSamples(app: TestApp, userId: string): Promise<void> {
  await vi.waitFor(async () => {
    const { rows } = await sql`select from documents where owner_id = ${userId} and sample`.execute(
      app.platform.db,
    );
    expect(rows.length).toBeGreaterThan(0);
  }, patience);
}

async function liveSessionOf(app: TestApp, userId: string): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    select id from sessions where user_id = ${userId} and ended_at is null order by id desc limit 1`.execute(
    app.platform.db,
  );
  return rows[0]?.id ?? '';
}

/** What takes many requests or another server to come about. */
async function storeContent(
  app: TestApp,
  person: { id: string; email: string; displayName: string; mark: string; sealed: string },
) {
  const { id, email, mark, sealed } = person;
  const { db } = app.platform;
  const [collection, document, conversation, question, provider, pull] = Array.from({ length: 6 }, () =>
    uuidv7(),
  );
  const fileKey = await storeFile(app, `File of ${mark}`);
  const streamId = uuidv7();
  await sql`insert into collections (id, owner_id, name) values (${collection}, ${id}, ${`Shelf ${mark}`})`.execute(
    db,
  );
  await sql`
    insert into documents (id, owner_id, collection_id, name, kind, media_type, size_bytes, sha256, file_key, state,
      ingest_id, text_length, chunk_count)
    values (${document}, ${id}, ${collection}, ${`../../Paper ${mark}.txt`}, 'text', 'text/plain', 20, 'aa', ${fileKey},
      'ready', ${uuidv7()}, 20, 1)`.execute(db);
  await sql`insert into document_pages (document_id, number, start_offset, end_offset, text)
    values (${document}, 1, 0, 20, ${`Page of ${email}`})`.execute(db);
  await sql`insert into chunks (id, document_id, owner_id, ordinal, text, start_offset, end_offset, token_count)
    values (${uuidv7()}, ${document}, ${id}, 0, ${`Chunk of ${email}`}, 0, 20, 4)`.execute(db);
  await sql`insert into retrieval_owners (owner_id, next_number) values (${id}, 1)
    on conflict do nothing`.execute(db);
  await sql`insert into retrieval_postings (owner_id, block, term, entries)
    values (${id}, 0, ${`term${mark}`}, '\\x0000')`.execute(db);
  await sql`insert into conversations (id, owner_id, title, title_source, scope)
    values (${conversation}, ${id}, ${`Talk ${mark}`}, 'person', '{}')`.execute(db);
  const notices = JSON.stringify([{ code: 'x', params: {}, detail: `Notice ${mark}` }]);
  await sql`insert into messages (id, conversation_id, owner_id, role, content, status, notices)
    values (${question}, ${conversation}, ${id}, 'user', ${`Question ${mark} from ${email}`}, 'complete',
      ${notices}::jsonb)`.execute(db);
  await sql`insert into streams (id, kind, owner_id) values (${streamId}, 'generation', ${id})`.execute(db);
  await sql`insert into stream_events (stream_id, seq, type, data)
    values (${streamId}, 1, 'delta', ${JSON.stringify({ text: `Answer to ${email}` })}::jsonb)`.execute(db);
  await sql`insert into model_providers (id, kind, name, base_url)
    values (${provider}, 'ollama', ${`Provider ${mark}`}, 'http://127.0.0.1:9')`.execute(db);
  await sql`insert into model_pulls (id, provider_id, requested_by, model, status)
    values (${pull}, ${provider}, ${id}, ${`model-${mark}`}, 'done')`.execute(db);
  await sql`insert into streams (id, kind, owner_id, ended_at) values (${pull}, 'model-pull', ${id}, now())`.execute(
    db,
  );
  await storeIdentity(app, { id, email, mark, sealed });
  return {
    fileKey,
    conversationId: conversation ?? '',
    treasures: [
      `Shelf ${mark}`,
      `Paper ${mark}`,
      `File of ${mark}`,
      `Talk ${mark}`,
      `Question ${mark}`,
      `Notice ${mark}`,
      `model-${mark}`,
      `subject-${mark}`,
      `friend.${mark}@example.net`,
      `Mail ${mark}`,
      `Laptop ${mark}`,
      `new.${mark}@example.com`,
      'new_country',
    ],
  };
}

async function storeIdentity(
  app: TestApp,
  { id, email, mark, sealed }: { id: string; email: string; mark: string; sealed: string },
): Promise<void> {
  const { db } = app.platform;
  await sql`insert into user_identities (id, user_id, issuer, subject, email)
    values (${uuidv7()}, ${id}, 'https://id.example', ${`subject-${mark}`}, ${email})`.execute(db);
  await sql`insert into client_certificates (id, user_id, name, serial, fingerprint, not_after)
    values (${uuidv7()}, ${id}, ${`Laptop ${mark}`}, ${mark}, ${randomBytes(32)}, now() + interval '1 year')`.execute(
    db,
  );
  await sql`insert into security_alerts (id, user_id, kind, severity, response, facts, personal)
    values (${uuidv7()}, ${id}, 'new_country', 'warning', 'notify', '{"country":"PT","signals":["new_country"]}',
      '{"address":"192.0.2.7"}')`.execute(db);
  await sql`insert into invitations (id, email, email_canonical, role, token_hash, invited_by, expires_at)
    values (${uuidv7()}, ${`friend.${mark}@example.net`}, ${`friend.${mark}@example.net`}, 'user', ${randomBytes(32)},
      ${id}, now() + interval '1 day')`.execute(db);
  const strangersHash = await createPasswordHasher(cheapPasswordCost).hash(`Stranger ${mark}`);
  await sql`insert into registrations (id, email, email_canonical, display_name, password_hash, expires_at)
    values (${uuidv7()}, ${email}, ${email}, 'Stranger', ${strangersHash}, now() + interval '1 day')`.execute(
    db,
  );
  await sql`insert into email_changes (id, user_id, email, email_canonical, expires_at)
    values (${uuidv7()}, ${id}, ${`new.${mark}@example.com`}, ${`new.${mark}@example.com`}, now() + interval '1 day')`.execute(
    db,
  );
  await sql`insert into mail_messages (id, user_id, recipient, recipient_canonical, kind, subject, body_sealed, status)
    values (${uuidv7()}, ${id}, ${email}, ${email}, 'new_device', ${`Mail ${mark}`}, ${sealed}, 'stored')`.execute(
    db,
  );
  await sql`insert into security_policies (policy, updated_by) values ('{}', ${id})
    on conflict (id) do update set updated_by = ${id}`.execute(db);
}

async function storeFile(app: TestApp, content: string): Promise<string> {
  const key = randomUUID();
  const file = pathOfFile(app, key);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
  return key;
}

export function pathOfFile(app: TestApp, key: string, store: 'files' | 'exports' = 'files'): string {
  return path.join(app.dataDir, store, key.slice(0, 2), key.slice(2, 4), key);
}

export const fileExists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

export interface ExportItem {
  id: string;
  status: string;
  size_bytes: number | null;
  expires_at: string | null;
  error: { code: string; detail: string } | null;
}

export async function listExports(browser: TestBrowser): Promise<ExportItem[]> {
  return ((await browser.request('GET', '/api/v1/privacy/exports')).json() as { items: ExportItem[] }).items;
}

/** Asks for an export and waits until it is ready. */
export async function makeExport(browser: TestBrowser): Promise<ExportItem> {
  const asked = await browser.request('POST', '/api/v1/privacy/exports');
  expect(asked.statusCode).toBe(202);
  const { id } = asked.json() as { id: string };
  return untilExport(browser, id, 'ready');
}

export function untilExport(browser: TestBrowser, id: string, status: string): Promise<ExportItem> {
  return vi.waitFor(async () => {
    const item = (await listExports(browser)).find((each) => each.id === id);
    expect([item?.status, item?.error]).toEqual([status, item?.error]);
    return item as ExportItem;
  }, patience);
}

export const download = (browser: TestBrowser, id: string) =>
  browser.request('GET', `/api/v1/privacy/exports/${id}/download`);

/** Every entry of a zip file, read by another library than the one that wrote it; checks sizes and checksums. */
export async function readZip(zip: Buffer): Promise<Map<string, Buffer>> {
  const archive = await new Promise<ZipFile>((resolve, reject) => {
    fromBuffer(zip, { lazyEntries: true }, (error, opened) => (error ? reject(error) : resolve(opened)));
  });
  const entries = new Map<string, Buffer>();
  await new Promise<void>((resolve, reject) => {
    archive.on('error', reject).on('end', resolve);
    archive.on('entry', (entry) => {
      archive.openReadStream(entry, (error, stream) => {
        if (error) return reject(error);
        const pieces: Buffer[] = [];
        stream.on('data', (piece: Buffer) => pieces.push(piece)).on('error', reject);
        stream.on('end', () => {
          entries.set(entry.fileName, Buffer.concat(pieces));
          archive.readEntry();
        });
      });
    });
    archive.readEntry();
  });
  return entries;
}

/** Where any of the texts occurs in any column of any table, of the program and of its durable engine. */
export async function findInDatabase(app: TestApp, texts: string[]): Promise<string[]> {
  const { rows: tables } = await sql<{ name: string }>`
    select format('%I.%I', table_schema, table_name) as name from information_schema.tables
    where table_schema in ('public', 'dbos') and table_type = 'BASE TABLE' order by 1`.execute(
    app.platform.db,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    for (const text of texts) {
      const { rows } = await sql<{ n: number }>`
        select count(*) as n from ${sql.raw(name)} t
        where position(lower(${text}) in lower(t::text)) > 0`.execute(app.platform.db);
      if ((rows[0]?.n ?? 0) > 0) found.push(`${name}: ${text}`);
    }
  }
  return found;
}
