import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, goodPassword, setCookies, signedIn, TestBrowser } from './client.ts';
import { enrol, fakePasskey, fakeSecondFactor, rightCode } from './fake-second-factor.ts';
import { keepBlocked } from './throttling.ts';

const stepUp = '/api/v1/auth/step-up';
const profile = '/api/v1/profile';
const change = '/api/v1/auth/password/change';
const newPassword = 'umber sparrow kettle meadow';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({
    guard: 'real',
    role: 'api',
    identity: { secondFactors: [fakeSecondFactor('totp'), fakePasskey()] },
  });
});
afterAll(() => app.stop());

const query = async <Row>(text: string, ...parameters: unknown[]): Promise<Row[]> =>
  (await app.platform.db.executeQuery(CompiledQuery.raw(text, parameters))).rows as Row[];

/** As if the last proof of this session were longer ago than what sensitive routes accept. */
async function age(sessionId: string, seconds = 301): Promise<void> {
  const ago = "update sessions set stepped_up_at = now() - $2 * interval '1 second' where id = $1";
  await query(ago, sessionId, seconds);
  app.platform.bus.publish('sessions.changed', { session_ids: [sessionId] });
}

async function agedPerson(email: string) {
  const person = await signedIn(app, email);
  await age(person.sessionId);
  return person;
}

function prove(browser: TestBrowser, json: Record<string, unknown>) {
  return browser.request('POST', stepUp, { json });
}

async function proven(browser: TestBrowser, json: Record<string, unknown>) {
  const response = await prove(browser, json);
  const body = response.json() as { csrf_token: string; session: { id: string }; stepped_up_until: string };
  browser.csrf = body.csrf_token;
  return { response, ...body };
}

const changePassword = (browser: TestBrowser, current = goodPassword) =>
  browser.request('POST', change, { json: { current_password: current, new_password: newPassword } });

