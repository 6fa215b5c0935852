import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { Secret } from '../../src/platform/crypto/secret.ts';
import { createMailTransport, type OutgoingMail } from '../../src/platform/mail/index.ts';
import { type SmtpPeer, startSmtpPeer } from '../peers/smtp-peer.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, goodPassword, signedIn, TestBrowser } from './client.ts';
import { findMail, mailText, type OutboxItem, readOutbox } from './mail-world.ts';

const patience = { timeout: 120_000, interval: 50 };
const from = { name: 'Engine', address: 'engine@example.org' };
const letter = (over: Partial<OutgoingMail> = {}): OutgoingMail => ({
  messageId: 'one@example.org',
  to: 'ada@example.org',
  subject: 'Hello',
  text: 'Text',
  html: '<p>Text</p>',
  date: new Date('2026-05-04T10:00:00Z'),
  ...over,
});

const sendTest = (browser: TestBrowser, to: string) =>
  browser.request('POST', '/api/v1/admin/mail/test', { json: { to } });

/** Waits until the newest mail to that address is as it should be. */
function untilMail(browser: TestBrowser, to: string, status: OutboxItem['status']): Promise<OutboxItem> {
  return vi.waitFor(async () => {
    const item = (await readOutbox(browser)).find((each) => each.to === to);
    expect([to, item?.status]).toEqual([to, status]);
    return item as OutboxItem;
  }, patience);
}

describe('the SMTP transport', () => {
  let peer: SmtpPeer | undefined;
  afterEach(() => peer?.stop());
  const transportTo = (url: string) =>
    createMailTransport({ smtpUrl: new Secret(url), from, dataDir: '/nowhere' });

  test('sends text and HTML with a stable Message-ID', async () => {
    peer = await startSmtpPeer();
    await transportTo(`smtp://127.0.0.1:${peer.port}`).send(letter());
    const mail = await peer.arrival();
    expect(mail.from).toBe('engine@example.org');
    expect(mail.to).toEqual(['ada@example.org']);
    expect(mail.headers.get('message-id')).toBe('<one@example.org>');
    expect(mail.headers.get('auto-submitted')).toBe('auto-generated');
    expect(mail.body).toContain('<p>Text</p>');
  });

  test('speaks TLS from the first byte, and after STARTTLS, and trusts no certificate blindly', async () => {
    for (const [tls, scheme] of [
      ['implicit', 'smtps'],
      ['starttls', 'smtp'],
    ] as const) {
      const own = await startSmtpPeer({ tls });
      const address = `${scheme}://127.0.0.1:${own.port}/`;
      await expect(transportTo(address).send(letter())).rejects.toMatchObject({
        name: 'MailFailure',
        permanent: false,
        message: expect.stringContaining('certificate') as string,
      });
      expect(own.received).toEqual([]);
      await transportTo(`${address}?tls.rejectUnauthorized=false`).send(letter());
      expect((await own.arrival()).encrypted).toBe(true);
      await own.stop();
    }
  });

  test('sends nothing unencrypted to another machine unless the settings say so', async () => {
    // Loopback to the system, any other machine to the program.
    peer = await startSmtpPeer({ host: '127.0.0.2' });
    const url = `smtp://127.0.0.2:${peer.port}/`;
    await expect(transportTo(url).send(letter())).rejects.toMatchObject({
      message: expect.stringContaining('no encrypted connection') as string,
    });
    expect(peer.received).toEqual([]);
    await transportTo(`${url}?requireTLS=false`).send(letter());
    expect(peer.received).toHaveLength(1);
  });

  test('begins no header and reaches nobody else by what people typed', async () => {
    peer = await startSmtpPeer();
    const transport = transportTo(`smtp://127.0.0.1:${peer.port}`);
    await transport.send(letter({ subject: 'Hello\r\nBcc: eve@example.org\r\n\r\nBody' }));
    const mail = await peer.arrival();
    expect(mail.to).toEqual(['ada@example.org']);
    expect(mail.headers.get('bcc')).toBeUndefined();
    expect(mail.headers.get('subject')).toBe('Hello Bcc: eve@example.org Body');
    for (const to of [
      'ada@example.org, eve@example.org',
      'ada@example.org\r\nRCPT TO:<eve@example.org>',
      'Eve <eve@example.org>',
      'ada@example.org>\r\n',
    ])
      await expect(transport.send(letter({ to }))).rejects.toMatchObject({ permanent: true });
    expect(peer.received).toHaveLength(1);
  });

  test('says in a sentence what is wrong, without the password', async () => {
    peer = await startSmtpPeer();
    peer.refused.add('ada@example.org');
    await expect(transportTo(`smtp://127.0.0.1:${peer.port}`).send(letter())).rejects.toMatchObject({
      permanent: true,
      message: expect.stringContaining('No such person here') as string,
    });
    const { port } = peer;
    await peer.stop();
    peer = undefined;
    const failure: unknown = await transportTo(`smtp://me:very-secret@127.0.0.1:${port}`)
      .check()
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'MailFailure', permanent: false });
    expect(String(failure)).toContain(`127.0.0.1:${port}`);
    expect(String(failure)).not.toContain('very-secret');
  });
});

