import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { watchForSpraying } from '../../src/features/anomalies/index.ts';
import { createAuditTrail } from '../../src/features/audit/index.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, goodPassword, signedIn, TestBrowser } from './client.ts';
import { codeNow, enrolTotp, waitForNextCode } from './factors.ts';
import {
  alertsOf,
  behindProxy,
  deviceOf,
  firefox,
  run,
  setAnomalies,
  signedInBefore,
  signInFrom,
  testGeo,
} from './places.ts';

interface Notice {
  userId: string;
  kind: string;
  facts: Record<string, string>;
}

let app: TestApp;
const notices: Notice[] = [];
beforeAll(async () => {
  app = await createTestApp({
    guard: 'real',
    role: 'api',
    geo: testGeo,
    environ: behindProxy,
    identity: {
      noticeSender: {
        send: async (_executor, userId, notice) => void notices.push({ userId, ...notice }),
        reachesPeople: () => false,
        sendSignInCode: async () => undefined,
      },
    },
  });
});
afterAll(() => app.stop());
beforeEach(async () => {
  notices.length = 0;
  await run(app, 'delete from security_policies');
  app.platform.bus.publish('policies.changed', {});
});

const [berlin, berlinToo, lisbon, lisbonToo, newYork] = [
  '141.20.1.1',
  '141.20.1.2',
  '193.136.1.1',
  '193.136.1.2',
  '8.8.4.4',
];
const create = (email: string) =>
  app.operator!.createUser({ email, role: 'user', displayName: 'P', password: goodPassword });

/** An account that was used from Germany two days ago, and the browser it was used with. */
async function germanAccount(name: string, ago = '2 days') {
  const email = `${name}@example.org`;
  await create(email);
  const browser = new TestBrowser(app);
  return { email, browser, ...(await signedInBefore(app, browser, berlin, email, ago)) };
}

