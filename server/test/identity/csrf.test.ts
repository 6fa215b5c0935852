import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCsrfTokens, parseCsrfToken } from '../../src/features/sessions/csrf.ts';
import { createKeyRing } from '../../src/platform/crypto/key-ring.ts';
import { Secret } from '../../src/platform/crypto/secret.ts';
import fc from '../property.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, goodPassword, setCookies, signedIn, TestBrowser } from './client.ts';

const secret = 'a master secret for tests of csrf tokens';
const tokensAt = (now: () => number, masters = [secret]) =>
  createCsrfTokens({
    keys: createKeyRing(masters.map((text) => new Secret(text))),
    lifetimeSeconds: 3_600,
    now,
  });

describe('S24: CSRF tokens', () => {
  const start = 1_800_000_000_000;

  test('pass for an hour, also when a newer one is in the cookie', () => {
    let now = start;
    const csrf = tokensAt(() => now);
    const old = csrf.issue('session-1');
    now += 3_599_000;
    const newer = csrf.issue('session-1');
    expect(csrf.judge(old, newer, 'session-1')).toEqual({ rotate: true });
    expect(csrf.judge(newer, newer, 'session-1')).toEqual({ rotate: false });
    now += 1_000;
    expect(csrf.judge(old, newer, 'session-1').problem?.code).toBe('csrf_expired');
  });

  test('each refusal has its own code', () => {
    const csrf = tokensAt(() => start);
    const good = csrf.issue('session-1');
    const foreign = csrf.issue('session-2');
    const forged = good.slice(0, -1) + (good.endsWith('0') ? '1' : '0');
    const code = (header: string, cookie: string): string | undefined =>
      csrf.judge(header, cookie, 'session-1').problem?.code;
    expect(code(foreign, foreign)).toBe('csrf_wrong_session');
    expect(code(forged, good)).toBe('csrf_bad_signature');
    expect(code('nonsense', good)).toBe('csrf_bad_signature');
    expect(code(good, foreign)).toBe('csrf_mismatch');
    expect(code(good, forged)).toBe('csrf_mismatch');
    expect(code(good, good)).toBeUndefined();
  });

  test('survive a rotation of the master secret with overlap, and not without', () => {
    const old = tokensAt(() => start).issue('s');
    const overlap = tokensAt(() => start, ['the new master secret of this server', secret]);
    expect(overlap.judge(old, old, 's').problem).toBeUndefined();
    const without = tokensAt(() => start, ['the new master secret of this server']);
    expect(without.judge(old, old, 's').problem?.code).toBe('csrf_bad_signature');
  });

  test('a token from the future is refused', () => {
    const early = tokensAt(() => start + 3_600_000).issue('s');
    expect(tokensAt(() => start).judge(early, early, 's').problem?.code).toBe('csrf_expired');
  });

  test('parsing never throws, and reads exactly what was issued (property)', () => {
    const csrf = tokensAt(() => start);
    fc.assert(
      fc.property(
        fc.string({ maxLength: 300 }),
        (text) => parseCsrfToken(text) === undefined || /^\d/.test(text),
      ),
    );
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 60 }), (id) => {
        const token = csrf.issue(id);
        const parsed = parseCsrfToken(token);
        return `${parsed?.issuedAt}:${parsed?.nonce}:${parsed?.signature.toString('hex')}` === token;
      }),
    );
  });

  test('no change of any character passes (property)', () => {
    const csrf = tokensAt(() => start);
    const good = csrf.issue('s');
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
        const changed = good.slice(0, at) + character + good.slice(at + 1);
        return changed === good || csrf.judge(changed, changed, 's').problem !== undefined;
      }),
    );
  });
});

