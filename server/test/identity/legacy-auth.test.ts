import { createHmac } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, goodPassword, setCookies, signedIn, TestBrowser } from './client.ts';
import { keepBlocked } from './throttling.ts';

const secret = 'the-older-system-signed-with-this-0123456789';
const addresses = ['/auth/login', '/api/v1/auth/login'];

let app: TestApp;
let second: TestApp;
let off: TestApp;
beforeAll(async () => {
  const environ = { LEGACY_AUTH: 'true', LEGACY_JWT_SECRET: secret, LEGACY_AUTH_SUNSET: '2031-06-30' };
  app = await createTestApp({ guard: 'real', role: 'api', alone: false, environ });
  const { connectionString } = app;
  second = await createTestApp({ guard: 'real', role: 'api', alone: false, environ, connectionString });
  off = await createTestApp({ guard: 'real', role: 'api', alone: false, connectionString });
});
afterAll(async () => {
  await off.stop();
  await second.stop();
  await app.stop();
});

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
function forge(payload: object, key = secret, header: object = { alg: 'HS256', typ: 'JWT' }): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
}

/** A payload of an hour that began a moment ago; the account must be older than it. */
function payloadOf(person: { id: string; email: string }, change: object = {}) {
  const nowSeconds = Math.floor(Date.now() / 1000);
  return { sub: person.email, id: person.id, iat: nowSeconds, exp: nowSeconds + 3_600, ...change };
}

let people = 0;
async function olderPerson(role: 'user' | 'admin' = 'user') {
  people += 1;
  const person = await signedIn(app, `older-${people}@example.org`, role);
  await sql`update users set password_changed_at = now() - interval '1 day' where id = ${person.id}`.execute(
    app.platform.db,
  );
  return person;
}

function ask(token: string, url = '/api/v1/profile', on = app) {
  const headers = { authorization: `Bearer ${token}`, host: 'localhost:3000' };
  return on.app.inject({ method: 'GET', url, headers });
}

function login(url: string, payload: Record<string, string>, on = app) {
  return on.app.inject({ method: 'POST', url, payload, headers: { host: 'localhost:3000' } });
}

