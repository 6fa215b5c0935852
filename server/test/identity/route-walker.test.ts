import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Route } from '../../src/platform/http/route.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, signedIn, TestBrowser } from './client.ts';

/** What answers without a session, on purpose. A route that joins this list is a decision, not an accident. */
const publicRoutes = [
  'DELETE /api/v1/auth/logout',
  'GET /api/health',
  'GET /api/health/auth',
  'GET /api/health/database',
  'GET /api/health/live',
  'GET /api/health/ready',
  'GET /api/metrics/authentication',
  'GET /api/v1/auth/csrf-token',
  'GET /api/v1/auth/status',
  'GET /api/v1/config',
  'GET /api/v1/oauth/:provider/callback',
  'GET /api/v1/oauth/providers',
  'GET /api/v1/openapi.json',
  'GET /api/v1/privacy/deletion-proofs/:proof_id',
  'GET /api/v1/ws/chat',
  'GET /api/v1/ws/notifications',
  'GET /api/v1/ws/progress',
  'GET /health',
  'GET /metrics',
  'GET /native/whoami',
  'POST /api/v1/auth/2fa/challenge',
  'POST /api/v1/auth/2fa/email-code',
  'POST /api/v1/auth/2fa/passkey-options',
  'POST /api/v1/auth/2fa/verify',
  'POST /api/v1/auth/email/confirm',
  'POST /api/v1/auth/invitations/accept',
  'POST /api/v1/auth/invitations/lookup',
  'POST /api/v1/auth/jwt/login',
  'POST /api/v1/auth/logout',
  'POST /api/v1/auth/passkeys/authentication-options',
  'POST /api/v1/auth/passkeys/sign-in',
  'POST /api/v1/auth/password/forgot',
  'POST /api/v1/auth/password/reset',
  'POST /api/v1/auth/refresh',
  'POST /api/v1/auth/register',
  'POST /api/v1/auth/verify-email',
  'POST /api/v1/auth/verify-email/resend',
  'POST /api/v1/hooks/:trigger_id',
  'POST /api/v1/oauth/:provider/authorize',
  'POST /api/v1/setup',
  'POST /native/sign-in',
];

let app: TestApp;
let person: TestBrowser;
beforeAll(async () => {
  app = await createTestApp({ guard: 'real', role: 'api' });
  person = (await signedIn(app, 'walker@example.org')).browser;
});
afterAll(() => app.stop());

const nameOf = (route: Route): string => `${route.method} ${route.url}`;
const requiredOf = (schema: unknown): string[] =>
  (schema as { required?: string[] } | undefined)?.required ?? [];
const isUnsafe = (route: Route): boolean => route.method !== 'GET';
const addressOf = (route: Route): string => route.url.replace(/:\w+/g, () => uuidv7());

/** GET and HEAD of built files, which are there only when the web app was built. */
const isFileOfWebApp = /^(HEAD |GET \/(_app\/|[\w.-]*\.\w+$|$))/;
/** What carries nothing of anybody: the description of the API, and what devices read before they have a certificate. */
const undeclaredRoutes = [
  'GET /api/docs',
  'GET /api/docs*',
  'GET /api/docs/start.js',
  'GET /native/ca.pem',
  'GET /native/revocation-list.pem',
  'GET /request-access',
];

/** Reads the tree that the server prints of its routes. */
function serverRoutes(printed: string): string[] {
  const parents: string[] = [];
  return printed.split('\n').flatMap((line) => {
    const [, branch = '', part = '', methods] = /^(.*?)[├└]── (\S+)(?: \(([A-Z, ]+)\))?/.exec(line) ?? [];
    if (part === '') return [];
    const depth = branch.length / 4;
    const url = `${depth === 0 ? '' : parents[depth - 1]}${part}`;
    parents[depth] = url;
    return (methods ?? '')
      .split(', ')
      .filter(Boolean)
      .map((method) => `${method} ${url}`);
  });
}

