import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type IdToken, peerClient } from '../peers/openid-provider.ts';
import { codeOf, setCookies, signedIn, TestBrowser } from './client.ts';
import {
  accountOf,
  authorizationUrl,
  authorize,
  callbackOf,
  comeBack,
  createOauthWorld,
  linkedTo,
  type OauthWorld,
  signInAtPeer,
  whoIs,
} from './oauth-world.ts';

let world: OauthWorld;
beforeAll(async () => {
  world = await createOauthWorld();
});
beforeEach(async () => {
  world.peer.behave();
  await world.keepStepUp();
});
afterAll(() => world.stop());

let count = 0;
/** Somebody at the provider whom the product does not know yet. */
function stranger(more: { email?: string; email_verified?: boolean } = {}) {
  count += 1;
  const person = {
    sub: `stranger-${count}`,
    email: `stranger-${count}@example.org`,
    email_verified: true,
    name: 'Strange Person',
    ...more,
  };
  world.peer.people.set(person.sub, person);
  return person;
}

describe('sign-in at a provider', () => {
  test('lists what is switched on, without anything secret', async () => {
    const response = await new TestBrowser(world.app).request('GET', '/api/v1/oauth/providers');
    expect(response.json()).toEqual({
      items: [{ id: 'peer', name: 'Peer', preset: 'openid', button: { label: 'Continue with Peer' } }],
      next_cursor: null,
    });
  });

  test('registers a stranger without a password, and knows them the next time', async () => {
    const person = stranger();
    const browser = new TestBrowser(world.app);
    expect(await signInAtPeer(world, browser, person.sub, { next: '/documents?view=all' })).toBe(
      '/documents?view=all',
    );
    const account = await accountOf(world.app, person.email);
    expect(account).toMatchObject({ status: 'active', password_hash: null, verified: true });
    expect(await whoIs(browser)).toBe(account?.id);

    // Also after the address has changed at the provider: who somebody is, issuer and subject say.
    world.peer.people.set(person.sub, { ...person, email: 'another@example.org', email_verified: false });
    const again = new TestBrowser(world.app);
    expect(await signInAtPeer(world, again, person.sub)).toBe('/');
    expect(await whoIs(again)).toBe(account?.id);
  });

  test('S20: a new session replaces the one the browser had', async () => {
    const { browser, sessionId } = await signedIn(world.app, 'oauth-before@example.org');
    const person = stranger();
    await signInAtPeer(world, browser, person.sub);
    expect(await whoIs(browser)).toBe((await accountOf(world.app, person.email))?.id);
    const { rows } = await sql<{ end_reason: string | null }>`
      select end_reason from sessions where id = ${sessionId}`.execute(world.app.platform.db);
    expect(rows).toEqual([{ end_reason: 'replaced' }]);
  });

  test('two tabs of one browser do not disturb each other', async () => {
    const [one, two] = [stranger(), stranger()];
    const browser = new TestBrowser(world.app);
    const first = await authorizationUrl(browser);
    const second = await authorizationUrl(browser);
    expect(await comeBack(browser, await world.peer.visit(first, one.sub))).toBe('/');
    // The first success ended what the browser had under way.
    const late = await comeBack(browser, await world.peer.visit(second, two.sub));
    expect(late).toBe('/sign-in?oauth_error=oauth.state_mismatch');
    expect(await whoIs(browser)).toBe(await linkedTo(world.app, one.sub));
  });

  test('says that the person cancelled', async () => {
    const browser = new TestBrowser(world.app);
    const back = await world.peer.visit(await authorizationUrl(browser), 'cancel');
    expect(new URL(back).searchParams.get('error')).toBe('access_denied');
    expect(await comeBack(browser, back)).toBe('/sign-in?oauth_error=oauth.denied');
  });

  test('an unknown provider, and one that is switched off, is not found', async () => {
    expect(codeOf(await authorize(new TestBrowser(world.app), {}, 'nobody'))).toBe(
      'oauth.provider_not_found',
    );
    await world.change({ enabled: false });
    const response = await authorize(new TestBrowser(world.app));
    await world.change({ enabled: true });
    expect([response.statusCode, codeOf(response)]).toEqual([404, 'oauth.provider_not_found']);
  });
});

