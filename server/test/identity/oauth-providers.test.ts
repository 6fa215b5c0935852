import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  createOpenidConnections,
  type ProviderConnection,
} from '../../src/features/oauth/openid-connection.ts';
import { redirectUri } from '../../src/features/oauth/redirect-uri.ts';
import { createOutboundDoor } from '../../src/platform/outbound-http/index.ts';
import { peerClient } from '../peers/openid-provider.ts';
import { createTestApp } from '../test-app.ts';
import { codeOf, setCookies, signedIn, TestBrowser } from './client.ts';
import { authorize, callbackOf, createOauthWorld, type OauthWorld, signInAtPeer } from './oauth-world.ts';

let world: OauthWorld;
beforeAll(async () => {
  world = await createOauthWorld();
});
beforeEach(async () => {
  world.peer.behave();
  await world.keepStepUp();
});
afterAll(() => world.stop());

const base = '/api/v1/admin/oauth-providers';
const add = (json: Record<string, unknown>, browser = world.superuser) =>
  browser.request('POST', base, { json });
const remove = (id: string) => world.superuser.request('DELETE', `${base}/${id}`);

interface Check {
  name: string;
  state: string;
  code: string;
  detail: string;
  params?: Record<string, unknown>;
  refusal?: { code: string; detail: string; reason?: string; params?: Record<string, unknown> };
}
async function tryProvider(id = 'peer') {
  const response = await world.superuser.request('POST', `${base}/${id}/test`);
  return response.json() as { ok: boolean; redirect_uri: string; checks: Check[] };
}

describe('administration of sign-in providers', () => {
  test('is for superusers who proved themselves lately', async () => {
    const admin = (await signedIn(world.app, 'oauth-admin@example.org', 'admin')).browser;
    const wanted = { preset: 'google', client_id: 'x' };
    expect(codeOf(await add(wanted, admin))).toBe('auth.forbidden');
    expect(codeOf(await admin.request('GET', base))).toBe('auth.forbidden');
    const { browser, sessionId } = await signedIn(world.app, 'oauth-late@example.org', 'superuser');
    await sql`update sessions set stepped_up_at = now() - interval '6 minutes' where id = ${sessionId}`.execute(
      world.app.platform.db,
    );
    world.app.platform.bus.publish('sessions.changed', { session_ids: [sessionId] });
    expect(codeOf(await add(wanted, browser))).toBe('auth.step_up_required');
    for (const [method, url] of [
      ['PATCH', `${base}/peer`],
      ['DELETE', `${base}/peer`],
      ['POST', `${base}/peer/test`],
    ] as const)
      expect(
        codeOf(await browser.request(method, url, method === 'PATCH' ? { json: { name: 'x' } } : {})),
      ).toBe('auth.step_up_required');
  });

  test('knows Google by its preset, and names the redirect URI to enter there', async () => {
    const response = await add({
      preset: 'google',
      client_id: 'google-client',
      client_secret: 'google-secret',
    });
    expect(response.statusCode).toBe(201);
    expect(response.json()).toMatchObject({
      id: 'google',
      name: 'Google',
      issuer: 'https://accounts.google.com',
      scopes: ['openid', 'email', 'profile'],
      has_client_secret: true,
      allow_local: false,
      trust_email: false,
      enabled: true,
      linked_people: 0,
      redirect_uri: callbackOf('google'),
    });
    expect(codeOf(await add({ preset: 'google', client_id: 'again' }))).toBe('oauth.provider_taken');
    expect((await remove('google')).json()).toEqual({ removed: true });
    expect((await remove('google')).statusCode).toBe(404);
  });

  test('S40: the client secret is never returned, and stored sealed for its issuer only', async () => {
    const listed = await world.superuser.request('GET', base);
    expect(listed.body).not.toContain(peerClient.secret);
    const { rows } = await sql<{ row: string }>`select p::text as row from oauth_providers p`.execute(
      world.app.platform.db,
    );
    expect(rows.map(({ row }) => row).join()).not.toContain(peerClient.secret);
    const moved = await world.superuser.request('PATCH', `${base}/peer`, {
      json: { issuer: 'https://elsewhere.example' },
    });
    expect([moved.statusCode, codeOf(moved)]).toEqual([422, 'oauth.secret_for_other_server']);
  });

  test('leaves a record of every change', async () => {
    await add({ id: 'recorded', preset: 'openid', name: 'R', issuer: 'https://r.example', client_id: 'x' });
    await world.superuser.request('PATCH', `${base}/recorded`, { json: { enabled: false } });
    await remove('recorded');
    const { rows } = await sql<{ action: string; fields: string | null }>`
      select action, details->>'fields' as fields from audit_events where details->>'id' = 'recorded'
      order by occurred_at`.execute(world.app.platform.db);
    expect(rows).toEqual([
      { action: 'oauth_provider.added', fields: null },
      { action: 'oauth_provider.changed', fields: 'enabled' },
      { action: 'oauth_provider.removed', fields: null },
    ]);
  });

  test('a provider that was removed and added again knows its people', async () => {
    const person = { sub: 'stays', email: 'stays@example.org', email_verified: true };
    world.peer.people.set(person.sub, person);
    const first = new TestBrowser(world.app);
    await signInAtPeer(world, first, person.sub);
    await remove('peer');
    const identities = await first.request('GET', '/api/v1/auth/identities');
    expect(identities.json()).toMatchObject({ items: [{ provider_id: null, usable: false }] });
    await add({
      id: 'peer',
      preset: 'openid',
      name: 'Peer',
      issuer: world.peer.issuer,
      client_id: peerClient.id,
      client_secret: peerClient.secret,
      allow_local: true,
    });
    const second = new TestBrowser(world.app);
    expect(await signInAtPeer(world, second, person.sub)).toBe('/');
    expect((await second.request('GET', '/api/v1/auth/identities')).json()).toMatchObject({
      items: [{ provider_id: 'peer', usable: true }],
    });
  });
});