describe('I6: signing in as older systems did', () => {
  test('answers a bearer token to JSON and to a form, and says that it ends', async () => {
    const { email } = await olderPerson();
    for (const url of addresses) {
      const answer = await login(url, { username: email, password: goodPassword });
      expect(answer.json()).toEqual({ access_token: expect.any(String), token_type: 'bearer' });
      expect(answer.headers).toMatchObject({
        sunset: 'Mon, 30 Jun 2031 00:00:00 GMT',
        deprecation: expect.stringMatching(/^@\d+$/),
        link: expect.stringContaining('rel="deprecation"'),
      });
      expect(setCookies(answer)).toEqual([]);
      expect((await ask(answer.json<{ access_token: string }>().access_token)).statusCode).toBe(200);
      const form = await new TestBrowser(app).request('POST', url, {
        form: { grant_type: 'password', username: email, password: goodPassword, scope: '' },
      });
      expect(form.statusCode).toBe(200);
    }
  });

  test('is the one sign-in: refusals, records and throttling are the same', async () => {
    const { email, id } = await olderPerson();
    const wrong = await login('/auth/login', { username: email, password: 'not the password at all' });
    expect([wrong.statusCode, codeOf(wrong)]).toEqual([401, 'auth.invalid_credentials']);
    const unknown = await login('/auth/login', {
      username: 'nobody@example.org',
      password: 'not the password',
    });
    expect(unknown.json()).toMatchObject({ code: 'auth.invalid_credentials' });
    const { rows } = await sql<{ outcome: string }>`
      select outcome from audit_events where subject_id = ${id} and action = 'sign_in' and factor = 'password'
      order by occurred_at`.execute(app.platform.db);
    expect(rows.map((row) => row.outcome)).toEqual(['success', 'failure']);
    let last = wrong;
    for (let attempt = 0; attempt < 30 && last.statusCode !== 429; attempt += 1)
      last = await login('/auth/login', { username: email, password: 'not the password at all' });
    expect(codeOf(last)).toBe('auth.throttled');
    await keepBlocked(app);
    const modern = await new TestBrowser(app).signIn(email);
    expect(codeOf(modern)).toBe('auth.throttled');
  });

  test('S16: says so when a second factor is due, and gives nothing', async () => {
    const { email, id } = await olderPerson();
    await sql`update users set second_factors = '{totp}' where id = ${id}`.execute(app.platform.db);
    const answer = await login('/auth/login', { username: email, password: goodPassword });
    expect([answer.statusCode, codeOf(answer)]).toEqual([403, 'auth.second_factor_unsupported']);
    expect(answer.body).not.toContain('access_token":');
  });

  test('S24, S31: goes through the same guard: a browser with cookies needs a CSRF token and its own page', async () => {
    const { browser, email } = await olderPerson();
    const json = { username: email, password: goodPassword };
    for (const url of addresses) {
      const without = await browser.request('POST', url, { json, csrf: false });
      expect([without.statusCode, codeOf(without)]).toEqual([403, 'csrf_missing_header']);
      const foreign = await browser.request('POST', url, { json, origin: 'https://evil.example' });
      expect([foreign.statusCode, codeOf(foreign)]).toEqual([403, 'csrf_bad_origin']);
      const more = await browser.request('POST', url, { json: { ...json, role: 'superuser' } });
      expect(more.statusCode).toBe(422);
    }
  });

  test('does not exist unless it is turned on', async () => {
    const person = await olderPerson();
    for (const url of addresses) {
      const answer = await login(url, { username: person.email, password: goodPassword }, off);
      expect(answer.statusCode).toBe(404);
    }
    expect((await ask(forge(payloadOf(person)), '/api/v1/profile', off)).statusCode).toBe(401);
  });
});

