import type { LightMyRequestResponse } from 'fastify';
import { sql } from 'kysely';
import { createLogger } from '../../src/platform/telemetry/logger.ts';
import { type OpenidPeer, peerClient, startOpenidPeer } from '../peers/openid-provider.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { signedIn, type TestBrowser } from './client.ts';
import { keepStepUp } from './factors.ts';

export const origin = 'http://localhost:3000';
export const callbackOf = (provider: string): string => `${origin}/api/v1/oauth/${provider}/callback`;

export interface OauthWorld {
  app: TestApp;
  peer: OpenidPeer;
  superuser: TestBrowser;
  /** Lines that were logged. */
  logged: string[];
  /** Changes the provider `peer`. */
  change(changes: Record<string, unknown>): Promise<void>;
  policy(change: Record<string, unknown>): Promise<void>;
  /** Before each test: the superuser may go on changing things. */
  keepStepUp(): Promise<void>;
  stop(): Promise<void>;
}

/** The product with the provider `peer`, and a superuser who is signed in. */
export async function createOauthWorld(): Promise<OauthWorld> {
  const peer = await startOpenidPeer({ redirectUris: ['peer', 'other'].map(callbackOf) });
  const logged: string[] = [];
  const app = await createTestApp({
    log: createLogger({ level: 'trace', destination: { write: (line: string) => void logged.push(line) } }),
    guard: 'real',
    role: 'api',
    environ: { REGISTRATION: 'open' },
  });
  const { browser: superuser, sessionId } = await signedIn(app, 'oauth-root@example.org', 'superuser');
  const added = await superuser.request('POST', '/api/v1/admin/oauth-providers', {
    json: {
      id: 'peer',
      preset: 'openid',
      name: 'Peer',
      issuer: peer.issuer,
      client_id: peerClient.id,
      client_secret: peerClient.secret,
      allow_local: true,
    },
  });
  if (added.statusCode !== 201) throw new Error(`The provider was not added: ${added.body}`);
  const send = async (method: 'PATCH' | 'PUT', url: string, json: object): Promise<void> => {
    const response = await superuser.request(method, url, { json });
    if (response.statusCode !== 200) throw new Error(`${url} answered ${response.body}`);
  };
  return {
    app,
    peer,
    superuser,
    logged,
    change: (changes) => send('PATCH', '/api/v1/admin/oauth-providers/peer', changes),
    policy: (change) => send('PUT', '/api/v1/admin/policies', change),
    keepStepUp: () => keepStepUp(app, sessionId),
    async stop() {
      await app.stop();
      await peer.close();
    },
  };
}

export async function authorize(
  browser: TestBrowser,
  body: Record<string, unknown> = {},
  provider = 'peer',
): Promise<LightMyRequestResponse> {
  if (browser.csrf === undefined) await browser.fetchCsrf();
  return browser.request('POST', `/api/v1/oauth/${provider}/authorize`, { json: body });
}

export async function authorizationUrl(
  browser: TestBrowser,
  body: Record<string, unknown> = {},
  provider = 'peer',
): Promise<string> {
  const response = await authorize(browser, body, provider);
  if (response.statusCode !== 200) throw new Error(`authorize answered ${response.body}`);
  return (response.json() as { authorization_url: string }).authorization_url;
}

/** The browser opens the address that the provider sent it to; returns where it is sent on to. */
export async function comeBack(browser: TestBrowser, url: string): Promise<string> {
  const { pathname, search } = new URL(url);
  const response = await browser.request('GET', pathname + search);
  if (response.statusCode !== 303)
    throw new Error(`callback answered ${response.statusCode}: ${response.body}`);
  return String(response.headers.location);
}

/** Signs in at the provider as `sub`; returns where the browser ends. */
export async function signInAtPeer(
  world: OauthWorld,
  browser: TestBrowser,
  sub: string,
  body: Record<string, unknown> = {},
): Promise<string> {
  return comeBack(browser, await world.peer.visit(await authorizationUrl(browser, body), sub));
}

export async function whoIs(browser: TestBrowser): Promise<string | undefined> {
  const response = await browser.request('GET', '/api/v1/auth/status');
  return (response.json() as { user?: { id: string } }).user?.id;
}

export async function verifyEmail(app: TestApp, userId: string): Promise<void> {
  await sql`update users set email_verified_at = now() where id = ${userId}`.execute(app.platform.db);
}

export async function accountOf(app: TestApp, email: string) {
  const { rows } = await sql<{ id: string; status: string; password_hash: string | null; verified: boolean }>`
    select id, status, password_hash, email_verified_at is not null as verified from users
    where email_canonical = ${email}`.execute(app.platform.db);
  return rows[0];
}

export async function linkedTo(app: TestApp, sub: string): Promise<string | undefined> {
  const { rows } = await sql<{ user_id: string }>`
    select user_id from user_identities where subject = ${sub}`.execute(app.platform.db);
  return rows[0]?.user_id;
}
