import { request as httpRequest, type IncomingMessage } from 'node:http';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiKeyScopes } from '../../src/features/api-keys/index.ts';
import { scopeOfRoute } from '../../src/features/sessions/index.ts';
import type { Route } from '../../src/platform/http/route.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, signedIn, type TestBrowser } from './client.ts';

const base = '/api/v1/auth/api-keys';
const allScopes = apiKeyScopes.map(({ scope }) => scope);

let app: TestApp;
let second: TestApp;
beforeAll(async () => {
  app = await createTestApp({ guard: 'real', role: 'api', alone: false });
  second = await createTestApp({
    guard: 'real',
    role: 'api',
    alone: false,
    connectionString: app.connectionString,
  });
});
afterAll(async () => {
  await second.stop();
  await app.stop();
});

interface MadeKey {
  id: string;
  secret: string;
}

async function makeKey(
  browser: TestBrowser,
  scopes: string[] = allScopes,
  extra: Record<string, unknown> = {},
): Promise<MadeKey> {
  const response = await browser.request('POST', base, { json: { name: 'backup job', scopes, ...extra } });
  expect([response.statusCode, response.body]).toEqual([201, expect.stringContaining('aiwfe_')]);
  const made = response.json() as { api_key: { id: string }; secret: string };
  return { id: made.api_key.id, secret: made.secret };
}

function call(secret: string, method: Route['method'], url: string, on = app, json?: unknown) {
  return on.app.inject({
    method,
    url,
    headers: { authorization: `Bearer ${secret}`, host: 'localhost:3000' },
    ...(json === undefined ? {} : { payload: json as Record<string, unknown> }),
  });
}

async function answerOf(secret: string, on = app): Promise<string> {
  const response = await call(secret, 'GET', '/api/v1/profile', on);
  return response.statusCode === 200 ? 'ok' : codeOf(response);
}

/** Asks until the answer is this one: a change reaches other processes a moment later. */
async function becomes(answer: string, ask: () => Promise<string>): Promise<void> {
  await expect.poll(ask, { timeout: 120_000, interval: 20 }).toBe(answer);
}

describe('an API key', () => {
  test('is shown once, works without cookies and CSRF token, and is stored as a hash', async () => {
    const { browser, id } = await signedIn(app, 'maker@example.org');
    const { secret, id: keyId } = await makeKey(browser);
    expect(secret).toMatch(/^aiwfe_[0-9A-Za-z]{22}_[0-9A-Za-z]{49}$/);
    const profile = await call(secret, 'GET', '/api/v1/profile');
    expect(profile.statusCode).toBe(200);
    expect(profile.headers['set-cookie']).toBeUndefined();
    expect((await call(secret, 'POST', '/api/v1/conversations', app, {})).statusCode).toBe(201);
    const listed = await browser.request('GET', base);
    expect(listed.json()).toMatchObject({
      items: [{ id: keyId, hint: secret.slice(0, 28), name: 'backup job' }],
    });
    expect(listed.body).not.toContain(secret.slice(29));
    const { rows } = await sql<{ row: string }>`
      select to_jsonb(k)::text as row from api_keys k where user_id = ${id}`.execute(app.platform.db);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.row).not.toContain(secret.slice(29, 72));
  });

  test('acts as its person and sees nobody else’s things', async () => {
    const owner = await signedIn(app, 'owner@example.org');
    const other = await signedIn(app, 'other@example.org');
    const made = await owner.browser.request('POST', '/api/v1/conversations', { json: {} });
    const { id } = made.json() as { id: string };
    const own = await makeKey(owner.browser);
    const foreign = await makeKey(other.browser);
    expect((await call(own.secret, 'GET', `/api/v1/conversations/${id}`)).statusCode).toBe(200);
    expect((await call(foreign.secret, 'GET', `/api/v1/conversations/${id}`)).statusCode).toBe(404);
  });

  test('tells a typo from a key that was revoked', async () => {
    const { browser } = await signedIn(app, 'typist@example.org');
    const { id, secret } = await makeKey(browser);
    const last = secret.endsWith('x') ? 'y' : 'x';
    for (const typo of [
      secret.slice(0, -1) + last,
      secret.slice(0, -1),
      `${secret}a`,
      'aiwfe_',
      secret.toLowerCase(),
    ])
      expect(await answerOf(typo)).toBe('auth.api_key_malformed');
    expect((await browser.request('DELETE', `${base}/${id}`)).statusCode).toBe(200);
    expect(await answerOf(secret)).toBe('auth.api_key_revoked');
  });

  test('whose random part is another one is refused although its id exists', async () => {
    const { browser } = await signedIn(app, 'guessed@example.org');
    const { id } = await makeKey(browser);
    const { makeKeySecret } = await import('../../src/features/api-keys/key-secret.ts');
    expect(await answerOf(makeKeySecret(id).secret.reveal())).toBe('auth.api_key_revoked');
    expect(await answerOf(makeKeySecret(uuidv7()).secret.reveal())).toBe('auth.api_key_revoked');
  });

  test('ends by itself when it expires', async () => {
    const { browser } = await signedIn(app, 'brief@example.org');
    const { id, secret } = await makeKey(browser, allScopes, { expires_in_days: 1 });
    expect(await answerOf(secret, second)).toBe('ok');
    await sql`update api_keys set expires_at = now() - interval '1 second' where id = ${id}`.execute(
      app.platform.db,
    );
    expect(await answerOf(secret)).toBe('auth.api_key_expired');
    expect((await browser.request('GET', base)).json()).toMatchObject({ items: [{ id, expired: true }] });
  });

  test('is renamed, and its last use is stored later, together with others', async () => {
    const own = await createTestApp({
      guard: 'real',
      role: 'api',
      connectionString: app.connectionString,
      alone: false,
    });
    const { browser } = await signedIn(app, 'user@example.org');
    const { id, secret } = await makeKey(browser);
    const renamed = await browser.request('PATCH', `${base}/${id}`, { json: { name: ' nightly export ' } });
    expect(renamed.json()).toMatchObject({ name: 'nightly export', last_used_at: null });
    expect(await answerOf(secret, own)).toBe('ok');
    expect((await browser.request('GET', base)).json()).toMatchObject({ items: [{ last_used_at: null }] });
    await own.stop();
    expect((await browser.request('GET', base)).json()).toMatchObject({
      items: [{ last_used_at: expect.stringMatching(/^\d{4}-/) }],
    });
  });
});

