import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, signedIn, TestBrowser } from './client.ts';
import {
  auditOf,
  codeNow,
  enrolTotp,
  forgetStepUp,
  outcomeOf,
  verifySecondFactor,
  waitForNextCode,
} from './factors.ts';
import { behindProxy, deviceOf, run, signInFrom, testGeo } from './places.ts';
import { keepBlocked } from './throttling.ts';

interface ShownDevice {
  id: string;
  name: string | null;
  label: string;
  current: boolean;
  trust: string;
  trusted_until: string | null;
  country: string | null;
  location_label: string | null;
  live_sessions: number;
}

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ guard: 'real', role: 'api', geo: testGeo, environ: behindProxy });
});
afterAll(() => app.stop());

const devices = '/api/v1/auth/devices';
const listOf = async (browser: TestBrowser): Promise<ShownDevice[]> => {
  const response = await browser.request('GET', devices);
  if (response.statusCode !== 200) throw new Error(`devices answered ${response.body}`);
  return (response.json() as { items: ShownDevice[] }).items;
};
const currentOf = async (browser: TestBrowser): Promise<ShownDevice> => {
  const current = (await listOf(browser)).find((device) => device.current);
  if (!current) throw new Error('no device is the current one');
  return current;
};
const trust = (browser: TestBrowser, id: string) => browser.request('POST', `${devices}/${id}/trust`);

describe('A9: devices', () => {
  test('are listed with a readable name, where they were, and their sessions', async () => {
    const { browser, email } = await signedIn(app, 'list-devices@example.org');
    const phone = new TestBrowser(app);
    await signInFrom(phone, '193.136.1.1', email, {
      userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1',
    });
    const listed = await listOf(browser);
    expect(listed.map((device) => [device.label, device.current, device.location_label])).toEqual([
      ['Unknown device', true, 'this network'],
      ['Safari on iPhone', false, 'Portugal'],
    ]);
    expect(listed[1]).toMatchObject({ name: null, trust: 'new', country: 'PT', live_sessions: 1 });
    expect(listed[1]).not.toHaveProperty('token_hash');
  });

  test('get a name, and lose it again', async () => {
    const { browser } = await signedIn(app, 'rename-device@example.org');
    const { id } = await currentOf(browser);
    const url = `${devices}/${id}`;
    const named = await browser.request('PATCH', url, { json: { name: ' Kitchen\u202e laptop ' } });
    expect(named.json()).toMatchObject({ name: 'Kitchen  laptop', label: 'Kitchen  laptop' });
    const unnamed = await browser.request('PATCH', url, { json: { name: '' } });
    expect(unnamed.json()).toMatchObject({ name: null, label: 'Unknown device' });
    expect(outcomeOf(await browser.request('PATCH', url, { json: { name: '\u0007' } }))).toEqual([
      422,
      'validation_failed',
    ]);
    expect(outcomeOf(await browser.request('PATCH', url, { json: { trust: 'trusted' } }))).toEqual([
      422,
      'validation_failed',
    ]);
  });

  test('are forgotten: their sessions end at once and their cookie is unknown', async () => {
    const { browser, email, id: userId } = await signedIn(app, 'forget-device@example.org');
    const other = new TestBrowser(app);
    await other.signIn(email);
    const { id } = await currentOf(other);
    const forgotten = await browser.request('DELETE', `${devices}/${id}`);
    expect(forgotten.json()).toEqual({ forgotten: true, ended_sessions: 1 });
    expect((await other.request('GET', '/api/v1/profile')).statusCode).toBe(401);
    expect((await other.request('POST', '/api/v1/auth/refresh')).statusCode).toBe(401);
    await other.signIn(email);
    expect((await currentOf(other)).id).not.toBe(id);
    expect(await auditOf(app, userId, 'device.forgotten')).toHaveLength(1);
  });

  test('the one in use can be forgotten too, and the browser forgets its sign-in', async () => {
    const { browser } = await signedIn(app, 'forget-own@example.org');
    const { id } = await currentOf(browser);
    expect((await browser.request('DELETE', `${devices}/${id}`)).statusCode).toBe(200);
    expect([...browser.jar.keys()].filter((name) => name.endsWith('_token'))).toEqual([]);
  });

  test('that were not seen for 400 days are removed', async () => {
    const { removeUnseenDevices } = await import('../../src/features/devices/devices.queries.ts');
    const { deviceCookieSeconds } = await import('../../src/features/devices/index.ts');
    const { browser, id: userId } = await signedIn(app, 'unseen@example.org');
    const aged = (days: number) =>
      run(
        app,
        "update devices set last_seen_at = now() - $2 * interval '1 day' where user_id = $1",
        userId,
        days,
      );
    await aged(399);
    await removeUnseenDevices(app.platform.db, deviceCookieSeconds);
    expect(await listOf(browser)).toHaveLength(1);
    await aged(401);
    await removeUnseenDevices(app.platform.db, deviceCookieSeconds);
    expect(await listOf(browser)).toEqual([]);
  });
});

