import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, goodPassword, TestBrowser } from './client.ts';
import { accountStatements, countMails, mailedToken, mailText } from './mail-world.ts';
import { keepBlocked } from './throttling.ts';

const nextPassword = 'amber meadow whistle orchard';

let app: TestApp;
beforeAll(async () => {
  // Nothing is delivered here: what would be sent is looked at where it waits.
  app = await createTestApp({
    guard: 'real',
    role: 'api',
    environ: { PUBLIC_URL: 'http://engine.localhost' },
  });
});
afterAll(() => app.stop());

const origin = 'http://engine.localhost';
let lastAddress = 0;
/** From an address of its own, so that no test spends the attempts of another. */
async function post(url: string, json: unknown, browser = new TestBrowser(app)) {
  if (browser.csrf === undefined) await browser.fetchCsrf();
  lastAddress += 1;
  return browser.request('POST', `/api/v1${url}`, {
    json,
    origin,
    address: `10.0.${lastAddress >> 8}.${lastAddress & 255}`,
  });
}
const forgot = (email: string) => post('/auth/password/forgot', { email });
const reset = (token: string, password = nextPassword) => post('/auth/password/reset', { token, password });
const signInStatus = async (email: string, password: string) => {
  const response = await post('/auth/jwt/login', { email, password });
  return response.statusCode;
};
async function signIn(email: string, password = goodPassword): Promise<TestBrowser> {
  const browser = new TestBrowser(app);
  const response = await post('/auth/jwt/login', { email, password }, browser);
  expect(response.statusCode).toBe(200);
  browser.csrf = (response.json() as { csrf_token: string }).csrf_token;
  return browser;
}
async function person(email: string, options: { verified?: boolean } = {}) {
  const { id } = (await app.operator?.createUser({
    email,
    role: 'user',
    displayName: 'Test Person',
    password: goodPassword,
  })) ?? { id: '' };
  if (options.verified ?? true)
    await sql`update users set email_verified_at = now() where id = ${id}`.execute(app.platform.db);
  return id;
}
const verifiedAt = async (id: string) => {
  const { rows } = await sql<{ email: string; email_verified_at: Date | null }>`
    select email, email_verified_at from users where id = ${id}`.execute(app.platform.db);
  return rows[0];
};