describe('S24, I5: CSRF at the door', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp({ guard: 'real', role: 'api' });
  });
  afterAll(() => app.stop());
  const login = '/api/v1/auth/jwt/login';
  const json = { email: 'nobody@example.org', password: goodPassword };

  test('sign-in needs a token of its own pre-session', async () => {
    const browser = new TestBrowser(app);
    expect(codeOf(await browser.request('POST', login, { json }))).toBe('csrf_missing_header');
    expect(codeOf(await browser.request('POST', login, { json, csrf: 'x' }))).toBe('csrf_missing_cookie');
    await browser.fetchCsrf();
    const stranger = new TestBrowser(app);
    const foreign = await stranger.fetchCsrf();
    expect(codeOf(await browser.request('POST', login, { json, csrf: foreign }))).toBe('csrf_wrong_session');
    expect(codeOf(await browser.request('POST', login, { json }))).toBe('auth.invalid_credentials');
  });

  test('a token dies with the change of session, and several tabs never break', async () => {
    const { browser } = await signedIn(app, 'tabs@example.org');
    const first = browser.csrf!;
    const second = await browser.fetchCsrf();
    const change = (csrf: string) =>
      browser.request('PATCH', '/api/v1/profile', { json: { about: 'x' }, csrf });
    expect((await change(first)).statusCode).toBe(200);
    expect((await change(second)).statusCode).toBe(200);
    await browser.signIn('tabs@example.org');
    expect(codeOf(await change(second))).toBe('csrf_wrong_session');
  });

  test('a token in use for more than five minutes is replaced with the answer', async () => {
    const { browser, sessionId } = await signedIn(app, 'rotation@example.org');
    const old = createCsrfTokens({
      keys: app.platform.keys,
      lifetimeSeconds: 3_600,
      now: () => Date.now() - 400_000,
    });
    const token = old.issue(sessionId);
    const response = await browser.request('PATCH', '/api/v1/profile', { json: { about: 'y' }, csrf: token });
    expect(response.statusCode).toBe(200);
    expect(response.headers['x-csrf-token']).toMatch(/^\d+:/);
    expect(setCookies(response)[0]).toContain(`csrf_token=${response.headers['x-csrf-token']}`);
  });
});

describe('S25: unsafe requests from elsewhere', () => {
  let app: TestApp;
  let browser: TestBrowser;
  beforeAll(async () => {
    app = await createTestApp({ guard: 'real', role: 'api' });
    browser = (await signedIn(app, 'origin@example.org')).browser;
  });
  afterAll(() => app.stop());
  const patch = (options: { origin?: string | null; headers?: Record<string, string> }) =>
    browser.request('PATCH', '/api/v1/profile', { json: { about: 'z' }, ...options });

  test.each([
    ['cross-site by Fetch Metadata', { headers: { 'sec-fetch-site': 'cross-site' } }],
    ['another origin', { origin: 'https://evil.example' }],
    ['the same host by https while we are http', { origin: 'https://localhost:3000' }],
    ['another port', { origin: 'http://localhost:3001' }],
    ['an opaque origin', { origin: 'null' }],
    [
      'a neighbouring host called same-site',
      { origin: 'http://sub.localhost:3000', headers: { 'sec-fetch-site': 'same-site' } },
    ],
    ['no Origin but a foreign Referer', { origin: null, headers: { referer: 'https://evil.example/page' } }],
    ['nothing that tells, with cookies', { origin: null }],
    [
      'a name that an outsider can point here',
      { origin: 'http://rebound.example:3000', headers: { host: 'rebound.example:3000' } },
    ],
  ])('refuses %s', async (_name, options) => {
    const response = await patch(options);
    expect([response.statusCode, codeOf(response)]).toEqual([403, 'csrf_bad_origin']);
  });

  test.each([
    ['its own origin', {}],
    ['its own Referer', { origin: null, headers: { referer: 'http://localhost:3000/profile' } }],
    ['same-origin by Fetch Metadata alone', { origin: null, headers: { 'sec-fetch-site': 'same-origin' } }],
    ['an address of the LAN', { origin: 'http://192.168.1.5:3000', headers: { host: '192.168.1.5:3000' } }],
  ])('admits %s', async (_name, options) => {
    expect((await patch(options)).statusCode).toBe(200);
  });

  test('with a configured https origin only that one counts', async () => {
    const secure = await createTestApp({
      guard: 'real',
      role: 'api',
      environ: { PUBLIC_URL: 'https://ai.example.org', ENVIRONMENT: 'production' },
      connectionString: app.connectionString,
    });
    try {
      const other = new TestBrowser(secure);
      const host = 'ai.example.org';
      const csrf = (await other.request('GET', '/api/v1/auth/csrf-token', { headers: { host } })).json() as {
        csrf_token: string;
      };
      const attempt = (origin: string) =>
        other.request('POST', '/api/v1/auth/jwt/login', {
          json: { email: 'origin@example.org', password: goodPassword },
          headers: { host },
          origin,
          csrf: csrf.csrf_token,
        });
      expect(codeOf(await attempt('http://ai.example.org'))).toBe('csrf_bad_origin');
      expect(codeOf(await attempt('https://www.ai.example.org'))).toBe('csrf_bad_origin');
      const good = await attempt('https://ai.example.org');
      expect(good.statusCode).toBe(200);
      const cookies = setCookies(good).filter((line) => !/Max-Age=0/.test(line));
      expect(
        cookies.every((line) => /^__Host-\w+=.*; Path=\/; HttpOnly; Secure; SameSite=Lax$/.test(line)),
      ).toBe(true);
      expect(good.headers['strict-transport-security']).toMatch(/max-age=\d{8}/);
    } finally {
      await secure.stop();
    }
  });
});