describe('S32: what leaves for the provider', () => {
  test('carries PKCE S256, state, nonce and the exact redirect URI', async () => {
    const url = new URL(await authorizationUrl(new TestBrowser(world.app)));
    const parameters = Object.fromEntries(url.searchParams);
    expect(parameters).toMatchObject({
      response_type: 'code',
      client_id: 'aiwfe',
      code_challenge_method: 'S256',
      redirect_uri: callbackOf('peer'),
      scope: 'openid email profile',
    });
    expect(parameters.state).toMatch(/^[\w-]{22,}$/);
    expect(parameters.nonce).toMatch(/^[\w-]{22,}$/);
    expect(parameters.code_challenge).toMatch(/^[\w-]{43}$/);
    expect(parameters.prompt).toBeUndefined();
  });

  test('is new for every attempt, and the browser holds only the cookie that binds it', async () => {
    const browser = new TestBrowser(world.app);
    await browser.fetchCsrf();
    const response = await browser.request('POST', '/api/v1/oauth/peer/authorize', { json: {} });
    const cookie = setCookies(response).find((line) => line.startsWith('oauth_state='));
    expect(cookie).toMatch(
      /^oauth_state=[\w-]{22}; Max-Age=600; Path=\/api\/v1\/oauth; HttpOnly; SameSite=Lax$/,
    );
    const first = new URL((response.json() as { authorization_url: string }).authorization_url);
    const second = new URL(await authorizationUrl(browser));
    for (const name of ['state', 'nonce', 'code_challenge'])
      expect(first.searchParams.get(name)).not.toBe(second.searchParams.get(name));
    expect(cookie).not.toContain(String(first.searchParams.get('state')));
  });

  test('a redirect URI that was tampered with is refused by the provider', async () => {
    const url = new URL(await authorizationUrl(new TestBrowser(world.app)));
    url.searchParams.set('redirect_uri', 'http://localhost:3000/api/v1/oauth/peer/callback/../evil');
    await expect(world.peer.visit(url.href, stranger().sub)).rejects.toThrow(/answered 400/);
  });
});

describe('S32: a callback is refused', () => {
  const refused = '/sign-in?oauth_error=oauth.state_mismatch';

  async function begun(body: Record<string, unknown> = {}) {
    const browser = new TestBrowser(world.app);
    const person = stranger();
    const back = await world.peer.visit(await authorizationUrl(browser, body), person.sub);
    return { browser, person, back };
  }

  test('when its state was used already', async () => {
    const { browser, back } = await begun();
    const planted = browser.jar.get('oauth_state') ?? '';
    expect(await comeBack(browser, back)).toBe('/');
    browser.jar.set('oauth_state', planted);
    expect(await comeBack(browser, back)).toBe(refused);
  });

  test('when of two at once the other was first', async () => {
    const { browser, back } = await begun();
    const answers = await Promise.all([comeBack(browser.copy(), back), comeBack(browser.copy(), back)]);
    expect(answers.sort()).toEqual(['/', refused]);
  });

  test('in another browser, also one that has begun a sign-in of its own', async () => {
    const { back, person } = await begun();
    const victim = new TestBrowser(world.app);
    expect(await comeBack(victim, back)).toBe(refused);
    await authorizationUrl(victim);
    expect(await comeBack(victim, back)).toBe(refused);
    expect(await whoIs(victim)).toBeUndefined();
    expect(await linkedTo(world.app, person.sub)).toBeUndefined();
  });

  test('without state, with an unknown one, with two', async () => {
    const { browser, back } = await begun();
    for (const search of ['', '?state=', `?state=${'a'.repeat(32)}`, '?state=%00&code=x']) {
      const url = new URL(back);
      url.search = search;
      expect(await comeBack(browser, url.href)).toBe(refused);
    }
    expect(await comeBack(browser, `${back}&state=${'a'.repeat(32)}`)).toBe(refused);
  });

  test('when it took too long', async () => {
    const { browser, back } = await begun();
    await sql`update challenges set expires_at = now() where purpose = 'oauth'`.execute(
      world.app.platform.db,
    );
    expect(await comeBack(browser, back)).toBe(refused);
  });

  test('at another provider than the one that was asked (mix-up)', async () => {
    const { browser, back } = await begun();
    expect(await comeBack(browser, back.replace('/oauth/peer/', '/oauth/other/'))).toBe(refused);
  });

  test('when it names another issuer (RFC 9207), or none though the provider always does', async () => {
    for (const issuer of ['https://evil.example', undefined]) {
      const { browser, back } = await begun();
      const url = new URL(back);
      url.searchParams.delete('iss');
      if (issuer !== undefined) url.searchParams.set('iss', issuer);
      expect(await comeBack(browser, url.href)).toBe('/sign-in?oauth_error=oauth.invalid_answer');
    }
  });

  test('when its code was used already, or belongs to an attempt of somebody else', async () => {
    const first = await begun();
    const used = new URL(first.back).searchParams.get('code') ?? '';
    expect(await comeBack(first.browser, first.back)).toBe('/');
    const stolen = new URL((await begun()).back).searchParams.get('code') ?? '';
    for (const code of [used, stolen, 'nonsense']) {
      const own = await begun();
      const url = new URL(own.back);
      url.searchParams.set('code', code);
      expect(await comeBack(own.browser, url.href)).toBe('/sign-in?oauth_error=oauth.provider_failed');
      expect(await whoIs(own.browser)).toBeUndefined();
    }
  });

  test('when the settings of the provider changed in between', async () => {
    const { browser, back } = await begun();
    await sql`update oauth_providers set issuer = 'https://other.example', client_secret_sealed = null`.execute(
      world.app.platform.db,
    );
    const answer = await comeBack(browser, back);
    await world.change({ issuer: world.peer.issuer, client_secret: peerClient.secret });
    expect(answer).toBe(refused);
  });
});

