import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decideNextStep } from '../../src/features/anomalies/security-overview.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, goodPassword, signedIn, TestBrowser } from './client.ts';
import { auditOf, enrolTotp, outcomeOf } from './factors.ts';
import {
  alertsOf,
  behindProxy,
  deviceOf,
  run,
  type ShownAlert,
  setAnomalies,
  signedInBefore,
  signInFrom,
  testGeo,
} from './places.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ guard: 'real', role: 'api', geo: testGeo, environ: behindProxy });
});
afterAll(() => app.stop());

const berlin = '141.20.1.1';
const lisbon = '193.136.1.1';
const lisbonToo = '193.136.1.2';
const decide = (browser: TestBrowser, id: string, decision: 'confirm' | 'deny') =>
  browser.request('POST', `/api/v1/auth/alerts/${id}/${decision}`);

/** A person at home in Germany, and a browser in Portugal that has just signed in with their password. */
async function withStranger(name: string) {
  const email = `${name}@example.org`;
  const browser = new TestBrowser(app);
  await app.operator!.createUser({ email, role: 'user', displayName: 'P', password: goodPassword });
  const own = await signedInBefore(app, browser, berlin, email, '2 days');
  const stranger = new TestBrowser(app);
  await signInFrom(stranger, lisbon, email);
  const [alert] = await alertsOf(browser);
  if (!alert) throw new Error('there is no alert');
  return { email, browser, stranger, alert, ...own };
}

describe('this was me', () => {
  test('closes the alert, and the same device and country do not alert again', async () => {
    const { browser, alert, email, userId } = await withStranger('confirming');
    const confirmed = await decide(browser, alert.id, 'confirm');
    expect(confirmed.json()).toMatchObject({ id: alert.id, decision: 'confirmed' });
    expect((await signInFrom(new TestBrowser(app), lisbonToo, email)).statusCode).toBe(200);
    expect(await alertsOf(browser)).toHaveLength(1);
    expect(await auditOf(app, userId, 'alert.confirmed')).toMatchObject([
      { outcome: 'success', details: { alert: alert.id, kind: 'new_country' } },
    ]);
  });

  test('lets a sign-in in that policy had refused', async () => {
    const email = 'refused@example.org';
    const browser = new TestBrowser(app);
    await app.operator!.createUser({ email, role: 'user', displayName: 'P', password: goodPassword });
    await signedInBefore(app, browser, berlin, email, '2 days');
    await setAnomalies(app, { new_country: 'block' });
    const away = deviceOf(app, browser);
    expect(codeOf(await signInFrom(away, lisbon, email))).toBe('auth.sign_in_blocked');
    expect(codeOf(await signInFrom(away, lisbon, email))).toBe('auth.sign_in_blocked');
    const alerts = await alertsOf(browser);
    expect(alerts).toHaveLength(1);
    await decide(browser, alerts[0]!.id, 'confirm');
    expect((await signInFrom(away, lisbon, email)).statusCode).toBe(200);
    await setAnomalies(app, {});
  });

  test('can be said once more, but not after "this was not me"', async () => {
    const { browser, alert } = await withStranger('twice');
    expect((await decide(browser, alert.id, 'confirm')).statusCode).toBe(200);
    expect((await decide(browser, alert.id, 'confirm')).statusCode).toBe(200);
    expect((await decide(browser, alert.id, 'deny')).statusCode).toBe(200);
    await run(app, 'update sessions set restriction = null');
    app.platform.bus.publish('bus.reconnected', {});
    expect(outcomeOf(await decide(browser, alert.id, 'confirm'))).toEqual([409, 'alerts.denied_already']);
  });
});

