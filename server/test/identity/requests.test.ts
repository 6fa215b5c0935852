import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, goodPassword, signedIn, TestBrowser } from './client.ts';

let app: TestApp;
let browser: TestBrowser;
beforeAll(async () => {
  app = await createTestApp({ guard: 'real', role: 'api', environ: { REGISTRATION: 'open' } });
  browser = (await signedIn(app, 'requests@example.org')).browser;
});
afterAll(() => app.stop());

const login = '/api/v1/auth/jwt/login';
const post = async (options: Parameters<TestBrowser['request']>[2]) => {
  const visitor = new TestBrowser(app);
  await visitor.fetchCsrf();
  return visitor.request('POST', login, options);
};

describe('S26: bodies are exact', () => {
  test.each([
    ['a duplicate key', '{"email":"a@example.org","email":"b@example.org","password":"x"}', 'duplicate_key'],
    [
      'a duplicate key in another spelling',
      '{"email":"a@example.org","em\\u0061il":"b","password":"x"}',
      'duplicate_key',
    ],
    ['__proto__', '{"__proto__":{"role":"admin"},"email":"a@example.org","password":"x"}', 'forbidden_key'],
    ['constructor', '{"constructor":{},"email":"a@example.org","password":"x"}', 'forbidden_key'],
    ['an array for a string', '{"email":["a@example.org"],"password":"x"}', 'validation_failed'],
    ['an object for a string', '{"email":"a@example.org","password":{"$ne":""}}', 'validation_failed'],
    ['a number for a string', '{"email":"a@example.org","password":123}', 'validation_failed'],
    ['an unknown key', '{"email":"a@example.org","password":"x","admin":true}', 'validation_failed'],
    [
      'both names of the address',
      '{"email":"a@example.org","username":"b@example.org","password":"x"}',
      'validation_failed',
    ],
    ['neither name of the address', '{"password":"x"}', 'validation_failed'],
    ['broken JSON', '{"email":', 'malformed_body'],
    ['no object', '"text"', 'validation_failed'],
  ])('sign-in refuses %s', async (_name, json, code) => {
    const response = await post({ json });
    expect(codeOf(response)).toBe(code);
    expect(response.headers['content-type']).toContain('application/problem+json');
  });

  test('a form is held to the same schema', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const visitor = new TestBrowser(app);
    await visitor.fetchCsrf();
    const send = (payload: string) =>
      app.app.inject({
        method: 'POST',
        url: login,
        payload,
        headers: {
          ...headers,
          host: 'localhost:3000',
          origin: 'http://localhost:3000',
          'x-csrf-token': visitor.csrf!,
          cookie: [...visitor.jar].map(([n, v]) => `${n}=${v}`).join('; '),
        },
      });
    expect(codeOf(await send('username=a&username=b&password=x'))).toBe('duplicate_key');
    expect(codeOf(await send('username=a&password=x&__proto__=y'))).toBe('forbidden_key');
    expect(codeOf(await send('username=a&password=x&role=admin'))).toBe('validation_failed');
    expect(codeOf(await send('username=requests%40example.org&password=wrong+password+wrong'))).toBe(
      'auth.invalid_credentials',
    );
  });

  test('other content types are refused, a form only where it is declared', async () => {
    const text = await post({ json: '{}', headers: {} });
    expect(text.statusCode).toBe(422);
    const form = await browser.request('PATCH', '/api/v1/profile', { form: { about: 'x' } });
    expect([form.statusCode, codeOf(form)]).toEqual([415, 'unsupported_media_type']);
  });
});

describe('S27: forwarded headers', () => {
  const seen = async (target: TestApp, address: string) => {
    const { browser: visitor } = await signedIn(
      target,
      `forwarded-${Math.random().toString(36).slice(2)}@example.org`,
    );
    const headers = {
      'x-forwarded-for': '203.0.113.99',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil.example',
    };
    return (await visitor.request('GET', '/api/v1/profile/debug', { headers, address })).json() as Record<
      string,
      string
    >;
  };

  test('count for nothing without a configured proxy', async () => {
    expect(await seen(app, '10.9.9.9')).toMatchObject({
      ip_address: '10.9.9.9',
      protocol: 'http',
      host: 'localhost:3000',
    });
  });

  test('count from a configured proxy, and only from it', async () => {
    const behind = await createTestApp({
      guard: 'real',
      role: 'api',
      connectionString: app.connectionString,
      environ: { TRUSTED_PROXIES: '10.9.9.9' },
    });
    try {
      expect(await seen(behind, '10.9.9.9')).toMatchObject({ ip_address: '203.0.113.99' });
      expect(await seen(behind, '10.9.9.8')).toMatchObject({
        ip_address: '10.9.9.8',
        host: 'localhost:3000',
      });
    } finally {
      await behind.stop();
    }
  });
});