describe('S34: an issuer that leads where requests may not go is refused', () => {
  const wanted = { id: 'evil', preset: 'openid', name: 'Evil', client_id: 'x' };
  test.each([
    ['http://accounts.example.org', false],
    ['https://127.0.0.1:8443', false],
    ['https://localhost', false],
    ['https://10.0.0.7/realms/x', false],
    ['https://[::1]/', false],
    ['http://169.254.169.254', true],
    ['https://169.254.169.254', true],
    ['http://93.184.216.34', true],
    ['ftp://example.org', true],
    ['https://user:password@example.org', false],
    ['https://example.org/?x=y', false],
    ['example.org', false],
  ])('%s (local allowed: %s)', async (issuer, allow_local) => {
    const response = await add({ ...wanted, issuer, allow_local });
    expect([response.statusCode, codeOf(response)]).toEqual([422, 'oauth.invalid_issuer']);
    expect(response.json()).toMatchObject({ reason: expect.not.stringMatching(/^other$/) });
  });

  test('metadata cannot send requests to local addresses either', async () => {
    await sql`update oauth_providers set allow_local = false`.execute(world.app.platform.db);
    expect((await tryProvider()).checks).toMatchObject([{ name: 'discovery', state: 'failed' }]);
    await sql`update oauth_providers set allow_local = true`.execute(world.app.platform.db);
    world.peer.misbehave({
      discovery: (document) => ({ ...document, jwks_uri: 'http://169.254.169.254/latest/meta-data' }),
    });
    const { checks } = await tryProvider();
    expect(checks.at(-1)).toMatchObject({ state: 'failed' });
    expect(checks.at(-1)?.code).not.toBe('ok');
  });
});

