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
  'GET /api/v1/auth/csrf-token',
  'GET /api/v1/auth/status',
  'GET /api/v1/config',
  'GET /api/v1/openapi.json',
  'GET /health',
  'POST /api/v1/auth/jwt/login',
  'POST /api/v1/auth/logout',
  'POST /api/v1/auth/refresh',
  'POST /api/v1/auth/register',
  'POST /api/v1/setup',
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

  test('is one that the server knows, and the server knows no other under /api/v1', () => {
    for (const route of app.routes)
      expect(app.app.hasRoute({ method: route.method, url: route.url }), nameOf(route)).toBe(true);
    const printed = app.app.printRoutes({ commonPrefix: false });
    expect(printed.length).toBeGreaterThan(0);
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