describe('A10: what is unusual about a sign-in', () => {
  test('the first sign-in of an account is not, nor one on the same device from another address at home', async () => {
    const { email, browser } = await germanAccount('usual');
    expect((await signInFrom(browser, berlinToo, email)).statusCode).toBe(200);
    expect(await alertsOf(browser)).toEqual([]);
    expect(notices).toEqual([]);
  });

  test('a new device is told of, to the person and in their alerts', async () => {
    const { email, browser, userId } = await germanAccount('device');
    const other = new TestBrowser(app);
    const response = await signInFrom(other, berlinToo, email);
    expect(response.statusCode).toBe(200);
    const [alert, ...more] = await alertsOf(browser);
    expect(more).toEqual([]);
    expect(alert).toMatchObject({
      kind: 'new_device',
      severity: 'info',
      response: 'notify',
      explanation: 'Somebody signed in from a device that was not used before: Firefox on Linux, in Germany.',
      facts: { country: 'DE', address: berlinToo, device: 'Firefox on Linux' },
      session: { id: (response.json() as { session: { id: string } }).session.id, live: true },
    });
    expect(notices).toEqual([
      {
        userId,
        kind: 'new_device',
        facts: {
          time: expect.stringMatching(/UTC$/),
          device: 'Firefox on Linux',
          address: berlinToo,
          place: 'Germany',
        },
      },
    ]);
  });

  test('a new country is told of, and the country is known from then on', async () => {
    const { email, browser } = await germanAccount('country');
    expect((await signInFrom(browser, lisbon, email)).statusCode).toBe(200);
    expect((await signInFrom(browser, lisbonToo, email)).statusCode).toBe(200);
    const alerts = await alertsOf(browser);
    expect(alerts.map((alert) => alert.kind)).toEqual(['new_country']);
    expect(alerts[0]?.explanation).toContain('Portugal');
    expect(notices.map((notice) => notice.kind)).toEqual(['unusual_sign_in']);
  });

  test('impossible travel asks for a second factor, even on a trusted device', async () => {
    const { email, browser, userId } = await germanAccount('traveller', '40 minutes');
    const { secret } = await enrolTotp(browser);
    await run(app, "update devices set trust_level = 'trusted', trusted_until = now() + interval '1 day'");
    const home = await signInFrom(deviceOf(app, browser), berlin, email);
    expect(home.json()).toHaveProperty('session');
    await run(
      app,
      "update sessions set created_at = now() - interval '40 minutes' where user_id = $1",
      userId,
    );
    const away = deviceOf(app, browser);
    const asked = (await signInFrom(away, lisbon, email)).json() as {
      two_factor?: { challenge_id: string };
    };
    expect(asked.two_factor).toBeDefined();
    const [open] = await alertsOf(browser);
    expect(open).toMatchObject({ kind: 'impossible_travel', response: 'step_up', session: null });
    expect(open?.explanation).toMatch(
      /^Somebody signed in from Portugal\. You were in Germany 40 minutes earlier, which is [\d,]+ km away\./,
    );
    await away.fetchCsrf();
    await waitForNextCode(app, userId);
    const done = await away.request('POST', '/api/v1/auth/2fa/verify', {
      json: { challenge_id: asked.two_factor?.challenge_id, method: 'totp', code: codeNow(secret) },
      headers: { 'x-forwarded-for': lisbonToo, 'user-agent': firefox },
    });
    expect(done.statusCode).toBe(200);
    const [alert, ...more] = await alertsOf(browser);
    expect(more).toEqual([]);
    expect(alert?.session?.id).toBe((done.json() as { session: { id: string } }).session.id);
    expect(notices.filter((notice) => notice.kind === 'unusual_sign_in')).toHaveLength(1);
  });

  test('where nobody can be asked for more, the person is told, and the alert does not claim otherwise', async () => {
    const { email, browser } = await germanAccount('no-factor', '40 minutes');
    expect((await signInFrom(browser, newYork, email)).statusCode).toBe(200);
    const [alert] = await alertsOf(browser);
    expect(alert).toMatchObject({ kind: 'impossible_travel', response: 'notify', severity: 'critical' });
  });

  test('many failures and then a success', async () => {
    const { email, browser } = await germanAccount('hammered');
    for (let i = 0; i < 5; i++)
      expect(
        (await signInFrom(new TestBrowser(app), newYork, email, { password: 'wrong password' })).statusCode,
      ).toBe(401);
    expect((await signInFrom(browser, berlinToo, email)).statusCode).toBe(200);
    const [alert] = await alertsOf(browser);
    expect(alert).toMatchObject({ kind: 'burst', severity: 'warning', facts: { failures: 5 } });
    expect((await signInFrom(browser, berlin, email)).statusCode).toBe(200);
    expect(await alertsOf(browser)).toHaveLength(1);
  });

  test('an unusual hour, by the clock of the person', async () => {
    const { email, browser, userId } = await germanAccount('hours');
    await run(
      app,
      `insert into sessions (id, user_id, user_version, delivery, factors, created_at, idle_expires_at, expires_at,
         country, ended_at, end_reason)
       select gen_random_uuid(), $1, 1, 'cookie', '{password}', now() - n * interval '1 day' - interval '12 hours', now(),
         now(), 'DE', now(), 'signed_out' from generate_series(3, 22) as n`,
      userId,
    );
    await run(app, "insert into profiles (user_id, time_zone) values ($1, 'Asia/Tokyo')", userId);
    await run(
      app,
      "update sessions set created_at = created_at - interval '12 hours' where device_id is not null",
    );
    expect((await signInFrom(browser, berlinToo, email)).statusCode).toBe(200);
    const [alert] = await alertsOf(browser);
    expect(alert).toMatchObject({ kind: 'unusual_hour', facts: { time_zone: 'Asia/Tokyo' } });
  });

  test('a program is known by its name: its second sign-in is no new device', async () => {
    const { email, browser } = await germanAccount('program');
    const program = { userAgent: 'sync-tool/1.0', extra: { token_delivery: 'body' } };
    await signInFrom(new TestBrowser(app), berlin, email, program);
    await signInFrom(new TestBrowser(app), berlinToo, email, program);
    expect((await alertsOf(browser)).map((alert) => alert.kind)).toEqual(['new_device']);
  });
});

describe('A10: the answer is the policy’s', () => {
  test('block refuses the sign-in, leaves no session and tells the person', async () => {
    const { email, browser, userId } = await germanAccount('blocked');
    await setAnomalies(app, { new_country: 'block' });
    const response = await signInFrom(deviceOf(app, browser), lisbon, email);
    expect([response.statusCode, codeOf(response)]).toEqual([403, 'auth.sign_in_blocked']);
    const live = await run(app, 'select country from sessions where user_id = $1', userId);
    expect(live).toEqual([{ country: 'DE' }]);
    const [alert] = await alertsOf(browser);
    expect(alert).toMatchObject({ kind: 'new_country', response: 'block', session: null });
    expect(alert?.explanation).toMatch(/^Somebody tried to sign in .* That was refused\.$/);
    expect(notices.map((notice) => notice.kind)).toEqual(['sign_in_blocked']);
    expect((await signInFrom(deviceOf(app, browser), berlin, email)).statusCode).toBe(200);
  });

  test('ignore neither stores nor tells anything', async () => {
    const { email, browser } = await germanAccount('ignored');
    await setAnomalies(app, { new_country: 'ignore', new_device: 'ignore' });
    expect((await signInFrom(new TestBrowser(app), lisbon, email)).statusCode).toBe(200);
    expect(await alertsOf(browser)).toEqual([]);
    expect(notices).toEqual([]);
  });

  test('the strongest of several signals decides', async () => {
    const { email } = await germanAccount('strongest');
    await setAnomalies(app, { new_device: 'block', new_country: 'notify' });
    expect(codeOf(await signInFrom(new TestBrowser(app), lisbon, email))).toBe('auth.sign_in_blocked');
  });

  test('S39: a refused sign-in is in the evidence, with who, what factor, from where', async () => {
    const { email, userId, browser } = await germanAccount('evidence');
    await setAnomalies(app, { new_country: 'block' });
    await signInFrom(browser, lisbon, email);
    const rows = await run(
      app,
      `select e.outcome, e.factor, e.code, p.data->>'address' as address from audit_events e
       join audit_personal p on p.event_id = e.id where e.subject_id = $1 order by e.occurred_at desc limit 1`,
      userId,
    );
    expect(rows).toEqual([
      { outcome: 'failure', factor: 'password', code: 'auth.sign_in_blocked', address: lisbon },
    ]);
  });
});

