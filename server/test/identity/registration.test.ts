import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, goodPassword, signedIn, TestBrowser } from './client.ts';
import { keepStepUp } from './factors.ts';
import { accountStatements, countMails, mailedToken, mailText } from './mail-world.ts';

const strangersPassword = 'amber meadow whistle orchard';
const ownersPassword = 'copper velvet raincloud sparrow';

let app: TestApp;
let root: TestBrowser;
let rootSession: string;
beforeAll(async () => {
  app = await createTestApp({ guard: 'real', role: 'api', environ: { REGISTRATION: 'open' } });
  ({ browser: root, sessionId: rootSession } = await signedIn(app, 'root@example.org', 'superuser'));
});
beforeEach(() => keepStepUp(app, rootSession));
afterAll(() => app.stop());

async function setPolicy(policy: Record<string, unknown>): Promise<void> {
  const response = await root.request('PUT', '/api/v1/admin/policies', { json: policy });
  expect([response.statusCode, response.body]).toEqual([200, expect.any(String)]);
}
let lastAddress = 0;
async function post(url: string, json: unknown, browser = new TestBrowser(app)) {
  if (browser.csrf === undefined) await browser.fetchCsrf();
  lastAddress += 1;
  return browser.request('POST', `/api/v1${url}`, {
    json,
    address: `10.1.${lastAddress >> 8}.${lastAddress & 255}`,
  });
}
const register = (email: string, browser?: TestBrowser, password = goodPassword, extra = {}) =>
  post('/auth/register', { email, password, display_name: 'New Person', ...extra }, browser);
const verify = (token: string, browser?: TestBrowser) => post('/auth/verify-email', { token }, browser);
const signIn = (email: string, password = goodPassword, browser?: TestBrowser) =>
  post('/auth/jwt/login', { email, password }, browser);
async function accountOf(email: string) {
  const { rows } = await sql<{ status: string; verified: boolean; has_password: boolean }>`
    select status, email_verified_at is not null as verified, password_hash is not null as has_password
    from users where email_canonical = ${email}`.execute(app.platform.db);
  return rows[0];
}