describe('mail through an SMTP server', () => {
  let app: TestApp;
  let admin: TestBrowser;
  let peer: SmtpPeer;
  beforeAll(async () => {
    peer = await startSmtpPeer();
    app = await createTestApp({
      guard: 'real',
      environ: { SMTP_URL: `smtp://127.0.0.1:${peer.port}`, MAIL_FROM: 'Engine <engine@example.org>' },
    });
    admin = (await signedIn(app, 'admin@example.org', 'admin')).browser;
  });
  afterAll(async () => {
    await app.stop();
    await peer.stop();
  });

  test('is delivered, and keeps no content once the server has it', async () => {
    expect((await sendTest(admin, 'bob@example.org')).statusCode).toBe(202);
    const mail = await peer.arrival((each) => each.to.includes('bob@example.org'));
    expect(mail.body).toContain('This message shows that mails of this server arrive.');
    expect(mail.headers.get('from')).toBe('Engine <engine@example.org>');
    const item = await untilMail(admin, 'bob@example.org', 'sent');
    const read = await admin.request('GET', `/api/v1/admin/outbox/${item.id}`);
    expect(read.json()).toMatchObject({ to: 'bob@example.org', text: null });
    const again = await admin.request('POST', `/api/v1/admin/outbox/${item.id}/retry`);
    expect([again.statusCode, codeOf(again)]).toEqual([409, 'mail.already_sent']);
  });

  test('to a recipient that is refused fails with the words of the server, and can be tried again', async () => {
    peer.refused.add('nobody@example.org');
    await sendTest(admin, 'nobody@example.org');
    const item = await untilMail(admin, 'nobody@example.org', 'failed');
    expect(item).toMatchObject({ attempts: 1, error: expect.stringContaining('No such person here') });
    const summary = await admin.request('GET', '/api/v1/admin/mail');
    expect(summary.json()).toEqual({
      transport: 'smtp',
      from: 'Engine <engine@example.org>',
      folder: null,
      last_error: item.error,
    });
    peer.refused.clear();
    expect((await admin.request('POST', `/api/v1/admin/outbox/${item.id}/retry`)).statusCode).toBe(202);
    await untilMail(admin, 'nobody@example.org', 'sent');
    const unknown = await admin.request('POST', `/api/v1/admin/outbox/${uuidv7()}/retry`);
    expect([unknown.statusCode, codeOf(unknown)]).toEqual([404, 'mail.not_found']);
  });

  test('waits while the server is down, and is delivered once when it is up again', async () => {
    const { port } = peer;
    await peer.stop();
    await sendTest(admin, 'late@example.org');
    const waiting = await vi.waitFor(async () => {
      const item = await findMail(admin, 'test', 'late@example.org');
      expect(item?.error).toContain('could not take the message');
      return item;
    }, patience);
    expect(waiting?.status).toBe('waiting');
    peer = await startSmtpPeer({ port });
    const item = await untilMail(admin, 'late@example.org', 'sent');
    expect(item.error).toBeNull();
    // The server may be up again only after another attempt; that one mail arrived is the proof.
    expect(item.attempts).toBeGreaterThanOrEqual(2);
    expect(peer.received.map((mail) => mail.to)).toEqual([['late@example.org']]);
    expect(peer.received[0]?.headers.get('message-id')).toBe(`<${item.id}@example.org>`);
  });

  test('does not flood one mailbox: the twenty-first mail of an hour is held back and says so', async () => {
    for (let sent = 0; sent < 21; sent += 1) await sendTest(admin, 'Full@Example.org');
    const items = (await readOutbox(admin)).filter((item) => item.to === 'Full@Example.org');
    expect(items).toHaveLength(21);
    expect(items[0]).toMatchObject({ status: 'failed', error: expect.stringContaining('20 mails') });
    // Another spelling is the same mailbox (S6).
    await sendTest(admin, 'full@example.org');
    expect((await findMail(admin, 'test', 'full@example.org'))?.status).toBe('failed');
  });

  test('S9: a change of the password is told in the language and time zone of the person', async () => {
    const person = await signedIn(app, 'jörg@example.org');
    await person.browser.request('PATCH', '/api/v1/profile', {
      json: { locale: 'de-AT', time_zone: 'Europe/Vienna', display_name: 'Jörg <b>' },
    });
    const change = { current_password: goodPassword, new_password: 'amber meadow whistle orchard' };
    const changed = await person.browser.request('POST', '/api/v1/auth/password/change', { json: change });
    expect(changed.statusCode).toBe(200);
    const mail = await peer.arrival((each) =>
      each.body.includes('Das Passwort deines Kontos wurde geändert.'),
    );
    expect(mail.body).toContain('Hallo Jörg <b>,');
    expect(mail.body).toContain('Hallo Jörg &lt;b&gt;,');
    expect(mail.body).toMatch(/Zeit: .* (MESZ|MEZ)/);
    expect(mail.body).toContain('/security');
    expect(mail.body).not.toMatch(/<img|src=|url\(/);
  });
});

describe('mail without an SMTP server', () => {
  let app: TestApp;
  let admin: TestBrowser;
  let root: TestBrowser;
  beforeAll(async () => {
    app = await createTestApp({ guard: 'real' });
    admin = (await signedIn(app, 'admin@example.org', 'admin')).browser;
    root = (await signedIn(app, 'root@example.org', 'superuser')).browser;
  });
  afterAll(() => app.stop());

  const forgot = (email: string) =>
    new TestBrowser(app).request('POST', '/api/v1/auth/password/forgot', { json: { email }, csrf: false });

  test('is kept in files that only the server may read, with links of the configured address', async () => {
    const person = await signedIn(app, 'person@example.org');
    const visitor = new TestBrowser(app);
    await visitor.fetchCsrf();
    await visitor.request('POST', '/api/v1/auth/password/forgot', {
      json: { email: person.email },
      headers: { host: 'localhost:3000', 'x-forwarded-host': 'evil.example' },
    });
    const item = await untilMail(admin, person.email, 'stored');
    const folder = path.join(app.dataDir, 'outbox');
    const name = (await readdir(folder)).find((each) => each.includes(item.id)) ?? '';
    const file = path.join(folder, name);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    const content = await readFile(file, 'utf8');
    expect(content).toContain(`To: ${person.email}`);
    expect(content).not.toContain('evil.example');
  });

  test('S12: the text is for readers of a higher rank only; refused readings are on record', async () => {
    await signedIn(app, 'reader@example.org');
    for (const email of ['reader@example.org', 'admin@example.org', 'root@example.org']) {
      const visitor = new TestBrowser(app);
      await visitor.fetchCsrf();
      await visitor.request('POST', '/api/v1/auth/password/forgot', { json: { email } });
    }
    const read = async (browser: TestBrowser, to: string) => {
      const item = await untilMail(browser, to, 'stored');
      return browser.request('GET', `/api/v1/admin/outbox/${item.id}`);
    };
    expect((await read(admin, 'reader@example.org')).json()).toMatchObject({
      text: expect.stringMatching(/\/reset-password#token=[\w-]{43}/) as string,
    });
    expect((await read(root, 'admin@example.org')).statusCode).toBe(200);
    for (const [browser, to] of [
      [admin, 'admin@example.org'],
      [admin, 'root@example.org'],
      [root, 'root@example.org'],
    ] as const) {
      const refused = await read(browser, to);
      expect([to, refused.statusCode, codeOf(refused)]).toEqual([to, 403, 'auth.forbidden']);
      expect(refused.body).not.toContain('token=');
    }
    const { rows } = await sql<{ outcome: string; count: number }>`
      select outcome, count(*) from audit_events where action = 'mail.body_read' group by outcome
      order by outcome`.execute(app.platform.db);
    expect(rows).toEqual([
      { outcome: 'failure', count: 3 },
      { outcome: 'success', count: 2 },
    ]);
  });

  test('is encrypted in the database: a copy of it opens no account', async () => {
    const link =
      /#token=([\w-]+)/.exec(await mailText(app, 'reset_password', 'reader@example.org'))?.[1] ?? '';
    expect(link).toHaveLength(43);
    const { rows } = await sql<{ text: string }>`
      select m::text as text from mail_messages m union all select t::text from account_tokens t`.execute(
      app.platform.db,
    );
    for (const { text } of rows) expect(text).not.toContain(link);
  });

  test('is not for people who are no administrators', async () => {
    const person = await signedIn(app, 'curious@example.org');
    for (const url of ['/api/v1/admin/outbox', '/api/v1/admin/mail', `/api/v1/admin/outbox/${uuidv7()}`])
      expect([url, (await person.browser.request('GET', url)).statusCode]).toEqual([url, 403]);
    expect((await forgot('curious@example.org')).statusCode).toBe(403);
  });
});
