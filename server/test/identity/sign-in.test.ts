import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, goodPassword, setCookies, signedIn, TestBrowser } from './client.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ guard: 'real', role: 'api', environ: { REGISTRATION: 'open' } });
});
afterAll(() => app.stop());

const login = '/api/v1/auth/jwt/login';

describe('sign-in', () => {
  test('answers user, session and CSRF token, and sets cookies', async () => {
    const { browser, id } = await signedIn(app, 'ada@example.org');
    const response = await browser.signIn('ada@example.org');
    expect(response.statusCode).toBe(200);
    const body = response.json() as Record<string, unknown>;
    expect(body).toMatchObject({
      user: { id, email: 'ada@example.org', role: 'user', status: 'active', email_verified: false },
      csrf_token: expect.stringMatching(/^\d{9,11}:[\w-]{16,}:[0-9a-f]{64}$/),
    });
    expect(Object.keys(body.session as object).sort()).toEqual(['expires_at', 'id', 'idle_expires_at']);
    expect((await browser.request('GET', '/api/v1/profile')).statusCode).toBe(200);
  });

  test('takes a form with username and password by the same schema', async () => {
    await signedIn(app, 'form@example.org');
    const browser = new TestBrowser(app);
    await browser.fetchCsrf();
    const response = await browser.request('POST', login, {
      form: { username: 'form@example.org', password: goodPassword, remember_device: 'true' },
    });
    expect(response.statusCode).toBe(200);
    await browser.fetchCsrf();
    const unknown = await browser.request('POST', login, {
      form: { username: 'a', password: 'b', role: 'admin' },
    });
    expect([unknown.statusCode, codeOf(unknown)]).toEqual([422, 'validation_failed']);
  });

  test('S18: gives programs bearer tokens and no cookies when they ask, and browsers no token in the body', async () => {
    const { browser } = await signedIn(app, 'bearer@example.org');
    const program = new TestBrowser(app);
    const response = await program.signIn('bearer@example.org', goodPassword, { token_delivery: 'body' });
    expect(setCookies(response)).toEqual([]);
    const { access_token, refresh_token } = response.json() as {
      access_token: string;
      refresh_token: string;
    };
    const headers = { authorization: `Bearer ${access_token}` };
    const bare = new TestBrowser(app);
    expect((await bare.request('GET', '/api/v1/profile', { headers })).statusCode).toBe(200);
    expect(
      (await bare.request('PATCH', '/api/v1/profile', { headers, json: { about: 'x' }, origin: null }))
        .statusCode,
    ).toBe(200);
    const renewed = await bare.request('POST', '/api/v1/auth/refresh', {
      json: { refresh_token },
      origin: null,
    });
    expect(renewed.json()).toMatchObject({ token_type: 'Bearer', refresh_token: expect.any(String) });
    expect(setCookies(renewed)).toEqual([]);
    const inBrowser = await browser.signIn('bearer@example.org');
    expect(inBrowser.body).not.toMatch(/eyJ/);
    expect(Object.keys(inBrowser.json() as object).sort()).toEqual([
      'access_expires_at',
      'csrf_token',
      'session',
      'user',
    ]);
  });

  test('sign-out ends the session for copied cookies too, and clears cookies and site data (S29)', async () => {
    const { browser } = await signedIn(app, 'leaver@example.org');
    const copy = browser.copy();
    const response = await browser.request('POST', '/api/v1/auth/logout');
    expect(response.json()).toEqual({ signed_out: true });
    expect(response.headers['clear-site-data']).toContain('"storage"');
    expect([...browser.jar.keys()]).toEqual(['device']);
    const dead = await copy.request('GET', '/api/v1/profile');
    expect([dead.statusCode, codeOf(dead)]).toEqual([401, 'auth.session_expired']);
    expect((await copy.request('POST', '/api/v1/auth/refresh')).statusCode).toBe(401);
    expect((await browser.request('DELETE', '/api/v1/auth/logout', { csrf: false })).statusCode).toBe(403);
    expect((await new TestBrowser(app).request('DELETE', '/api/v1/auth/logout')).statusCode).toBe(200);
  });

  test('status and validate tell a signed-in client from one that is not', async () => {
    const stranger = new TestBrowser(app);
    expect((await stranger.request('GET', '/api/v1/auth/status')).json()).toEqual({
      authenticated: false,
      can_refresh: false,
    });
    expect((await stranger.request('GET', '/api/v1/auth/validate')).statusCode).toBe(401);
    const { browser, id, sessionId } = await signedIn(app, 'status@example.org');
    expect((await browser.request('GET', '/api/v1/auth/status')).json()).toMatchObject({
      authenticated: true,
      user: { id },
      session: { id: sessionId },
      access_expires_at: expect.any(String),
    });
    expect((await browser.request('GET', '/api/v1/auth/validate')).json()).toEqual({
      valid: true,
      user_id: id,
    });
  });
});