describe('rotation of an API key', () => {
  test('leaves the old secret good for 24 hours', async () => {
    const { browser } = await signedIn(app, 'rotator@example.org');
    const { id, secret } = await makeKey(browser);
    const rotated = await browser.request('POST', `${base}/${id}/rotate`, { json: {} });
    const answer = rotated.json() as { secret: string; previous_valid_until: string };
    const hours = (Date.parse(answer.previous_valid_until) - Date.now()) / 3_600_000;
    expect(Math.round(hours)).toBe(24);
    expect(await answerOf(secret)).toBe('ok');
    expect(await answerOf(answer.secret)).toBe('ok');
    await sql`update api_keys set previous_valid_until = now() - interval '1 second' where id = ${id}`.execute(
      app.platform.db,
    );
    app.platform.bus.publish('api-keys.changed', { key_ids: [id] });
    expect(await answerOf(secret)).toBe('auth.api_key_revoked');
    expect(await answerOf(answer.secret)).toBe('ok');
  });

  test('ends the old secret at once on demand, and an overlap that was running', async () => {
    const { browser } = await signedIn(app, 'hasty@example.org');
    const { id, secret } = await makeKey(browser);
    const first = await browser.request('POST', `${base}/${id}/rotate`, { json: {} });
    const ended = await browser.request('POST', `${base}/${id}/rotate`, { json: { end_previous_now: true } });
    expect(ended.json()).toMatchObject({ previous_valid_until: null });
    expect(await answerOf(secret)).toBe('auth.api_key_revoked');
    expect(await answerOf((first.json() as MadeKey).secret)).toBe('auth.api_key_revoked');
    expect(await answerOf((ended.json() as MadeKey).secret)).toBe('ok');
  });
});