describe('S9: step-up', () => {
  test('a fresh sign-in opens what is sensitive for five minutes, and not longer', async () => {
    const { browser, sessionId } = await signedIn(app, 'fresh@example.org');
    const until = (await browser.request('GET', stepUp)).json() as { stepped_up_until: string };
    expect(Date.parse(until.stepped_up_until)).toBeGreaterThan(Date.now());
    // Not the whole of it, for a slow machine.
    await age(sessionId, 240);
    expect(codeOf(await changePassword(browser, 'not my password at all'))).toBe('auth.wrong_password');
    await age(sessionId);
    const refused = await changePassword(browser);
    expect([refused.statusCode, codeOf(refused)]).toEqual([403, 'auth.step_up_required']);
    expect((await browser.request('GET', profile)).statusCode).toBe(200);
    expect((await browser.request('GET', stepUp)).json()).toEqual({
      methods: ['password'],
      stepped_up_until: null,
    });
  });

  test('changing the password needs it: the current password alone is not enough', async () => {
    const { browser } = await agedPerson('change@example.org');
    expect(codeOf(await changePassword(browser))).toBe('auth.step_up_required');
    await proven(browser, { method: 'password', password: goodPassword });
    expect((await changePassword(browser)).statusCode).toBe(200);
  });

  test('somebody without a second factor proves themselves by the password', async () => {
    const { browser } = await agedPerson('by-password@example.org');
    const wrong = await prove(browser, { method: 'password', password: 'a wrong password of mine' });
    expect([wrong.statusCode, codeOf(wrong)]).toEqual([403, 'auth.wrong_password']);
    expect(codeOf(await changePassword(browser))).toBe('auth.step_up_required');
    const { stepped_up_until } = await proven(browser, { method: 'password', password: goodPassword });
    expect((await browser.request('GET', stepUp)).json()).toMatchObject({ stepped_up_until });
  });

  test('somebody with a second factor shows it: the password does not do', async () => {
    const { browser, id } = await agedPerson('by-code@example.org');
    await enrol(app, id, 'totp');
    expect((await browser.request('GET', stepUp)).json()).toMatchObject({ methods: ['totp'] });
    const password = await prove(browser, { method: 'password', password: goodPassword });
    expect([password.statusCode, codeOf(password)]).toEqual([422, 'auth.method_not_offered']);
    expect(codeOf(await prove(browser, { method: 'totp', code: '000000' }))).toBe('auth.invalid_code');
    await proven(browser, { method: 'totp', code: rightCode });
    expect((await changePassword(browser)).statusCode).toBe(200);
  });

  test('a sign-in on a trusted device, without the second factor, opens nothing sensitive', async () => {
    const { browser, id, email } = await signedIn(app, 'trusted@example.org');
    await enrol(app, id, 'totp');
    await query(
      "update devices set trust_level = 'trusted', trusted_until = now() + interval '1 day' where user_id = $1",
      id,
    );
    expect((await browser.signIn(email)).statusCode).toBe(200);
    expect(codeOf(await changePassword(browser))).toBe('auth.step_up_required');
  });

  test('holds for bearer tokens too', async () => {
    const { id, email } = await signedIn(app, 'bearer@example.org');
    const program = new TestBrowser(app);
    const signIn = (await program.signIn(email, goodPassword, { token_delivery: 'body' })).json() as {
      access_token: string;
    };
    const [session] = await query<{ id: string }>(
      "select id from sessions where user_id = $1 and delivery = 'body' and ended_at is null",
      id,
    );
    await age(session?.id ?? '');
    const send = (url: string, token: string, json: unknown) =>
      new TestBrowser(app).request('POST', url, { json, headers: { authorization: `Bearer ${token}` } });
    const passwords = { current_password: goodPassword, new_password: newPassword };
    expect(codeOf(await send(change, signIn.access_token, passwords))).toBe('auth.step_up_required');
    const renewed = await send(stepUp, signIn.access_token, { method: 'password', password: goodPassword });
    expect(setCookies(renewed)).toEqual([]);
    const { access_token } = renewed.json() as { access_token: string };
    expect((await send(change, signIn.access_token, passwords)).statusCode).toBe(401);
    expect((await send(change, access_token, passwords)).statusCode).toBe(200);
  });

  test('a passkey answers options of this session, once', async () => {
    const { browser, id } = await agedPerson('by-passkey@example.org');
    await enrol(app, id, 'passkey');
    const other = await agedPerson('other-passkey@example.org');
    await enrol(app, other.id, 'passkey');
    const begin = async () => {
      const response = await browser.request('POST', `${stepUp}/passkey-options`);
      const body = response.json() as { challenge_id: string; options: { challenge: string } };
      return {
        method: 'passkey',
        challenge_id: body.challenge_id,
        credential: { nonce: body.options.challenge },
      };
    };
    const proof = await begin();
    expect(codeOf(await prove(other.browser, proof))).toBe('auth.challenge_expired');
    expect((await prove(browser.copy(), proof)).statusCode).toBe(200);
    const again = await signedIn(app, 'again-passkey@example.org');
    await enrol(app, again.id, 'passkey');
    expect(codeOf(await prove(again.browser, proof))).toBe('auth.challenge_expired');
  });

  test('guessing is slowed for the session, and recorded', async () => {
    const { browser, id } = await agedPerson('guess@example.org');
    await enrol(app, id, 'totp');
    for (let i = 0; i < 6; i++) await prove(browser, { method: 'totp', code: '000000' });
    await keepBlocked(app);
    expect((await prove(browser, { method: 'totp', code: rightCode })).statusCode).toBe(429);
    const rows = await query<{ outcome: string }>(
      "select outcome from audit_events where subject_id = $1 and action = 'step_up'",
      id,
    );
    expect(rows).toHaveLength(7);
    expect(new Set(rows.map((row) => row.outcome))).toEqual(new Set(['failure']));
  });
});

describe('S20: step-up gives a new session', () => {
  test('the former id and its copies are dead; device, start and absolute limit stay', async () => {
    const { browser, sessionId, id } = await agedPerson('renew@example.org');
    const former = browser.copy();
    const { session } = await proven(browser, { method: 'password', password: goodPassword });
    expect(session.id).not.toBe(sessionId);
    expect((await former.request('GET', profile)).statusCode).toBe(401);
    expect((await former.request('POST', '/api/v1/auth/refresh')).statusCode).toBe(401);
    expect((await browser.request('GET', profile)).statusCode).toBe(200);
    expect((await browser.request('POST', '/api/v1/auth/refresh')).statusCode).toBe(200);
    const rows = await query<Record<string, unknown>>(
      'select created_at, expires_at, device_id, end_reason from sessions where user_id = $1 order by id',
      id,
    );
    expect(rows).toHaveLength(2);
    expect(rows[0]?.end_reason).toBe('renewed');
    expect(rows[1]).toEqual({ ...rows[0], end_reason: null });
  });

  test('of parallel proofs one gets the session', async () => {
    const { browser, id } = await agedPerson('parallel@example.org');
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => prove(browser.copy(), { method: 'password', password: goodPassword })),
    );
    expect(answers.filter((each) => each.statusCode === 200)).toHaveLength(1);
    expect(await query('select 1 from sessions where user_id = $1 and ended_at is null', id)).toHaveLength(1);
  });
});
