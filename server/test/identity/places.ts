import { CompiledQuery } from 'kysely';
import { geoFrom } from '../../src/platform/geo/geo.ts';
import type { TestApp } from '../test-app.ts';
import { goodPassword, TestBrowser } from './client.ts';

/** Countries of the addresses that tests sign in from; others are of no known country. */
export const places: Record<string, string> = {
  '193.136.1.1': 'PT',
  '193.136.1.2': 'PT',
  '141.20.1.1': 'DE',
  '141.20.1.2': 'DE',
  '8.8.4.4': 'US',
};
export const testGeo = geoFrom((address) => places[address]);
/** For `createTestApp`: what X-Forwarded-For says counts. */
export const behindProxy = { TRUSTED_PROXIES: '127.0.0.1' };

export const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

/** The same browser before it is signed in: nothing but its device cookie. Signing in with it replaces no session. */
export function deviceOf(app: TestApp, browser: TestBrowser): TestBrowser {
  const bare = new TestBrowser(app);
  for (const [name, value] of browser.jar) if (name.endsWith('device')) bare.jar.set(name, value);
  return bare;
}

/** Signs in through the proxy from an address. */
export async function signInFrom(
  browser: TestBrowser,
  address: string,
  email: string,
  options: { password?: string; userAgent?: string; extra?: Record<string, unknown> } = {},
) {
  await browser.fetchCsrf();
  const response = await browser.request('POST', '/api/v1/auth/jwt/login', {
    json: { email, password: options.password ?? goodPassword, ...options.extra },
    headers: { 'x-forwarded-for': address, 'user-agent': options.userAgent ?? firefox },
  });
  if (response.statusCode === 200)
    browser.csrf = (response.json() as { csrf_token?: string }).csrf_token ?? browser.csrf;
  return response;
}

/** Signs in as if it had happened before: the history of the account begins there. */
export async function signedInBefore(
  app: TestApp,
  browser: TestBrowser,
  address: string,
  email: string,
  ago: string,
) {
  const response = await signInFrom(browser, address, email);
  const { session, user } = response.json() as { session: { id: string }; user: { id: string } };
  await run(app, 'update sessions set created_at = created_at - $2::interval where id = $1', session.id, ago);
  return { sessionId: session.id, userId: user.id };
}

/** What this kind of anomaly leads to from now on. */
export async function setAnomalies(app: TestApp, anomalies: Record<string, string>): Promise<void> {
  await run(
    app,
    `insert into security_policies (policy, version) values ($1, 1)
     on conflict (id) do update set policy = excluded.policy, version = security_policies.version + 1`,
    JSON.stringify({ anomalies }),
  );
  app.platform.bus.publish('policies.changed', {});
}

export interface ShownAlert {
  id: string;
  kind: string;
  severity: string;
  response: string;
  explanation: string;
  facts: Record<string, unknown> & { signals: string[] };
  session: { id: string; live: boolean } | null;
  device_id: string | null;
  decision: string | null;
}

export async function alertsOf(browser: TestBrowser): Promise<ShownAlert[]> {
  const response = await browser.request('GET', '/api/v1/auth/alerts');
  if (response.statusCode !== 200) throw new Error(`alerts answered ${response.body}`);
  return (response.json() as { items: ShownAlert[] }).items;
}

export async function run(app: TestApp, text: string, ...parameters: unknown[]) {
  const { rows } = await app.platform.db.executeQuery(CompiledQuery.raw(text, parameters));
  return rows as Record<string, unknown>[];
}