describe('where people are', () => {
  test('sessions and devices carry the country; a private address is "this network"', async () => {
    const { email, browser } = await germanAccount('labels');
    const inside = new TestBrowser(app);
    await signInFrom(inside, '192.168.1.7', email);
    const sessions = (await browser.request('GET', '/api/v1/auth/sessions')).json() as {
      items: { country: string | null; location_label: string | null }[];
    };
    expect(sessions.items.map((item) => [item.country, item.location_label])).toEqual([
      [null, 'this network'],
      ['DE', 'Germany'],
    ]);
  });
});

describe('password spraying', () => {
  const told: string[] = [];
  const alertNotices = {
    async alertRaised(_executor: unknown, { userId }: { userId: string }) {
      told.push(userId);
      return () => undefined;
    },
    alertAnswered: async () => () => undefined,
  };
  const watch = () =>
    watchForSpraying({ ...app.platform, audit: createAuditTrail({ ...app.platform }), alertNotices });
  const systemAlerts = async () =>
    run(app, 'select facts, severity from security_alerts where user_id is null');
  const fail = (address: string, account: string) =>
    signInFrom(new TestBrowser(app), address, `${account}@example.org`, { password: 'Spring-2026-password' });

  test('raises one alert for administrators, and sign-ins from there are unusual', async () => {
    const { browser: administrator, id } = await signedIn(app, 'spray-admin@example.org', 'admin');
    const { email, browser } = await germanAccount('sprayed');
    await watch();
    expect(await systemAlerts()).toEqual([]);
    for (let i = 0; i < 11; i++) await fail('203.0.114.9', `sprayed-${i}`);
    await watch();
    await fail('203.0.114.9', 'sprayed-12');
    await watch();
    expect(await systemAlerts()).toEqual([
      { severity: 'critical', facts: expect.objectContaining({ accounts: 12, networks: 1 }) },
    ]);
    const listed = await administrator.request('GET', '/api/v1/admin/alerts?kind=password_spraying');
    expect((listed.json() as { items: { explanation: string; user: null }[] }).items).toMatchObject([
      {
        user: null,
        explanation:
          'Somebody is trying passwords on many accounts: 12 accounts from 1 network within 60 minutes.',
      },
    ]);
    // Each administrator once, however often the alert grows.
    const toldByApp = await run(
      app,
      "select owner_id from notifications where owner_id = $1 and href = '/admin/alerts'",
      id,
    );
    // The app watches as well and may have been the first to see it.
    expect([...told.filter((userId) => userId === id), ...toldByApp]).toHaveLength(1);
    await setAnomalies(app, { password_spraying: 'block' });
    const refused = await signInFrom(deviceOf(app, browser), '203.0.114.9', email);
    expect(codeOf(refused)).toBe('auth.sign_in_blocked');
    expect((await alertsOf(browser))[0]).toMatchObject({ kind: 'password_spraying', response: 'block' });
    expect((await signInFrom(browser, berlin, email)).statusCode).toBe(200);
  });

  test('its networks are forgotten when they expire', async () => {
    await run(app, "insert into spraying_networks values ('198.51.99.1', 10, now() - interval '1 second')");
    await watch();
    expect(await run(app, "select 1 from spraying_networks where network = '198.51.99.1'")).toEqual([]);
  });
});

test('P2: a known device at its last address costs no further statement', async () => {
  const { email, browser } = await germanAccount('cheap');
  await setAnomalies(app, { unusual_hour: 'block', burst: 'block' });
  const alerts = await alertsOf(browser);
  for (let i = 0; i < 8; i++) expect((await signInFrom(browser, berlin, email)).statusCode).toBe(200);
  expect(await alertsOf(browser)).toEqual(alerts);
});