describe('S19: the end of an API key', () => {
  test('bites in another process that has it in memory', async () => {
    const { browser } = await signedIn(app, 'revoker@example.org');
    const { id, secret } = await makeKey(browser);
    expect(await answerOf(secret, second)).toBe('ok');
    await browser.request('DELETE', `${base}/${id}`);
    expect(await answerOf(secret)).toBe('auth.api_key_revoked');
    await becomes('auth.api_key_revoked', () => answerOf(secret, second));
  });

  test('comes with the suspension of its account, everywhere', async () => {
    const { browser, id } = await signedIn(app, 'suspended@example.org');
    const { secret } = await makeKey(browser);
    expect(await answerOf(secret, second)).toBe('ok');
    expect(await answerOf(secret)).toBe('ok');
    await sql`update users set status = 'suspended' where id = ${id}`.execute(app.platform.db);
    app.platform.bus.publish('accounts.changed', { user_id: id });
    expect(await answerOf(secret)).toBe('auth.api_key_revoked');
    await becomes('auth.api_key_revoked', () => answerOf(secret, second));
  });

  test('cuts an open stream', async () => {
    const { browser } = await signedIn(app, 'streamer@example.org');
    const { id, secret } = await makeKey(browser);
    const address = await app.listen();
    const stream = await new Promise<IncomingMessage>((resolve, reject) => {
      httpRequest(`${address}/api/v1/events`, { headers: { authorization: `Bearer ${secret}` } }, resolve)
        .on('error', reject)
        .end();
    });
    expect(stream.statusCode).toBe(200);
    const ended = new Promise<void>((resolve) => {
      stream
        .on('close', resolve)
        .on('error', () => resolve())
        .resume();
    });
    expect((await browser.request('DELETE', `${base}/${id}`)).statusCode).toBe(200);
    await ended;
  });
});

describe('S31: scopes', () => {
  const addressOf = (route: Route): string => route.url.replace(/:\w+/g, () => uuidv7());
  const nameOf = (route: Route): string => `${route.method} ${route.url}`;

  test('of all registered routes are the ones a person can choose from, each with a sentence', async () => {
    const ofRoutes = new Set(app.routes.map(scopeOfRoute).filter((scope) => scope !== undefined));
    expect([...ofRoutes].sort()).toEqual([...allScopes].sort());
    const { browser } = await signedIn(app, 'chooser@example.org');
    const listed = (await browser.request('GET', `${base}/scopes`)).json() as {
      items: { scope: string; sentence: string }[];
    };
    expect(listed.items.map(({ scope }) => scope)).toEqual(allScopes);
    for (const { sentence } of listed.items) expect(sentence).toMatch(/^[A-Z].{10,}\.$/);
  });

  test('never cover what belongs to people, administrators or a fresh proof', () => {
    for (const route of app.routes) {
      const personal = /^\/api\/v1\/(auth|admin|privacy|setup|oauth|native)(\/|$)/.test(route.url);
      if (personal || route.stepUp || route.access !== 'session' || !route.url.startsWith('/api/v1/'))
        expect([nameOf(route), scopeOfRoute(route)]).toEqual([nameOf(route), undefined]);
    }
  });

  test('are demanded by every route: a key without the one it needs gets 403', async () => {
    const { browser } = await signedIn(app, 'narrow@example.org');
    const keys = new Map<string, string>();
    for (const scope of allScopes)
      keys.set(
        scope,
        (
          await makeKey(
            browser,
            allScopes.filter((other) => other !== scope),
          )
        ).secret,
      );
    for (const route of app.routes) {
      const scope = scopeOfRoute(route);
      if (scope === undefined) continue;
      const response = await call(keys.get(scope) ?? '', route.method, addressOf(route));
      expect([nameOf(route), response.statusCode, codeOf(response)]).toEqual([
        nameOf(route),
        403,
        'auth.scope_missing',
      ]);
    }
  });

  test('open nothing on routes that no key may use, whatever the rank of its person', async () => {
    const { browser } = await signedIn(app, 'root@example.org', 'superuser');
    const { secret } = await makeKey(browser);
    for (const route of app.routes) {
      if (route.access === 'public' || scopeOfRoute(route) !== undefined) continue;
      const response = await call(secret, route.method, addressOf(route));
      expect([nameOf(route), response.statusCode, codeOf(response)]).toEqual([
        nameOf(route),
        403,
        'auth.api_key_refused',
      ]);
    }
  });

  test('one scope opens its routes and no others', async () => {
    const { browser } = await signedIn(app, 'reader@example.org');
    const { secret } = await makeKey(browser, ['profile:read']);
    expect((await call(secret, 'GET', '/api/v1/profile')).statusCode).toBe(200);
    expect(codeOf(await call(secret, 'GET', '/api/v1/conversations'))).toBe('auth.scope_missing');
    expect(codeOf(await call(secret, 'POST', '/api/v1/conversations', app, {}))).toBe('auth.scope_missing');
  });

  test('a public route takes no notice of a key', async () => {
    const { browser } = await signedIn(app, 'nobody@example.org');
    const { secret } = await makeKey(browser);
    const status = await call(secret, 'GET', '/api/v1/auth/status');
    expect(status.json()).toMatchObject({ authenticated: false });
  });
});