describe('S29: headers', () => {
  test.each([
    ['an answer', '/api/v1/profile'],
    ['a refusal', '/api/v1/nothing-here'],
  ])('of %s are strict and never cached', async (_name, url) => {
    const { headers } = await browser.request('GET', url);
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['permissions-policy']).toContain('camera=()');
    expect(headers['strict-transport-security']).toBeUndefined();
  });
});

describe('S38: 100 KB in any field', () => {
  const long = 'a@'.repeat(50_000);

  test.each(['email', 'username', 'password', 'display_name', 'token_delivery'])(
    'of %s is refused by its schema before anything looks at it',
    async (field) => {
      const response = await post({ json: { [field]: long } });
      expect(response.statusCode).toBe(422);
    },
  );

  test.each([
    ['cookie header', { cookie: `${'access_token'.repeat(1_000)}=x` }],
    ['bearer token', { authorization: `Bearer ${'a.'.repeat(6_000)}` }],
    ['If-Match', { 'if-match': '"'.repeat(10_000) }],
  ])('or in the %s is read once, from one end to the other', async (_name, headers) => {
    const response = await app.app.inject({ method: 'GET', url: '/api/v1/profile', headers });
    expect(response.statusCode).toBe(401);
  });

  test('a CSRF token of any length is judged by its first 120 characters', async () => {
    const response = await browser.request('PATCH', '/api/v1/profile', {
      json: {},
      csrf: '1'.repeat(12_000),
    });
    expect(codeOf(response)).toBe('csrf_bad_signature');
  });
});

describe('profile', () => {
  test('changes parts, keeps the rest, counts versions', async () => {
    const { browser: own } = await signedIn(app, 'profile@example.org');
    const first = await own.request('GET', '/api/v1/profile');
    expect(first.headers.etag).toBe('"1"');
    expect(first.json()).toMatchObject({
      display_name: 'Test Person',
      theme: 'system',
      time_zone: 'UTC',
      goals: [],
      version: 1,
    });
    const changed = await own.request('PATCH', '/api/v1/profile', {
      json: { theme: 'dark', goals: ['Write'], time_zone: 'Europe/Paris' },
    });
    expect(changed.json()).toMatchObject({
      theme: 'dark',
      goals: ['Write'],
      display_name: 'Test Person',
      version: 2,
    });
    expect((await own.request('GET', '/api/v1/profile')).json()).toEqual(changed.json());
    const replaced = await own.request('PUT', '/api/v1/profile', { json: { display_name: 'Other' } });
    expect(replaced.json()).toMatchObject({ theme: 'system', goals: [], display_name: 'Other', version: 3 });
  });

  test('of two changes of one version the second is refused', async () => {
    const { browser: own } = await signedIn(app, 'conflict@example.org');
    const change = (about: string) =>
      own.request('PATCH', '/api/v1/profile', { json: { about }, headers: { 'if-match': '"1"' } });
    const answers = await Promise.all([change('a'), change('b')]);
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([200, 412]);
    expect(codeOf(answers.find((answer) => answer.statusCode === 412)!)).toBe('profile.version_conflict');
    const nonsense = await own.request('PATCH', '/api/v1/profile', {
      json: {},
      headers: { 'if-match': 'W/"1"' },
    });
    expect(nonsense.statusCode).toBe(422);
  });

  test.each([
    [{ time_zone: 'Mars/Olympus' }, 'time_zone'],
    [{ locale: 'not a locale' }, 'locale'],
    [{ display_name: '\u200b\u202e' }, 'display_name'],
    [{ theme: 'pink' }, 'theme'],
    [{ goals: ['x'.repeat(501)] }, 'goals.0'],
  ])('refuses %j with the field', async (json, field) => {
    const response = await browser.request('PATCH', '/api/v1/profile', { json });
    expect(response.statusCode).toBe(422);
    expect((response.json().errors as { field: string }[])[0]?.field).toBe(field);
  });

  test('a change in one process is read in the other', async () => {
    const pair = {
      guard: 'real',
      role: 'api',
      alone: false,
      connectionString: app.connectionString,
    } as const;
    const [one, two] = [await createTestApp(pair), await createTestApp(pair)];
    try {
      const { browser: here } = await signedIn(one, 'shared-profile@example.org');
      const there = here.at(two);
      await there.request('GET', '/api/v1/profile');
      await here.request('PATCH', '/api/v1/profile', { json: { about: 'new' } });
      await expect
        .poll(async () => (await there.request('GET', '/api/v1/profile')).json())
        .toMatchObject({ about: 'new' });
    } finally {
      await Promise.all([one.stop(), two.stop()]);
    }
  });

  test('the page about this sign-in shows no secret', async () => {
    const debug = await browser.request('GET', '/api/v1/profile/debug');
    expect(debug.json()).toMatchObject({
      role: 'user',
      credentials: 'cookie',
      session: { factors: ['password'] },
    });
    for (const value of [goodPassword, ...browser.jar.values()]) expect(debug.body).not.toContain(value);
  });
});