describe('trying a provider', () => {
  test('says that all is well', async () => {
    const report = await tryProvider();
    expect(report).toMatchObject({ ok: true, redirect_uri: callbackOf('peer') });
    expect(report.checks.map((check) => [check.name, check.state])).toEqual([
      ['discovery', 'ok'],
      ['pkce', 'ok'],
      ['keys', 'ok'],
      ['clock', 'ok'],
    ]);
    expect(report.checks.map((check) => check.params)).toEqual([
      { issuer: world.peer.issuer },
      undefined,
      { count: 1 },
      undefined,
    ]);
  });

  const answered = (status: number, text: string, headers: Record<string, string> = {}) => ({
    answer: (path: string, response: import('node:http').ServerResponse): boolean => {
      if (!path.startsWith('/.well-known/')) return false;
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
      return true;
    },
  });
  const faults: [string, Parameters<OauthWorld['peer']['misbehave']>[0], string, RegExp][] = [
    [
      'a wrong issuer',
      { discovery: (d) => ({ ...d, issuer: 'https://evil.example' }) },
      'wrong_issuer',
      /letter for letter/,
    ],
    ['no metadata', answered(404, '{}'), 'not_openid', /no OpenID Connect metadata/],
    ['no JSON', answered(200, '<html>'), 'not_openid', /no OpenID Connect metadata/],
    [
      'an answer without end',
      answered(200, JSON.stringify({ x: 'x'.repeat(600_000) })),
      'outbound.too_large',
      /larger than allowed/,
    ],
    [
      'a redirect',
      answered(302, '', { location: 'https://evil.example/' }),
      'outbound.too_many_redirects',
      /final address/,
    ],
    [
      'endpoints without encryption',
      { discovery: (d) => ({ ...d, authorization_endpoint: 'http://login.example.org/' }) },
      'oauth.invalid_answer',
      /must begin with https/,
    ],
    [
      'symmetric signatures only',
      { discovery: (d) => ({ ...d, id_token_signing_alg_values_supported: ['HS256', 'none'] }) },
      'oauth.invalid_answer',
      /RS256/,
    ],
  ];
  test.each(faults)('explains %s', async (_name, misbehaviour, code, sentence) => {
    world.peer.misbehave(misbehaviour);
    const report = await tryProvider();
    expect(report.ok).toBe(false);
    expect(report.checks).toHaveLength(1);
    expect(report.checks[0]).toMatchObject({ name: 'discovery', state: 'failed', code });
    expect(report.checks[0]?.detail).toMatch(sentence);
  });

  test('tells what the library said, and our own refusals with their values', async () => {
    const first = async (misbehaviour: Parameters<OauthWorld['peer']['misbehave']>[0]) => {
      world.peer.misbehave(misbehaviour);
      const [check] = (await tryProvider()).checks;
      return check;
    };
    const withoutMetadata = await first(answered(404, '{}'));
    expect(withoutMetadata).toMatchObject({ code: 'not_openid', params: { said: expect.any(String) } });
    expect(withoutMetadata?.detail).toContain(withoutMetadata?.params?.said);
    const redirected = await first(answered(302, '', { location: 'https://evil.example/' }));
    expect(redirected?.refusal).toMatchObject({
      code: 'outbound.too_many_redirects',
      reason: 'target',
      params: { target: 'https://evil.example' },
    });
    expect(redirected?.detail).toBe(
      `${redirected?.refusal?.detail} Check the issuer, and that this server may reach it.`,
    );
    const plain = await first({
      discovery: (d) => ({ ...d, authorization_endpoint: 'http://login.example.org/' }),
    });
    expect(plain?.refusal).toEqual({
      code: 'oauth.invalid_answer',
      detail: plain?.detail,
      reason: 'not_encrypted',
      params: { name: 'authorization_endpoint' },
    });
    const symmetric = await first({
      discovery: (d) => ({ ...d, id_token_signing_alg_values_supported: ['HS256'] }),
    });
    expect(symmetric?.refusal).toMatchObject({ reason: 'algorithms', params: { offered: 'HS256' } });
  });

  test('explains a clock that is wrong, missing keys, and a proof key that is not announced', async () => {
    world.peer.misbehave({
      discovery: (document) => ({ ...document, code_challenge_methods_supported: undefined }),
      answer: (path, response) => {
        if (path !== '/jwks') return false;
        response.writeHead(200, { date: 'Sat, 01 Jan 2000 00:00:00 GMT' }).end('{"keys":[]}');
        return true;
      },
    });
    const report = await tryProvider();
    expect(report.ok).toBe(false);
    expect(report.checks.map((check) => [check.name, check.state, check.code])).toEqual([
      ['discovery', 'ok', 'ok'],
      ['pkce', 'warning', 'not_announced'],
      ['keys', 'failed', 'no_keys'],
      ['clock', 'failed', 'clock'],
    ]);
    expect(report.checks.slice(2).map((check) => check.params)).toEqual([
      { status: 200 },
      { seconds: expect.any(Number) },
    ]);
  });

  test('explains that nothing listens there, and people are told too', async () => {
    await add({
      id: 'dead',
      preset: 'openid',
      name: 'Dead',
      issuer: 'http://127.0.0.1:1',
      client_id: 'x',
      allow_local: true,
    });
    const report = await tryProvider('dead');
    expect(report.checks).toMatchObject([{ name: 'discovery', state: 'failed', code: 'outbound.refused' }]);
    const response = await authorize(new TestBrowser(world.app), {}, 'dead');
    expect([response.statusCode, codeOf(response)]).toEqual([502, 'oauth.provider_failed']);
    await remove('dead');
  });
});