describe('S32: an ID token is refused', () => {
  const now = (): number => Math.floor(Date.now() / 1000);
  const claims =
    (change: Record<string, unknown>) =>
    (token: IdToken): IdToken => ({
      ...token,
      claims: { ...token.claims, ...change },
    });
  const hostile: [string, (token: IdToken) => IdToken][] = [
    ['with another nonce', claims({ nonce: 'another' })],
    ['without nonce', claims({ nonce: undefined })],
    ['of another issuer', claims({ iss: 'https://evil.example' })],
    ['for another audience', claims({ aud: 'somebody-else' })],
    ['for several audiences, authorised for another', claims({ aud: ['aiwfe', 'evil'], azp: 'evil' })],
    ['for several audiences without authorised party', claims({ aud: ['aiwfe', 'evil'] })],
    ['that has expired', claims({ exp: now() - 3_600, iat: now() - 7_200 })],
    ['without expiry', claims({ exp: undefined })],
    ['issued in the future', claims({ iat: now() + 3_600, exp: now() + 7_200 })],
    ['issued long ago', claims({ iat: now() - 86_400 })],
    ['without subject', claims({ sub: undefined })],
    ['signed by nobody', (token) => ({ ...token, header: { alg: 'none' }, signed: 'not' })],
    [
      'signed with the public key as a secret',
      (token) => ({ ...token, header: { ...token.header, alg: 'HS256' }, signed: 'hs256_with_public_key' }),
    ],
    ['signed by a stranger', (token) => ({ ...token, signed: 'by_stranger' })],
    [
      'signed by a stranger who brings the key along',
      (token) => ({
        header: { ...token.header, jku: 'https://evil.example/keys', jwk: { kty: 'oct', k: 'AAAA' } },
        claims: token.claims,
        signed: 'by_stranger',
      }),
    ],
    [
      'with a key that the provider does not have',
      (token) => ({ ...token, header: { ...token.header, kid: 'x' } }),
    ],
  ];
  test('but not when it is the very same, signed again by the provider', async () => {
    const person = stranger();
    world.peer.misbehave({ idToken: (token) => token });
    expect(await signInAtPeer(world, new TestBrowser(world.app), person.sub)).toBe('/');
  });

  test.each(hostile)('%s', async (_name, idToken) => {
    const person = stranger();
    const browser = new TestBrowser(world.app);
    world.peer.misbehave({ idToken });
    expect(await signInAtPeer(world, browser, person.sub)).toBe('/sign-in?oauth_error=oauth.invalid_answer');
    expect(await whoIs(browser)).toBeUndefined();
    expect(await accountOf(world.app, person.email)).toBeUndefined();
  });

  test('when userinfo speaks of another subject', async () => {
    const [person, victim] = [stranger(), stranger()];
    const browser = new TestBrowser(world.app);
    world.peer.misbehave({ userinfo: () => ({ ...victim }) });
    expect(await signInAtPeer(world, browser, person.sub)).toBe('/sign-in?oauth_error=oauth.invalid_answer');
    expect(await whoIs(browser)).toBeUndefined();
  });
});

test('S18, S40: no token, code, secret or verifier is stored, logged or shown in the address of a page', async () => {
  const person = stranger();
  const browser = new TestBrowser(world.app);
  const back = await world.peer.visit(await authorizationUrl(browser), person.sub);
  const code = new URL(back).searchParams.get('code') ?? '';
  world.logged.length = 0;
  world.peer.issued.length = 0;
  const location = await comeBack(browser, back);
  const failing = new TestBrowser(world.app);
  world.peer.misbehave({ idToken: (token) => ({ ...token, signed: 'by_stranger' }) });
  await signInAtPeer(world, failing, person.sub);
  expect(world.peer.issued.length).toBeGreaterThanOrEqual(4);
  expect(world.logged.join('')).toContain('sign-in at a provider failed');
  const stored = await sql<{ text: string }>`
    select i::text as text from user_identities i union all select p::text from oauth_providers p
    union all select a::text from audit_events a union all select c::text from challenges c
    where c.purpose <> 'oauth'`.execute(world.app.platform.db);
  const everything = [location, ...world.logged, ...stored.rows.map((row) => row.text)].join('\n');
  for (const secret of [...world.peer.issued, code, peerClient.secret])
    expect(everything).not.toContain(secret);
});

describe('the page to end on', () => {
  const evil = [
    '//evil.example',
    '/\\evil.example',
    '/%2fevil.example',
    '/%5cevil.example',
    '/%252fevil.example',
    '/..//evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    'evil',
    '/\tevil',
    '/a b',
    '/%0d%0aset-cookie:x=y',
    '/api/v1/auth/logout',
  ];
  test.each(evil)('is never %s', async (next) => {
    const response = await authorize(new TestBrowser(world.app), { next });
    expect([response.statusCode, codeOf(response)]).toEqual([422, 'validation_failed']);
  });
});