describe('where addresses must be proved', () => {
  beforeAll(() => setPolicy({ registration: 'open', require_verified_email: true }));

  test('a registration becomes an account when its link is opened in the same browser', async () => {
    const browser = new TestBrowser(app);
    const response = await register('fresh@example.org', browser);
    expect([response.statusCode, response.json()]).toMatchObject([201, { next: 'verify_email' }]);
    expect(await accountOf('fresh@example.org')).toBeUndefined();
    const early = await signIn('fresh@example.org');
    expect([early.statusCode, codeOf(early)]).toEqual([403, 'auth.email_not_verified']);
    const wrong = await signIn('fresh@example.org', strangersPassword);
    expect([wrong.statusCode, codeOf(wrong)]).toEqual([401, 'auth.invalid_credentials']);
    const token = await mailedToken(app, 'verify_email', 'fresh@example.org');
    for (const url of ['/verify-email', '/api/v1/auth/verify-email'])
      await browser.request('GET', `${url}?token=${token}`);
    const verified = await verify(token, browser);
    expect(verified.json()).toEqual({ verified: true, next: 'sign_in', reset_token: null });
    expect(codeOf(await verify(token, browser))).toBe('auth.link_invalid');
    const entered = await signIn('fresh@example.org');
    expect(entered.json()).toMatchObject({ user: { email_verified: true, role: 'user', status: 'active' } });
  });

  test('S10: a link that is opened elsewhere kills the password of the registration', async () => {
    await register('owner@example.org', new TestBrowser(app), strangersPassword);
    const opened = await verify(await mailedToken(app, 'verify_email', 'owner@example.org'));
    const { next, reset_token } = opened.json() as { next: string; reset_token: string };
    expect(next).toBe('set_password');
    expect(await accountOf('owner@example.org')).toEqual({
      status: 'active',
      verified: true,
      has_password: false,
    });
    expect((await signIn('owner@example.org', strangersPassword)).statusCode).toBe(401);
    const chosen = { token: reset_token, password: ownersPassword };
    expect((await post('/auth/password/reset', chosen)).statusCode).toBe(200);
    expect((await signIn('owner@example.org', ownersPassword)).statusCode).toBe(200);
  });

  test('S10: of two registrations the one counts whose link was opened, and the other dies', async () => {
    await register('both@example.org', new TestBrowser(app), strangersPassword);
    const strangersToken = await mailedToken(app, 'verify_email', 'both@example.org');
    const owner = new TestBrowser(app);
    await register('both@example.org', owner, ownersPassword);
    const ownersToken = await mailedToken(app, 'verify_email', 'both@example.org');
    expect((await verify(ownersToken, owner)).json()).toMatchObject({ next: 'sign_in' });
    expect(codeOf(await verify(strangersToken))).toBe('auth.link_invalid');
    expect((await signIn('both@example.org', ownersPassword)).statusCode).toBe(200);
    expect((await signIn('both@example.org', strangersPassword)).statusCode).toBe(401);
  });

  test('S10: a link that the owner asked for again does not make the stranger’s password good', async () => {
    await register('asked@example.org', new TestBrowser(app), strangersPassword);
    const owner = new TestBrowser(app);
    await post('/auth/verify-email/resend', { email: 'asked@example.org' }, owner);
    const opened = await verify(await mailedToken(app, 'verify_email', 'asked@example.org'), owner);
    expect(opened.json()).toMatchObject({ next: 'set_password' });
    expect((await signIn('asked@example.org', strangersPassword)).statusCode).toBe(401);
  });

  test('S5: a taken address is answered like a free one, also by sign-in afterwards; its owner is told', async () => {
    await app.operator?.createUser({
      email: 'taken@example.org',
      role: 'user',
      displayName: 'Test Person',
      password: goodPassword,
    });
    await sql`update users set email_verified_at = now() where email = 'taken@example.org'`.execute(
      app.platform.db,
    );
    const seen: unknown[] = [];
    for (const email of ['taken@example.org', 'free@example.org']) {
      const browser = new TestBrowser(app);
      await browser.fetchCsrf();
      const { result: response, statements } = await accountStatements(() =>
        register(email, browser, strangersPassword),
      );
      const { user, next } = response.json() as { user: Record<string, unknown>; next: string };
      const after = await signIn(email, strangersPassword);
      const resent = await post('/auth/verify-email/resend', { email });
      seen.push([
        response.statusCode,
        next,
        Object.keys(user),
        user.status,
        user.email_verified,
        statements,
        [after.statusCode, codeOf(after)],
        [resent.statusCode, resent.body],
      ]);
    }
    expect(seen[0]).toEqual(seen[1]);
    expect(await countMails(app, 'already_registered', 'taken@example.org')).toBe(1);
    expect(await mailText(app, 'already_registered', 'taken@example.org')).not.toContain('token=');
    expect((await signIn('taken@example.org')).statusCode).toBe(200);
  });

  test('an account whose address was never proved waits before the door, after the right password only', async () => {
    await setPolicy({ require_verified_email: false });
    await register('before@example.org');
    await setPolicy({ require_verified_email: true });
    const right = await signIn('before@example.org');
    expect([right.statusCode, codeOf(right)]).toEqual([403, 'auth.email_not_verified']);
    expect((await signIn('before@example.org', strangersPassword)).statusCode).toBe(401);
    const resent = await post('/auth/verify-email/resend', { email: 'before@example.org' });
    const unknown = await post('/auth/verify-email/resend', { email: 'nobody@example.org' });
    expect([resent.statusCode, resent.body]).toEqual([unknown.statusCode, unknown.body]);
    expect(await countMails(app, 'verify_email', 'before@example.org')).toBe(2);
    expect(await countMails(app, 'verify_email', 'nobody@example.org')).toBe(0);
  });
});