describe('S17: tokens of older systems', () => {
  test('are sessions from their first use on: seen, marked, and ended like all others', async () => {
    const person = await olderPerson();
    const token = forge(payloadOf(person));
    const first = await ask(token);
    expect(first.statusCode).toBe(200);
    expect(first.headers).toMatchObject({ deprecation: expect.any(String), sunset: expect.any(String) });
    expect((await ask(token, '/api/v1/profile', second)).statusCode).toBe(200);
    const listed = (await person.browser.request('GET', '/api/v1/auth/sessions')).json<{
      items: { id: string; current: boolean }[];
    }>();
    expect(listed.items).toHaveLength(2);
    const legacy = listed.items.find((session) => !session.current);
    await person.browser.request('DELETE', `/api/v1/auth/sessions/${legacy?.id}`);
    expect((await ask(token)).statusCode).toBe(401);
    await expect.poll(async () => (await ask(token, '/api/v1/profile', second)).statusCode).toBe(401);
  });

  test('open one session however many requests come first', async () => {
    const person = await olderPerson();
    const token = forge(payloadOf(person));
    const answers = await Promise.all([ask(token), ask(token, '/api/v1/profile', second), ask(token)]);
    expect(answers.map((answer) => answer.statusCode)).toEqual([200, 200, 200]);
    const { rows } = await sql`select 1 from audit_events
      where subject_id = ${person.id} and factor = 'legacy_token'`.execute(app.platform.db);
    expect(rows).toHaveLength(1);
  });

  test.each<[string, (person: { id: string; email: string }) => string]>([
    ['another secret', (person) => forge(payloadOf(person), 'another-secret-of-enough-characters-0')],
    ['algorithm none', (person) => `${encode({ alg: 'none' })}.${encode(payloadOf(person))}.`],
    ['no expiry', (person) => forge(payloadOf(person, { exp: undefined }))],
    ['no time of issue', (person) => forge(payloadOf(person, { iat: undefined }))],
    ['an expiry that has passed', (person) => forge(payloadOf(person, { iat: 1_000, exp: 2_000 }))],
    ['no id', (person) => forge(payloadOf(person, { id: undefined }))],
    ['an id that is none', (person) => forge(payloadOf(person, { id: 7 }))],
    ['the address of somebody else', (person) => forge(payloadOf(person, { sub: 'other@example.org' }))],
    [
      'an issue before the last change of password',
      (person) => forge(payloadOf(person, { iat: Math.floor(Date.now() / 1000) - 2 * 86_400 })),
    ],
    [
      'a beginning longer ago than a session lives',
      (person) => forge(payloadOf(person, { iat: Math.floor(Date.now() / 1000) - 400 * 86_400 })),
    ],
  ])('are refused with %s', async (_name, make) => {
    const person = await olderPerson();
    expect((await ask(forge(payloadOf(person)))).statusCode).toBe(200);
    expect((await ask(make(person))).statusCode).toBe(401);
  });

  test('are refused for accounts that are not active, have a second factor or must change their password', async () => {
    for (const change of [
      sql`status = 'suspended'`,
      sql`second_factors = '{totp}'`,
      sql`must_change_password = true`,
    ]) {
      const person = await olderPerson();
      await sql`update users set ${change} where id = ${person.id}`.execute(app.platform.db);
      expect((await ask(forge(payloadOf(person)))).statusCode).toBe(401);
    }
  });

  test('S19: die with the password', async () => {
    const person = await olderPerson();
    const token = forge(payloadOf(person, { iat: Math.floor(Date.now() / 1000) - 60 }));
    expect((await ask(token)).statusCode).toBe(200);
    const changed = await person.browser.request('POST', '/api/v1/auth/password/change', {
      json: { current_password: goodPassword, new_password: 'copper meadow window tide' },
    });
    expect(changed.statusCode).toBe(200);
    expect((await ask(token)).statusCode).toBe(401);
  });

  test('S22: live no longer than a session of that rank may', async () => {
    const admin = await olderPerson('admin');
    const nowSeconds = Math.floor(Date.now() / 1000);
    const token = forge(payloadOf(admin, { iat: nowSeconds - 11 * 3_600, exp: nowSeconds + 30 * 86_400 }));
    expect((await ask(token)).statusCode).toBe(200);
    const { rows } = await sql<{ hours: number }>`
      select extract(epoch from expires_at - now()) / 3600 as hours from sessions
      where user_id = ${admin.id} and factors = '{legacy_token}'`.execute(app.platform.db);
    expect(Number(rows[0]?.hours)).toBeLessThanOrEqual(1);
  });

  test('S9, S18: open nothing sensitive, and nothing from a cookie', async () => {
    const person = await olderPerson();
    const token = forge(payloadOf(person));
    const key = await app.app.inject({
      method: 'POST',
      url: '/api/v1/auth/api-keys',
      headers: { authorization: `Bearer ${token}` },
      payload: { name: 'x', scopes: ['profile:read'] },
    });
    expect(codeOf(key)).toBe('auth.step_up_required');
    const browser = new TestBrowser(app);
    browser.jar.set('access_token', token);
    expect((await browser.request('GET', '/api/v1/profile')).statusCode).toBe(401);
  });
});

test('a secret of the older system that is too short to be safe, or a day that is none, stops the start', () => {
  const settings = { LEGACY_AUTH: 'true', LEGACY_JWT_SECRET: 'short', LEGACY_AUTH_SUNSET: 'soon' };
  expect(() => loadConfig(settings)).toThrow(/LEGACY_JWT_SECRET must be[\s\S]*LEGACY_AUTH_SUNSET must be/);
  expect(loadConfig({ ...settings, LEGACY_AUTH: 'false' }).legacyAuth).toBeUndefined();
});