describe('a forgotten password', () => {
  test('S5: answers the same and does the same work whether the account exists or not', async () => {
    await person('known@example.org');
    const seen: { result: [number, string]; statements: string[] }[] = [];
    for (const email of ['known@example.org', 'unknown@example.org']) {
      const browser = new TestBrowser(app);
      await browser.fetchCsrf();
      seen.push(
        await accountStatements(async () => {
          const response = await post('/auth/password/forgot', { email }, browser);
          return [response.statusCode, response.body];
        }),
      );
    }
    expect(seen[0]?.result[0]).toBe(202);
    expect(seen[0]?.statements.length).toBeGreaterThan(4);
    expect(seen[0]).toEqual(seen[1]);
    expect(await countMails(app, 'reset_password', 'known@example.org')).toBe(1);
    expect(await countMails(app, 'reset_password', 'unknown@example.org')).toBe(0);
  });

  test('S5: tells nobody that an account is suspended, and opens none', async () => {
    const id = await person('suspended@example.org');
    await sql`update users set status = 'suspended' where id = ${id}`.execute(app.platform.db);
    const response = await forgot('suspended@example.org');
    expect([response.statusCode, response.json()]).toEqual([202, { sent: true }]);
    expect(await countMails(app, 'reset_password', 'suspended@example.org')).toBe(0);
  });

  test('S8: the link is of the configured address, its token long, stored hashed, and used once', async () => {
    await person('once@example.org');
    const browser = new TestBrowser(app);
    await browser.fetchCsrf();
    await browser.request('POST', '/api/v1/auth/password/forgot', {
      json: { email: 'once@example.org' },
      origin,
      headers: { host: 'engine.localhost', 'x-forwarded-host': 'evil.example' },
    });
    const text = await mailText(app, 'reset_password', 'once@example.org');
    expect(text).toContain('http://engine.localhost/reset-password#token=');
    const token = await mailedToken(app, 'reset_password', 'once@example.org');
    // 43 characters of base64url are 256 bits.
    expect(token).toMatch(/^[\w-]{43}$/);
    const { rows } = await sql<{ text: string; seconds: number }>`
      select t::text as text, extract(epoch from expires_at - created_at)::int as seconds
      from account_tokens t where purpose = 'reset_password'`.execute(app.platform.db);
    for (const row of rows) expect(row.text).not.toContain(token);
    expect(rows.every((row) => row.seconds === 1_800)).toBe(true);
    const both = await Promise.all([reset(token), reset(token)]);
    expect(both.map((response) => response.statusCode).sort()).toEqual([200, 400]);
    const again = await reset(token);
    expect([again.statusCode, codeOf(again)]).toEqual([400, 'auth.link_invalid']);
    expect(await signInStatus('once@example.org', nextPassword)).toBe(200);
    expect(await signInStatus('once@example.org', goodPassword)).toBe(401);
  });

  test('S8: a GET consumes nothing, a refused password neither, and an old link opens nothing', async () => {
    await person('careful@example.org');
    await forgot('careful@example.org');
    const token = await mailedToken(app, 'reset_password', 'careful@example.org');
    for (const url of ['/reset-password', '/api/v1/auth/password/reset', '/api/v1/auth/verify-email'])
      await new TestBrowser(app).request('GET', `${url}?token=${token}`);
    const weak = await reset(token, 'short');
    expect([weak.statusCode, codeOf(weak)]).toEqual([422, 'validation_failed']);
    await sql`update account_tokens set expires_at = now() where purpose = 'reset_password'`.execute(
      app.platform.db,
    );
    expect(codeOf(await reset(token))).toBe('auth.link_invalid');
    await forgot('careful@example.org');
    const fresh = await mailedToken(app, 'reset_password', 'careful@example.org');
    // A token of one purpose is worth nothing for another.
    expect(codeOf(await post('/auth/verify-email', { token: fresh }))).toBe('auth.link_invalid');
    expect(codeOf(await post('/auth/email/confirm', { token: fresh }))).toBe('auth.link_invalid');
    expect((await reset(fresh)).statusCode).toBe(200);
  });

  test.each([true, false])('S8: does not bypass the second factor (address proved: %s)', async (verified) => {
    const email = `factor-${verified}@example.org`;
    const id = await person(email, { verified });
    await sql`update users set second_factors = '{totp}' where id = ${id}`.execute(app.platform.db);
    await forgot(email);
    expect((await reset(await mailedToken(app, 'reset_password', email))).statusCode).toBe(200);
    const { rows } = await sql<{ second_factors: string[] }>`
      select second_factors from users where id = ${id}`.execute(app.platform.db);
    expect(rows[0]?.second_factors).toEqual(['totp']);
    const response = await post('/auth/jwt/login', { email, password: nextPassword });
    expect(response.json()).toHaveProperty('two_factor.challenge_id');
    expect(response.json()).not.toHaveProperty('session');
  });

  test('S9: ends all sessions, lifts a demanded change, verifies the address and tells the person', async () => {
    const id = await person('all@example.org');
    const first = await signIn('all@example.org');
    const second = await signIn('all@example.org');
    await sql`update users set must_change_password = true where id = ${id}`.execute(app.platform.db);
    await forgot('all@example.org');
    await forgot('all@example.org');
    const token = await mailedToken(app, 'reset_password', 'all@example.org');
    expect((await reset(token)).statusCode).toBe(200);
    for (const browser of [first, second])
      expect((await browser.request('GET', '/api/v1/profile')).statusCode).toBe(401);
    expect((await verifiedAt(id))?.email_verified_at).toBeInstanceOf(Date);
    const { rows } = await sql<{ must_change_password: boolean; tokens: number }>`
      select must_change_password, (select count(*) from account_tokens where user_id = u.id) as tokens
      from users u where id = ${id}`.execute(app.platform.db);
    expect(rows[0]).toEqual({ must_change_password: false, tokens: 0 });
    expect(await mailText(app, 'password_reset', 'all@example.org')).toContain('All sign-ins were ended.');
  });

  test('S10: whoever reads the mail of an unproved address takes all that was set up before', async () => {
    const id = await person('victim@example.org', { verified: false });
    await sql`update users set self_registered = true where id = ${id}`.execute(app.platform.db);
    const stranger = await signIn('victim@example.org');
    const key = await stranger.request('POST', '/api/v1/auth/api-keys', {
      json: { name: 'back door', scopes: ['conversations:read'], expires_in_days: null },
      origin,
    });
    expect(key.statusCode).toBe(201);
    await sql`update users set second_factors = '{totp}' where id = ${id}`.execute(app.platform.db);
    await forgot('victim@example.org');
    expect((await reset(await mailedToken(app, 'reset_password', 'victim@example.org'))).statusCode).toBe(
      200,
    );
    expect((await stranger.request('GET', '/api/v1/profile')).statusCode).toBe(401);
    const { rows } = await sql<{ keys: number; second_factors: string[] }>`
      select (select count(*) from api_keys where user_id = u.id) as keys, second_factors
      from users u where id = ${id}`.execute(app.platform.db);
    expect(rows[0]).toEqual({ keys: 0, second_factors: [] });
    expect(await signInStatus('victim@example.org', nextPassword)).toBe(200);
  });

  test('S6: is throttled per account from anywhere, known or not, and per network address', async () => {
    await person('busy@example.org');
    for (const email of ['busy@example.org', 'nobody-busy@example.org']) {
      const statuses: number[] = [];
      for (let attempt = 0; attempt < 7; attempt += 1) {
        await keepBlocked(app);
        statuses.push((await forgot(email)).statusCode);
      }
      expect([email, statuses]).toEqual([email, [202, 202, 202, 202, 202, 202, 429]]);
      expect((await forgot(` ${email.toUpperCase()}`)).statusCode).toBe(429);
    }
    const browser = new TestBrowser(app);
    await browser.fetchCsrf();
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 22; attempt += 1) {
      const json = { email: `other-${attempt}@example.org` };
      const from = { json, origin, address: '192.0.2.7' };
      await keepBlocked(app);
      statuses.push((await browser.request('POST', '/api/v1/auth/password/forgot', from)).statusCode);
    }
    expect(statuses.slice(0, 20).every((status) => status === 202)).toBe(true);
    expect(statuses.at(-1)).toBe(429);
  });
});

