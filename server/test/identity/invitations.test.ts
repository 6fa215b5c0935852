import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, goodPassword, signedIn, TestBrowser } from './client.ts';
import { countMails, mailedToken, mailText, readOutbox } from './mail-world.ts';

let app: TestApp;
let admin: TestBrowser;
let adminId: string;
let root: TestBrowser;
beforeAll(async () => {
  app = await createTestApp({ guard: 'real', role: 'api', environ: { REGISTRATION: 'invitation' } });
  const signed = await signedIn(app, 'admin@example.org', 'admin');
  admin = signed.browser;
  adminId = signed.id;
  root = (await signedIn(app, 'root@example.org', 'superuser')).browser;
});
afterAll(() => app.stop());

const url = '/api/v1/admin/invitations';
interface Invitation {
  id: string;
  email: string;
  status: string;
}
const invite = (browser: TestBrowser, email: string, role = 'user', extra = {}) =>
  browser.request('POST', url, { json: { email, role, ...extra } });
async function invited(browser: TestBrowser, email: string, role = 'user'): Promise<Invitation> {
  const response = await invite(browser, email, role);
  expect(response.statusCode).toBe(201);
  return response.json() as Invitation;
}
async function post(path: string, json: unknown) {
  const guest = new TestBrowser(app);
  await guest.fetchCsrf();
  return guest.request('POST', `/api/v1/auth/${path}`, { json });
}
const accept = (token: string) =>
  post('invitations/accept', { token, display_name: 'Guest', password: goodPassword });
const tokenFor = (email: string) => mailedToken(app, 'invitation', email);
const statusOf = async (id: string) => {
  const { items } = (await admin.request('GET', url)).json() as { items: Invitation[] };
  return items.find((item) => item.id === id)?.status;
};