describe('this was not me', () => {
  test('ends all other sessions at once, forgets the device, and asks for a new password', async () => {
    const { email, browser, stranger, alert, userId, sessionId } = await withStranger('denying');
    const another = new TestBrowser(app);
    await signInFrom(another, berlin, email);
    const denied = await decide(browser, alert.id, 'deny');
    expect(denied.json()).toEqual({ ended_sessions: 2, next: 'change_password' });
    for (const ended of [stranger, another]) {
      expect((await ended.request('GET', '/api/v1/profile')).statusCode).toBe(401);
      expect((await ended.request('POST', '/api/v1/auth/refresh')).statusCode).toBe(401);
    }
    expect(await run(app, 'select id from devices where id = $1', alert.device_id)).toEqual([]);
    expect(outcomeOf(await browser.request('GET', '/api/v1/profile'))).toEqual([
      403,
      'auth.password_change_required',
    ]);
    expect(await run(app, 'select restriction from sessions where id = $1', sessionId)).toEqual([
      { restriction: 'change_password' },
    ]);
    const again = await signInFrom(new TestBrowser(app), berlin, email);
    expect(again.json()).toMatchObject({ restriction: 'change_password' });
    expect(await auditOf(app, userId, 'alert.denied')).toMatchObject([
      { outcome: 'success', details: { alert: alert.id, ended_sessions: 2 } },
    ]);
  });

  test('keeps the stranger out until there is a new password, which the person chooses', async () => {
    const { email, browser, stranger, alert } = await withStranger('still-new');
    await decide(browser, alert.id, 'deny');
    const old = await signInFrom(deviceOf(app, stranger), lisbon, email);
    expect([old.statusCode, codeOf(old)]).toEqual([403, 'auth.sign_in_blocked']);
    const next = 'a wholly new harbour lantern';
    const changed = await browser.request('POST', '/api/v1/auth/password/change', {
      json: { current_password: goodPassword, new_password: next },
    });
    expect(changed.statusCode).toBe(200);
    expect((await browser.request('GET', '/api/v1/profile')).statusCode).toBe(200);
    const fresh = await signInFrom(new TestBrowser(app), lisbon, email, { password: next });
    expect(fresh.json()).not.toHaveProperty('restriction');
    // What was denied made no country known.
    expect((await alertsOf(browser))[0]?.facts.signals).toContain('new_country');
  });

  test('removes the trust that the stranger’s device had', async () => {
    const { email, browser, stranger, alert } = await withStranger('distrusting');
    await enrolTotp(browser);
    await run(
      app,
      "update devices set trust_level = 'trusted', trusted_until = now() + interval '1 day' where id = $1",
      alert.device_id,
    );
    await decide(browser, alert.id, 'deny');
    // Only trust could spare the second factor, and nothing but its lack asks for one.
    await setAnomalies(app, { impossible_travel: 'ignore' });
    const back = await signInFrom(deviceOf(app, stranger), '8.8.4.4', email, { userAgent: 'curl/8' });
    expect(back.json()).toHaveProperty('two_factor');
    await setAnomalies(app, {});
  });

  test('is refused on the very device of the alert, with a sentence that says what to do', async () => {
    const { email, browser, stranger, alert } = await withStranger('own-device');
    const refused = await decide(stranger, alert.id, 'deny');
    expect([refused.statusCode, codeOf(refused)]).toEqual([409, 'alerts.this_device']);
    expect((refused.json() as { detail: string }).detail).toContain('sign in on another device');
    const sameDevice = deviceOf(app, stranger);
    await signInFrom(sameDevice, lisbon, email);
    expect(codeOf(await decide(sameDevice, alert.id, 'deny'))).toBe('alerts.this_device');
    expect((await browser.request('GET', '/api/v1/profile')).statusCode).toBe(200);
    expect((await alertsOf(browser))[0]).toMatchObject({ decision: null, session: { live: true } });
  });

  test('is for the person: the facts that name a place can be erased and the alert stays', async () => {
    const { browser, alert } = await withStranger('erasing');
    expect(alert.facts.address).toBe(lisbon);
    await run(app, 'update security_alerts set personal = null where id = $1', alert.id);
    const [left] = await alertsOf(browser);
    expect(left?.facts).not.toHaveProperty('address');
    expect(left?.explanation).toContain('Portugal');
  });
});

describe('S30: alerts of others', () => {
  test('answer 404 exactly as unknown ones, and stay undecided', async () => {
    const { browser, alert } = await withStranger('private');
    const nosy = (await signedIn(app, 'nosy@example.org')).browser;
    const bare = (body: string) => body.replace(/"request_id":"[^"]*"/, '');
    const read = (id: string) => nosy.request('GET', `/api/v1/auth/alerts/${id}`);
    const calls = [
      read,
      (id: string) => decide(nosy, id, 'confirm'),
      (id: string) => decide(nosy, id, 'deny'),
    ];
    for (const call of calls) {
      const foreign = await call(alert.id);
      expect([foreign.statusCode, codeOf(foreign)]).toEqual([404, 'alerts.not_found']);
      expect(bare(foreign.body)).toBe(bare((await call(uuidv7())).body));
    }
    expect(await alertsOf(nosy)).toEqual([]);
    expect((await alertsOf(browser))[0]?.decision).toBeNull();
  });

  test('are for administrators to see, by kind and decision, and for nobody else', async () => {
    const { browser, alert, email } = await withStranger('overseen');
    const administrator = (await signedIn(app, 'alert-admin@example.org', 'admin')).browser;
    const url = '/api/v1/admin/alerts';
    expect(outcomeOf(await browser.request('GET', url))).toEqual([403, 'auth.forbidden']);
    const idsOf = async (query: string) => {
      const response = await administrator.request('GET', `${url}?${query}`);
      return (response.json() as { items: (ShownAlert & { user: { email: string } })[] }).items;
    };
    const open = await idsOf('kind=new_country&decision=open');
    expect(open.find((item) => item.id === alert.id)?.user.email).toBe(email);
    expect(await idsOf('kind=burst')).toEqual([]);
    await decide(browser, alert.id, 'confirm');
    expect((await idsOf('decision=open')).map((item) => item.id)).not.toContain(alert.id);
    expect((await idsOf('decision=confirmed')).map((item) => item.id)).toContain(alert.id);
    expect(outcomeOf(await administrator.request('GET', `${url}?kind=nonsense`))).toEqual([
      422,
      'validation_failed',
    ]);
  });
});