describe('S23: trust in a device', () => {
  test('needs a second factor', async () => {
    const { browser } = await signedIn(app, 'no-factor@example.org');
    const { id } = await currentOf(browser);
    expect(outcomeOf(await trust(browser, id))).toEqual([409, 'devices.second_factor_required']);
  });

  test('needs it now: a proof of long ago does not count', async () => {
    const { browser, sessionId } = await signedIn(app, 'stale-proof@example.org');
    await enrolTotp(browser);
    await forgetStepUp(app, sessionId);
    const { id } = await currentOf(browser);
    expect(outcomeOf(await trust(browser, id))).toEqual([403, 'auth.step_up_required']);
  });

  test('lasts thirty days, spares the second factor there, and expires', async () => {
    const { browser, email, id: userId } = await signedIn(app, 'trusting@example.org');
    await enrolTotp(browser);
    const { id } = await currentOf(browser);
    const trusted = (await trust(browser, id)).json() as ShownDevice;
    expect(trusted.trust).toBe('trusted');
    const days = (Date.parse(trusted.trusted_until!) - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(30);
    expect((await deviceOf(app, browser).signIn(email)).json()).toHaveProperty('session');
    expect((await new TestBrowser(app).signIn(email)).json()).toHaveProperty('two_factor');
    await run(
      app,
      "update devices set trusted_until = now() - interval '1 second' where user_id = $1",
      userId,
    );
    expect(await currentOf(browser)).toMatchObject({ trust: 'new', trusted_until: null });
    expect((await deviceOf(app, browser).signIn(email)).json()).toHaveProperty('two_factor');
  });

  test('comes from the device cookie: neither another browser nor a planted cookie has it', async () => {
    const { browser, email } = await signedIn(app, 'cookie-trust@example.org');
    await enrolTotp(browser);
    await trust(browser, (await currentOf(browser)).id);
    const stranger = await signedIn(app, 'cookie-stranger@example.org');
    const planted = deviceOf(app, stranger.browser);
    expect((await planted.signIn(email)).json()).toHaveProperty('two_factor');
  });

  test('can be given to the device in use only', async () => {
    const { browser, email, id: userId } = await signedIn(app, 'remote-trust@example.org');
    const { secret } = await enrolTotp(browser);
    const other = new TestBrowser(app);
    const { two_factor: demand } = (await other.signIn(email)).json() as {
      two_factor: { challenge_id: string };
    };
    await other.fetchCsrf();
    await waitForNextCode(app, userId);
    await verifySecondFactor(other, demand.challenge_id, { method: 'totp', code: codeNow(secret) });
    const elsewhere = (await listOf(browser)).find((device) => !device.current);
    expect(outcomeOf(await trust(browser, elsewhere!.id))).toEqual([409, 'devices.not_this_device']);
  });

  test('is withdrawn at once', async () => {
    const { browser, email } = await signedIn(app, 'withdrawn@example.org');
    await enrolTotp(browser);
    const { id } = await currentOf(browser);
    await trust(browser, id);
    const withdrawn = await browser.request('DELETE', `${devices}/${id}/trust`);
    expect(withdrawn.json()).toMatchObject({ trust: 'new', trusted_until: null });
    expect((await deviceOf(app, browser).signIn(email)).json()).toHaveProperty('two_factor');
  });
});

test('S7: a device trusted by its person enters while somebody hammers the account', async () => {
  const { browser, email } = await signedIn(app, 'hammered-device@example.org');
  await enrolTotp(browser);
  await trust(browser, (await currentOf(browser)).id);
  for (let i = 0; i < 7; i++) await new TestBrowser(app).signIn(email, 'not the password', {}, `10.7.0.${i}`);
  await keepBlocked(app);
  expect((await new TestBrowser(app).signIn(email)).statusCode).toBe(429);
  expect((await deviceOf(app, browser).signIn(email)).json()).toHaveProperty('session');
});

test('S30: another person’s device answers 404 exactly as an unknown one, and stays', async () => {
  const mine = await signedIn(app, 'mine-device@example.org');
  const theirs = await signedIn(app, 'their-device@example.org');
  const { id } = await currentOf(theirs.browser);
  const bare = (body: string) => body.replace(/"request_id":"[^"]*"/, '');
  const calls = [
    ['PATCH', '', { json: { name: 'x' } }],
    ['POST', '/trust', {}],
    ['DELETE', '/trust', {}],
    ['DELETE', '', {}],
  ] as const;
  for (const [method, path, options] of calls) {
    const foreign = await mine.browser.request(method, `${devices}/${id}${path}`, options);
    const unknown = await mine.browser.request(method, `${devices}/${uuidv7()}${path}`, options);
    expect([method, foreign.statusCode, codeOf(foreign)]).toEqual([method, 404, 'devices.not_found']);
    expect(bare(foreign.body)).toBe(bare(unknown.body));
  }
  expect(await currentOf(theirs.browser)).toMatchObject({ id, name: null });
});

test('S39: trusting, withdrawing and forgetting a device is in the evidence', async () => {
  const { browser, id: userId } = await signedIn(app, 'device-evidence@example.org');
  await enrolTotp(browser);
  const { id } = await currentOf(browser);
  await trust(browser, id);
  await browser.request('DELETE', `${devices}/${id}/trust`);
  await browser.request('DELETE', `${devices}/${id}`);
  const events = await run(
    app,
    "select action, device_id from audit_events where subject_id = $1 and action like 'device.%' order by occurred_at",
    userId,
  );
  expect(events).toEqual(
    ['device.trusted', 'device.distrusted', 'device.forgotten'].map((action) => ({ action, device_id: id })),
  );
});