describe('keys of a person', () => {
  test('S30: another person’s key is not found', async () => {
    const owner = await signedIn(app, 'holder@example.org');
    const other = await signedIn(app, 'curious@example.org');
    const { id, secret } = await makeKey(owner.browser);
    const rename = { json: { name: 'mine' } };
    for (const keyId of [id, uuidv7()]) {
      expect((await other.browser.request('PATCH', `${base}/${keyId}`, rename)).statusCode).toBe(404);
      expect((await other.browser.request('POST', `${base}/${keyId}/rotate`, { json: {} })).statusCode).toBe(
        404,
      );
      expect((await other.browser.request('DELETE', `${base}/${keyId}`)).statusCode).toBe(404);
    }
    expect((await other.browser.request('GET', base)).json()).toMatchObject({ items: [] });
    expect(await answerOf(secret)).toBe('ok');
  });

  test('are fifty at most, also when the last place is asked for twice at once', async () => {
    const { browser, id } = await signedIn(app, 'collector@example.org');
    await sql`insert into api_keys (id, user_id, name, scopes, secret_hash)
      select gen_random_uuid(), ${id}, 'old', '{profile:read}', '\\x00' from generate_series(1, 49)`.execute(
      app.platform.db,
    );
    const body = { json: { name: 'last', scopes: ['profile:read'] } };
    const both = await Promise.all([
      browser.request('POST', base, body),
      browser.request('POST', base, body),
    ]);
    expect(both.map((response) => response.statusCode).sort()).toEqual([201, 409]);
    expect(codeOf(await browser.request('POST', base, body))).toBe('api_keys.too_many');
  });

  test('S12: unknown scopes, no scopes and further fields are refused', async () => {
    const { browser } = await signedIn(app, 'greedy@example.org');
    const good = { name: 'job', scopes: ['profile:read'] };
    for (const json of [
      { ...good, scopes: ['admin:write'] },
      { ...good, scopes: ['auth:read'] },
      { ...good, scopes: [] },
      { ...good, name: ' ' },
      { ...good, user_id: uuidv7() },
      { ...good, role: 'superuser' },
      { ...good, expires_in_days: 0 },
    ])
      expect((await browser.request('POST', base, { json })).statusCode).toBe(422);
  });

  test('S9: are made and rotated only with a fresh proof', async () => {
    const { browser, sessionId } = await signedIn(app, 'stale@example.org');
    const { id } = await makeKey(browser);
    await sql`update sessions set stepped_up_at = now() - interval '6 minutes' where id = ${sessionId}`.execute(
      app.platform.db,
    );
    app.platform.bus.publish('sessions.changed', { session_ids: [sessionId] });
    const made = await browser.request('POST', base, { json: { name: 'x', scopes: ['profile:read'] } });
    const rotated = await browser.request('POST', `${base}/${id}/rotate`, { json: {} });
    expect([codeOf(made), codeOf(rotated)]).toEqual(['auth.step_up_required', 'auth.step_up_required']);
    expect((await browser.request('DELETE', `${base}/${id}`)).statusCode).toBe(200);
  });

  test('S39, S40: each change is on record, without any secret', async () => {
    const { browser, id: userId } = await signedIn(app, 'recorded@example.org');
    const { id, secret } = await makeKey(browser, ['profile:read']);
    await browser.request('PATCH', `${base}/${id}`, { json: { name: 'other' } });
    await browser.request('POST', `${base}/${id}/rotate`, { json: {} });
    await browser.request('DELETE', `${base}/${id}`);
    const { rows } = await sql<{ action: string; details: { key_id: string } }>`
      select action, details from audit_events where subject_id = ${userId} and action like 'api_key.%'
      order by occurred_at`.execute(app.platform.db);
    expect(rows.map((row) => row.action)).toEqual([
      'api_key.created',
      'api_key.renamed',
      'api_key.rotated',
      'api_key.revoked',
    ]);
    expect(rows.every((row) => row.details.key_id === id)).toBe(true);
    expect(JSON.stringify(rows)).not.toContain(secret.slice(29, 60));
  });

  test('S9: their person is told of each new one, once and only when it was made', async () => {
    const { browser, email } = await signedIn(app, 'told@example.org');
    await makeKey(browser, ['profile:read']);
    await browser.request('POST', base, { json: { name: 'x', scopes: [] } });
    const { rows } = await sql`
      select 1 from mail_messages where recipient = ${email} and kind = 'api_key_created'`.execute(
      app.platform.db,
    );
    expect(rows).toHaveLength(1);
  });
});