describe('an invitation', () => {
  test('creates an active account with a proved address, once', async () => {
    const { id } = await invited(admin, 'Guest@Example.org');
    const text = await mailText(app, 'invitation', 'Guest@Example.org');
    expect(text).toContain('Test Person invites you');
    expect(text).toMatch(/\/accept-invitation#token=[\w-]{43}/);
    const token = await tokenFor('Guest@Example.org');
    const found = await post('invitations/lookup', { token });
    expect(found.json()).toMatchObject({ email: 'Guest@Example.org', display_name: null, role: 'user' });
    const both = await Promise.all([accept(token), accept(token)]);
    expect(both.map((response) => response.statusCode).sort()).toEqual([201, 400]);
    expect(both.find((response) => response.statusCode === 201)?.json()).toMatchObject({
      user: { email: 'Guest@Example.org', role: 'user', status: 'active', email_verified: true },
    });
    expect(codeOf(await accept(token))).toBe('auth.link_invalid');
    expect(codeOf(await post('invitations/lookup', { token }))).toBe('auth.link_invalid');
    expect(await statusOf(id)).toBe('accepted');
    expect((await new TestBrowser(app).signIn('guest@example.org')).statusCode).toBe(200);
  });

  test('opens registration for the invited address and for no other', async () => {
    await invited(admin, 'reg@example.org');
    const invitation_token = await tokenFor('reg@example.org');
    const body = { password: goodPassword, display_name: 'Guest', invitation_token };
    const other = await post('register', { ...body, email: 'other@example.org' });
    expect([other.statusCode, codeOf(other)]).toEqual([422, 'validation_failed']);
    const own = await post('register', { ...body, email: ' REG@example.org' });
    expect([own.statusCode, own.json()]).toMatchObject([201, { next: 'sign_in' }]);
    expect((await new TestBrowser(app).signIn('reg@example.org')).statusCode).toBe(200);
  });

  test('S8: is stored hashed, ends after seven days, and sent again gets a new link', async () => {
    const { id } = await invited(admin, 'slow@example.org');
    const first = await tokenFor('slow@example.org');
    const { rows } = await sql<{ text: string; days: number }>`
      select i::text as text, extract(day from expires_at - created_at)::int as days
      from invitations i where id = ${id}`.execute(app.platform.db);
    expect(rows[0]?.days).toBe(7);
    expect(rows[0]?.text).not.toContain(first);
    expect((await admin.request('POST', `${url}/${id}/resend`)).statusCode).toBe(200);
    const second = await tokenFor('slow@example.org');
    expect(codeOf(await accept(first))).toBe('auth.link_invalid');
    await sql`update invitations set expires_at = now() where id = ${id}`.execute(app.platform.db);
    expect(codeOf(await accept(second))).toBe('auth.link_invalid');
    expect(await statusOf(id)).toBe('expired');
    expect((await invite(admin, 'slow@example.org')).statusCode).toBe(201);
  });

  test('that was revoked opens nothing', async () => {
    const { id } = await invited(admin, 'gone@example.org');
    const token = await tokenFor('gone@example.org');
    expect((await admin.request('DELETE', `${url}/${id}`)).statusCode).toBe(200);
    expect(codeOf(await accept(token))).toBe('auth.link_invalid');
    expect(await statusOf(id)).toBe('revoked');
    const again = await admin.request('DELETE', `${url}/${id}`);
    expect([again.statusCode, codeOf(again)]).toEqual([404, 'invitations.not_found']);
  });

  test('is one per address, and not for people who have an account', async () => {
    await invited(admin, 'twice@example.org');
    expect(codeOf(await invite(admin, 'TWICE@example.org'))).toBe('invitations.exists');
    expect(await countMails(app, 'invitation', 'TWICE@example.org')).toBe(0);
    expect(codeOf(await invite(admin, 'root@example.org'))).toBe('accounts.email_taken');
    for (const email of ['nonsense', 'a@example.org, b@example.org', 'Name <a@example.org>'])
      expect([email, (await invite(admin, email)).statusCode]).toEqual([email, 422]);
  });

  test('is on record: made, sent again, revoked, accepted', async () => {
    const { rows } = await sql<{ action: string }>`
      select distinct action from audit_events where action like 'invitation.%' order by action`.execute(
      app.platform.db,
    );
    expect(rows.map((row) => row.action)).toEqual([
      'invitation.created',
      'invitation.resent',
      'invitation.revoked',
    ]);
    const accepted = await sql<{ actor_id: string }>`
      select actor_id from audit_events where action = 'account.registered' and factor = 'invitation'
        and outcome = 'success' limit 1`.execute(app.platform.db);
    expect(accepted.rows[0]?.actor_id).toBe(adminId);
  });
});

describe('S12: nobody invites to their own rank or a higher one', () => {
  test('an administrator invites people, a superuser administrators, nobody a superuser', async () => {
    for (const [browser, role] of [
      [admin, 'admin'],
      [admin, 'superuser'],
      [root, 'superuser'],
    ] as const) {
      const refused = await invite(browser, 'rank@example.org', role);
      expect([role, refused.statusCode, codeOf(refused)]).toEqual([role, 403, 'auth.forbidden']);
    }
    expect(await countMails(app, 'invitation', 'rank@example.org')).toBe(0);
    expect((await invite(admin, 'rank@example.org', 'user', { status: 'active' })).statusCode).toBe(422);
  });

  test('an administrator neither sends, nor revokes, nor reads what a superuser sent to an administrator', async () => {
    const { id } = await invited(root, 'colleague@example.org', 'admin');
    const mail = (await readOutbox(admin)).find((item) => item.to === 'colleague@example.org');
    for (const [method, path] of [
      ['POST', `${url}/${id}/resend`],
      ['DELETE', `${url}/${id}`],
      ['GET', `/api/v1/admin/outbox/${mail?.id}`],
    ] as const) {
      const refused = await admin.request(method, path);
      expect([method, refused.statusCode, codeOf(refused)]).toEqual([method, 403, 'auth.forbidden']);
    }
    const read = await root.request('GET', `/api/v1/admin/outbox/${mail?.id}`);
    expect(read.body).toContain('#token=');
    expect((await accept(await tokenFor('colleague@example.org'))).json()).toMatchObject({
      user: { role: 'admin' },
    });
  });

  test('an invitation is worth nothing once its maker lost the rank for it', async () => {
    const former = await signedIn(app, 'former@example.org', 'admin');
    await invited(former.browser, 'late@example.org');
    const token = await tokenFor('late@example.org');
    await sql`update users set role = 'user' where id = ${former.id}`.execute(app.platform.db);
    expect(codeOf(await accept(token))).toBe('auth.link_invalid');
    await sql`update users set role = 'admin', status = 'suspended' where id = ${former.id}`.execute(
      app.platform.db,
    );
    expect(codeOf(await accept(token))).toBe('auth.link_invalid');
  });

  test('people who are no administrators see and do nothing here', async () => {
    const person = (await signedIn(app, 'person@example.org')).browser;
    expect((await person.request('GET', url)).statusCode).toBe(403);
    expect((await invite(person, 'friend@example.org')).statusCode).toBe(403);
    expect((await admin.request('POST', `${url}/${uuidv7()}/resend`)).statusCode).toBe(404);
  });
});