/** Sends the least that reaches the guard: a body of the kind that the route reads. */
function walk(browser: TestBrowser, route: Route, options: Parameters<TestBrowser['request']>[2] = {}) {
  const headers = { ...options.headers };
  if (route.kind === 'multipart') headers['content-type'] = 'multipart/form-data; boundary=x';
  return browser.request(route.method, addressOf(route), { ...options, headers });
}

describe('S31: every registered route', () => {
  test('is public only when it is on the list', () => {
    const found = app.routes.filter((route) => route.access === 'public').map(nameOf);
    expect(found.sort()).toEqual(publicRoutes);
  });

  test('is one that the server knows, and the server knows no other but pages of the program itself', () => {
    const declared = new Set(app.routes.map(nameOf));
    const known = serverRoutes(app.app.printRoutes({ commonPrefix: false }));
    for (const name of declared) expect(known).toContain(name);
    const others = known.filter((name) => !declared.has(name) && !isFileOfWebApp.test(name));
    expect(others.sort()).toEqual(undeclaredRoutes);
  });

  test('answers 401 without a session', async () => {
    for (const route of app.routes.filter((candidate) => candidate.access !== 'public')) {
      const response = await walk(new TestBrowser(app), route);
      expect([nameOf(route), response.statusCode, codeOf(response)]).toEqual([
        nameOf(route),
        401,
        'auth.session_required',
      ]);
      const forged = await walk(new TestBrowser(app), route, {
        headers: { authorization: 'Bearer e30.e30.e30' },
      });
      expect([nameOf(route), forged.statusCode]).toEqual([nameOf(route), 401]);
    }
  });

  test('answers 403 to a role below the one it needs', async () => {
    const admin = (await signedIn(app, 'walker-admin@example.org', 'admin')).browser;
    for (const route of app.routes) {
      if (typeof route.access !== 'object') continue;
      const tooLow = route.access.role === 'superuser' ? [person, admin] : [person];
      for (const browser of tooLow) {
        const response = await walk(browser, route);
        expect([nameOf(route), response.statusCode, codeOf(response)]).toEqual([
          nameOf(route),
          403,
          'auth.forbidden',
        ]);
      }
    }
  });

  test('refuses an unsafe request without a CSRF token, or from another site', async () => {
    for (const route of app.routes.filter(isUnsafe)) {
      const superuser = typeof route.access === 'object' ? await highest() : person;
      const without = await walk(superuser, route, { csrf: false });
      expect([nameOf(route), without.statusCode, codeOf(without)]).toEqual([
        nameOf(route),
        403,
        'csrf_missing_header',
      ]);
      const foreign = await walk(superuser, route, { origin: 'https://evil.example' });
      expect([nameOf(route), foreign.statusCode, codeOf(foreign)]).toEqual([
        nameOf(route),
        403,
        'csrf_bad_origin',
      ]);
    }
  });

  let superuser: TestBrowser | undefined;
  const highest = async (): Promise<TestBrowser> => {
    superuser ??= (await signedIn(app, 'walker-root@example.org', 'superuser')).browser;
    return superuser;
  };
});

test('S30: an id that is nobody’s, or somebody else’s, is not found on any route that takes one', async () => {
  const other = await signedIn(app, 'walker-other@example.org');
  for (const route of app.routes) {
    if (!route.url.includes(':') || route.access !== 'session' || requiredOf(route.body).length > 0) continue;
    const query = requiredOf(route.querystring).map((name) => `${name}=1`);
    // Of an unknown id, and of an id that exists but is another person's: a session's, a user's.
    for (const id of [uuidv7(), other.sessionId, other.id]) {
      const address = `${route.url.replace(/:\w+/g, id)}?${query.join('&')}`;
      const response = await person.request(route.method, address, route.body ? { json: {} } : {});
      expect([nameOf(route), response.statusCode]).toEqual([nameOf(route), 404]);
    }
  }
  expect((await other.browser.request('GET', '/api/v1/profile')).statusCode).toBe(200);
});