describe('where addresses need not be proved', () => {
  beforeAll(() => setPolicy({ registration: 'open', require_verified_email: false }));

  test('the person signs in at once and proves the address later', async () => {
    const browser = new TestBrowser(app);
    expect((await register('later@example.org', browser)).json()).toMatchObject({ next: 'sign_in' });
    const entered = await signIn('later@example.org', goodPassword, browser);
    browser.csrf = (entered.json() as { csrf_token: string }).csrf_token;
    const verified = await verify(await mailedToken(app, 'verify_email', 'later@example.org'), browser);
    expect(verified.json()).toMatchObject({ next: 'sign_in' });
    expect((await browser.request('GET', '/api/v1/profile')).statusCode).toBe(200);
    expect(await accountOf('later@example.org')).toMatchObject({ verified: true, has_password: true });
  });

  test('S10: when somebody else proves it, password and sessions of before die', async () => {
    const stranger = new TestBrowser(app);
    await register('prey@example.org', stranger, strangersPassword);
    const entered = await signIn('prey@example.org', strangersPassword, stranger);
    stranger.csrf = (entered.json() as { csrf_token: string }).csrf_token;
    const opened = await verify(await mailedToken(app, 'verify_email', 'prey@example.org'));
    expect(opened.json()).toMatchObject({ next: 'set_password', reset_token: expect.any(String) });
    expect((await stranger.request('GET', '/api/v1/profile')).statusCode).toBe(401);
    expect((await signIn('prey@example.org', strangersPassword)).statusCode).toBe(401);
  });

  test('S5: a taken address is answered the same, with the same statements; its owner is told', async () => {
    await signedIn(app, 'there@example.org');
    const seen: unknown[] = [];
    for (const email of ['there@example.org', 'not-there@example.org']) {
      const browser = new TestBrowser(app);
      await browser.fetchCsrf();
      const { result: response, statements } = await accountStatements(() => register(email, browser));
      seen.push([response.statusCode, (response.json() as { next: string }).next, statements]);
    }
    expect(seen[0]).toEqual(seen[1]);
    expect(await countMails(app, 'already_registered', 'there@example.org')).toBe(1);
    expect(await countMails(app, 'verify_email', 'there@example.org')).toBe(0);
  });
});

describe('policies of registration', () => {
  test('approval: the account waits for an administrator, with a proved address', async () => {
    await setPolicy({ registration: 'approval', require_verified_email: true });
    const browser = new TestBrowser(app);
    expect((await register('waiting@example.org', browser)).json()).toMatchObject({ next: 'verify_email' });
    const verified = await verify(await mailedToken(app, 'verify_email', 'waiting@example.org'), browser);
    expect(verified.json()).toMatchObject({ next: 'await_approval' });
    expect(await accountOf('waiting@example.org')).toMatchObject({ status: 'pending', verified: true });
    expect(codeOf(await signIn('waiting@example.org'))).toBe('auth.account_pending');
  });

  test('closed and invitation: nobody registers without an invitation', async () => {
    for (const registration of ['closed', 'invitation']) {
      await setPolicy({ registration });
      const refused = await register('outside@example.org');
      expect([refused.statusCode, codeOf(refused)]).toEqual([403, 'auth.registration_closed']);
    }
  });

  test('S12: role, status and verification cannot be sent along', async () => {
    await setPolicy({ registration: 'open', require_verified_email: false });
    for (const extra of [{ role: 'admin' }, { status: 'active' }, { email_verified: true }]) {
      const refused = await register('greedy@example.org', undefined, goodPassword, extra);
      expect([refused.statusCode, codeOf(refused)]).toEqual([422, 'validation_failed']);
    }
    expect(await accountOf('greedy@example.org')).toBeUndefined();
  });
});