test('alerts come in pages, newest first', async () => {
  const { browser, userId, alert } = await withStranger('pages');
  await run(
    app,
    `insert into security_alerts (id, user_id, kind, severity, response, facts)
     select uuid_in(lpad(n::text, 32, '0')::cstring), $1, 'burst', 'warning', 'notify',
       '{"signals":["burst"],"sign_ins":7,"within_minutes":10}' from generate_series(1, 4) as n`,
    userId,
  );
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const response = await browser.request(
      'GET',
      `/api/v1/auth/alerts?limit=2${cursor === null ? '' : `&cursor=${cursor}`}`,
    );
    const page = response.json() as { items: ShownAlert[]; next_cursor: string | null };
    expect(page.items.length).toBeLessThanOrEqual(2);
    seen.push(...page.items.map((item) => item.id));
    cursor = page.next_cursor;
  } while (cursor !== null);
  expect(seen).toHaveLength(5);
  expect(seen[0]).toBe(alert.id);
  expect([...seen].sort().reverse()).toEqual(seen);
});

describe('A18: the overview', () => {
  interface Overview {
    level: string;
    sign_in_methods: string[];
    devices: number;
    sessions: number;
    open_alerts: number;
    next_step: string | null;
    last_sign_in: { country: string | null; location_label: string | null; label: string } | null;
  }
  const overviewOf = async (browser: TestBrowser): Promise<Overview> =>
    (await browser.request('GET', '/api/v1/auth/security')).json() as Overview;

  test('counts, and leads from one step to the next', async () => {
    const { browser, alert, userId } = await withStranger('overview');
    expect(await overviewOf(browser)).toMatchObject({
      level: 'weak',
      sign_in_methods: ['password'],
      devices: 2,
      sessions: 2,
      open_alerts: 1,
      next_step: 'review_alerts',
      last_sign_in: null,
    });
    await decide(browser, alert.id, 'confirm');
    await run(app, 'update users set email_verified_at = null where id = $1', userId);
    // No mail server: a link to confirm the address would reach nobody.
    expect((await overviewOf(browser)).next_step).toBe('add_second_factor');
  });

  test('an address is to be confirmed where mail reaches people', () => {
    const facts = {
      hasPassword: true,
      secondFactors: [],
      mustChangePassword: false,
      backupCodesLeft: 0,
      openAlerts: 0,
    };
    const stepOf = (emailVerified: boolean) =>
      decideNextStep({ ...facts, emailVerified, mailReachesPeople: true });
    expect([stepOf(false), stepOf(true)]).toEqual(['verify_email', 'add_second_factor']);
  });

  test('a second factor makes it good, and says when backup codes run out', async () => {
    const { browser, alert, userId, stranger } = await withStranger('better');
    await decide(browser, alert.id, 'confirm');
    await run(app, 'update users set email_verified_at = now() where id = $1', userId);
    await enrolTotp(stranger);
    expect(await overviewOf(stranger)).toMatchObject({
      level: 'good',
      sign_in_methods: ['password', 'totp'],
      next_step: 'add_passkey',
      last_sign_in: { country: 'DE', location_label: 'Germany', label: 'Firefox on Linux' },
    });
    await run(app, 'update backup_codes set used_at = now() where user_id = $1 and position > 1', userId);
    expect((await overviewOf(stranger)).next_step).toBe('renew_backup_codes');
    await run(app, "update users set second_factors = '{totp,passkey}' where id = $1", userId);
    await run(app, 'update backup_codes set used_at = null where user_id = $1', userId);
    expect(await overviewOf(stranger)).toMatchObject({ level: 'strong', next_step: null });
  });
});