describe('connections to providers', () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });
  let nowMs = Date.parse('2026-01-01');
  function connections(options: { requestTimeoutMs?: number } = {}) {
    const door = createOutboundDoor({ userAgent: 'test' });
    closers.push(() => door.close());
    return createOpenidConnections({ door, now: () => nowMs, requestTimeoutMs: 120_000, ...options });
  }
  const provider = (): ProviderConnection => ({
    id: 'peer',
    issuer: world.peer.issuer,
    clientId: 'x',
    clientSecret: undefined,
    allowLocal: true,
    revision: '1',
  });
  const discoveries = (): number =>
    world.peer.requests.filter((request) => request.startsWith('GET /.well-known/')).length;

  test('S34: a provider that hangs or drips is given up', async () => {
    const open = connections({ requestTimeoutMs: 300 });
    const never = { answer: (path: string) => path.startsWith('/.well-known/') };
    const drip: Parameters<OauthWorld['peer']['misbehave']>[0] = {
      answer: (path, response) => {
        if (!path.startsWith('/.well-known/')) return false;
        response.writeHead(200, { 'content-type': 'application/json' });
        const timer = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(timer));
        return true;
      },
    };
    for (const misbehaviour of [never, drip]) {
      world.peer.misbehave(misbehaviour);
      await expect(open.reconnect(provider())).rejects.toThrow();
    }
  });

  test('ask once for many people, remember the answer, and forget it with the settings or in time', async () => {
    const open = connections();
    const before = discoveries();
    await Promise.all([open.connect(provider()), open.connect(provider())]);
    nowMs += 599_000;
    await open.connect(provider());
    expect(discoveries() - before).toBe(1);
    await open.connect({ ...provider(), revision: '2' });
    expect(discoveries() - before).toBe(2);
    nowMs += 2_000;
    await open.connect(provider());
    expect(discoveries() - before).toBe(3);
  });

  test('a provider that is down is not asked again for everybody who tries, and soon asked anew', async () => {
    const open = connections();
    world.peer.misbehave({
      answer: (_path, response) => {
        response.writeHead(503).end();
        return true;
      },
    });
    const before = discoveries();
    await expect(open.connect(provider())).rejects.toThrow();
    await expect(open.connect(provider())).rejects.toThrow();
    expect(discoveries() - before).toBe(1);
    world.peer.behave();
    nowMs += 5_001;
    await open.connect(provider());
    expect(discoveries() - before).toBe(2);
  });
});

describe('S32: the redirect URI', () => {
  test('is built from the configured address, whatever host was asked for, and so is its cookie', async () => {
    const app = await createTestApp({
      guard: 'real',
      role: 'api',
      environ: { PUBLIC_URL: 'https://ai.example.org' },
    });
    await sql`insert into oauth_providers (id, preset, name, issuer, client_id, scopes, allow_local)
      values ('peer', 'openid', 'Peer', ${world.peer.issuer}, 'x', '{openid}', true)`.execute(
      app.platform.db,
    );
    const browser = new TestBrowser(app);
    await browser.fetchCsrf();
    const response = await browser.request('POST', '/api/v1/oauth/peer/authorize', {
      json: {},
      headers: { host: 'evil.example' },
      origin: 'https://ai.example.org',
    });
    const { authorization_url } = response.json() as { authorization_url: string };
    expect(new URL(authorization_url).searchParams.get('redirect_uri')).toBe(
      'https://ai.example.org/api/v1/oauth/peer/callback',
    );
    expect(setCookies(response).find((line) => line.startsWith('__Host-oauth_state='))).toMatch(
      /^__Host-oauth_state=[\w-]{22}; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    await app.stop();
  });

  test('without one is of this machine only', () => {
    expect(redirectUri(undefined, 'localhost:3000', 'peer')).toBe(callbackOf('peer'));
    expect(redirectUri(undefined, '127.0.0.1:8080', 'peer')).toBe(
      'http://127.0.0.1:8080/api/v1/oauth/peer/callback',
    );
    for (const host of [
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '10.0.0.7',
      'x@y',
      '',
    ])
      expect(() => redirectUri(undefined, host, 'peer')).toThrow(/PUBLIC_URL/);
  });
});