describe('a change of the e-mail address', () => {
  const request = (browser: TestBrowser, email: string) => post('/auth/email/change', { email }, browser);
  const confirm = (token: string) => post('/auth/email/confirm', { token });
  const pending = async (browser: TestBrowser) =>
    (await browser.request('GET', '/api/v1/auth/email/change')).json() as unknown;

  test('S9: counts when both addresses confirmed it, tells both, and kills links to the former one', async () => {
    const id = await person('old@example.org');
    const browser = await signIn('old@example.org');
    await forgot('old@example.org');
    const oldReset = await mailedToken(app, 'reset_password', 'old@example.org');
    expect((await request(browser, 'New@Example.org')).statusCode).toBe(202);
    expect(await pending(browser)).toMatchObject({
      pending: { email: 'New@Example.org', current_confirmed: false, new_confirmed: false },
    });
    const fromNew = await confirm(await mailedToken(app, 'confirm_new_email', 'New@Example.org'));
    expect(fromNew.json()).toEqual({ state: 'waiting' });
    expect((await verifiedAt(id))?.email).toBe('old@example.org');
    const oldToken = await mailedToken(app, 'confirm_old_email', 'old@example.org');
    expect((await confirm(oldToken)).json()).toEqual({ state: 'changed' });
    expect(codeOf(await confirm(oldToken))).toBe('auth.link_invalid');
    expect((await verifiedAt(id))?.email).toBe('New@Example.org');
    expect(await pending(browser)).toEqual({ pending: null });
    for (const address of ['old@example.org', 'New@Example.org'])
      expect(await countMails(app, 'email_changed', address)).toBe(1);
    expect(codeOf(await reset(oldReset))).toBe('auth.link_invalid');
    expect(await signInStatus('new@example.org', goodPassword)).toBe(200);
    expect(await signInStatus('old@example.org', goodPassword)).toBe(401);
  });

  test('S9: needs a factor of the last five minutes', async () => {
    await person('step-up@example.org');
    const browser = await signIn('step-up@example.org');
    await sql`update sessions set stepped_up_at = now() - interval '6 minutes'`.execute(app.platform.db);
    app.platform.bus.publish('bus.reconnected', {});
    const refused = await request(browser, 'else@example.org');
    expect([refused.statusCode, codeOf(refused)]).toEqual([403, 'auth.step_up_required']);
  });

  test('S5: an address that belongs to somebody is answered the same; its owner is told and keeps it', async () => {
    await person('owner@example.org');
    await person('greedy@example.org');
    const browser = await signIn('greedy@example.org');
    const response = await request(browser, 'owner@example.org');
    expect([response.statusCode, response.json()]).toEqual([202, { pending: true }]);
    expect(await countMails(app, 'confirm_new_email', 'owner@example.org')).toBe(0);
    expect(await countMails(app, 'email_in_use', 'owner@example.org')).toBe(1);
    const token = await mailedToken(app, 'confirm_old_email', 'greedy@example.org');
    expect((await confirm(token)).json()).toEqual({ state: 'waiting' });
  });

  test('is forgotten when the person takes it back, and another person cannot see it', async () => {
    await person('undecided@example.org');
    const browser = await signIn('undecided@example.org');
    await request(browser, 'decided@example.org');
    const token = await mailedToken(app, 'confirm_new_email', 'decided@example.org');
    const other = await signedInElsewhere();
    expect(await pending(other)).toEqual({ pending: null });
    await other.request('DELETE', '/api/v1/auth/email/change', { origin });
    expect(await pending(browser)).not.toEqual({ pending: null });
    await browser.request('DELETE', '/api/v1/auth/email/change', { origin });
    expect(await pending(browser)).toEqual({ pending: null });
    expect(codeOf(await confirm(token))).toBe('auth.link_invalid');
  });

  async function signedInElsewhere(): Promise<TestBrowser> {
    await person('elsewhere@example.org');
    return signIn('elsewhere@example.org');
  }
});
