import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { RiskVerdict } from '../../src/features/sign-in/index.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, goodPassword, setCookies, signedIn, TestBrowser } from './client.ts';
import { enrol, fakePasskey, fakeSecondFactor, rightCode } from './fake-second-factor.ts';
import { keepBlocked, lift } from './throttling.ts';

const profile = '/api/v1/profile';
const verify = '/api/v1/auth/2fa/verify';
const usual: RiskVerdict = { response: 'none', signals: [], country: undefined };
const unusual = (response: RiskVerdict['response']): RiskVerdict => ({
  response,
  signals: [{ kind: 'impossible_travel', severity: 'critical', facts: { from: 'DE', to: 'NZ' } }],
  country: 'NZ',
});

const mail = {
  send: vi.fn(async () => undefined),
  reachesPeople: vi.fn(() => true),
  sendSignInCode: vi.fn(async (_executor: unknown, _userId: string, _code: string) => undefined),
};
const risk = {
  assess: vi.fn(async (): Promise<RiskVerdict> => usual),
  recordOutcome: vi.fn(async (_executor: unknown, _outcome: object) => undefined),
};

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({
    guard: 'real',
    role: 'api',
    identity: {
      noticeSender: mail,
      risk,
      secondFactors: [fakeSecondFactor('totp'), fakeSecondFactor('backup_code'), fakePasskey()],
    },
  });
});
afterAll(() => app.stop());

const query = async <Row>(text: string, ...parameters: unknown[]): Promise<Row[]> =>
  (await app.platform.db.executeQuery(CompiledQuery.raw(text, parameters))).rows as Row[];

interface TwoFactor {
  challenge_id: string;
  methods: string[];
  expires_at: string;
}

/** A person with a second factor, and the browser that enrolled it, signed out. */
async function person(email: string, ...methods: string[]) {
  const made = await signedIn(app, email);
  await made.browser.request('POST', '/api/v1/auth/logout');
  await enrol(app, made.id, ...(methods.length > 0 ? methods : ['totp', 'backup_code']));
  return made;
}

async function firstFactor(browser: TestBrowser, email: string, extra: Record<string, unknown> = {}) {
  const response = await browser.signIn(email, goodPassword, extra);
  // The answer of a first factor has no new CSRF token: the pre-session's goes on.
  await browser.fetchCsrf();
  return (response.json() as { two_factor: TwoFactor }).two_factor;
}

function answer(browser: TestBrowser, challengeId: string, extra: Record<string, unknown> = {}) {
  return browser.request('POST', verify, {
    json: { challenge_id: challengeId, method: 'totp', code: rightCode, ...extra },
  });
}

async function signInWithCode(email: string, extra: Record<string, unknown> = {}) {
  const browser = new TestBrowser(app);
  const { challenge_id } = await firstFactor(browser, email);
  const response = await answer(browser, challenge_id, extra);
  if (response.statusCode === 200) browser.csrf = (response.json() as { csrf_token: string }).csrf_token;
  return { browser, response };
}

describe('S16: after the password of a person with a second factor', () => {
  test('nothing but the challenge exists: no session, no cookie that opens anything, no trust', async () => {
    const { id, email } = await person('s16@example.org');
    const before = await query<{ n: number }>(
      'select count(*)::int as n from sessions where user_id = $1',
      id,
    );
    const browser = new TestBrowser(app);
    const response = await browser.signIn(email, goodPassword, { remember_device: true });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({
      two_factor: {
        challenge_id: expect.stringMatching(/^[\w-]{22,}$/),
        methods: ['totp', 'backup_code'],
        expires_at: expect.any(String),
      },
    });
    expect(setCookies(response)).toEqual([]);
    expect((await browser.request('GET', profile)).statusCode).toBe(401);
    const { challenge_id } = (response.json() as { two_factor: TwoFactor }).two_factor;
    const headers = { authorization: `Bearer ${challenge_id}` };
    expect((await new TestBrowser(app).request('GET', profile, { headers })).statusCode).toBe(401);
    expect(await query('select count(*)::int as n from sessions where user_id = $1', id)).toEqual(before);
    expect(await query("select 1 from devices where user_id = $1 and trust_level <> 'new'", id)).toEqual([]);
  });

  test('the challenge is stored as a hash only', async () => {
    const { email } = await person('s16-hash@example.org');
    const { challenge_id } = await firstFactor(new TestBrowser(app), email);
    const [dump] = await query<{ text: string }>('select json_agg(c)::text as text from challenges c');
    expect(dump?.text).not.toContain(challenge_id);
  });
});

describe('the second factor', () => {
  test('completes the sign-in and is named among the factors of the session', async () => {
    const { id, email } = await person('complete@example.org');
    const { browser, response } = await signInWithCode(email);
    expect([response.statusCode, response.json()]).toMatchObject([200, { user: { id }, session: {} }]);
    expect((await browser.request('GET', profile)).statusCode).toBe(200);
    const [session] = await query<{ factors: string[]; fresh: boolean }>(
      "select factors, stepped_up_at > now() - interval '1 minute' as fresh from sessions where user_id = $1 and ended_at is null",
      id,
    );
    expect(session).toEqual({ factors: ['password', 'totp'], fresh: true });
  });

  test('says what may answer a challenge to whoever holds it, and nothing to others', async () => {
    const { email } = await person('describe@example.org');
    const browser = new TestBrowser(app);
    const { challenge_id } = await firstFactor(browser, email);
    const described = await browser.request('POST', '/api/v1/auth/2fa/challenge', { json: { challenge_id } });
    expect(described.json()).toMatchObject({ challenge_id, methods: ['totp', 'backup_code'] });
    const stranger = new TestBrowser(app);
    await stranger.fetchCsrf();
    const refused = await stranger.request('POST', '/api/v1/auth/2fa/challenge', { json: { challenge_id } });
    expect([refused.statusCode, codeOf(refused)]).toEqual([401, 'auth.challenge_expired']);
  });

  test('a challenge is bound to the browser that began it', async () => {
    const { email } = await person('bound@example.org');
    const browser = new TestBrowser(app);
    const { challenge_id } = await firstFactor(browser, email);
    const thief = new TestBrowser(app);
    await thief.fetchCsrf();
    const stolen = await answer(thief, challenge_id);
    expect([stolen.statusCode, codeOf(stolen)]).toEqual([401, 'auth.challenge_expired']);
    expect((await answer(browser, challenge_id)).statusCode).toBe(200);
  });

  test('a challenge gives one session, also to answers that come at once', async () => {
    const { id, email } = await person('once@example.org');
    const browser = new TestBrowser(app);
    const { challenge_id } = await firstFactor(browser, email);
    const answers = await Promise.all(Array.from({ length: 5 }, () => answer(browser.copy(), challenge_id)));
    expect(answers.filter((each) => each.statusCode === 200)).toHaveLength(1);
    const live = await query('select 1 from sessions where user_id = $1 and ended_at is null', id);
    expect(live).toHaveLength(1);
    expect(codeOf(await answer(browser, challenge_id))).toBe('auth.challenge_expired');
  });

  test('a challenge dies with its time, with a change of the account, and with too many wrong answers', async () => {
    const { id, email } = await person('dying@example.org');
    const browser = new TestBrowser(app);
    const late = await firstFactor(browser, email);
    await query("update challenges set expires_at = now() - interval '1 second' where user_id = $1", id);
    expect(codeOf(await answer(browser, late.challenge_id))).toBe('auth.challenge_expired');
    const changed = await firstFactor(browser, email);
    await query('update users set session_version = session_version + 1 where id = $1', id);
    expect(codeOf(await answer(browser, changed.challenge_id))).toBe('auth.challenge_expired');
    const guessed = await firstFactor(browser, email);
    for (let i = 0; i < 10; i++) {
      expect(codeOf(await answer(browser, guessed.challenge_id, { code: '000000' }))).toBe(
        'auth.invalid_code',
      );
      await lift(app);
    }
    expect(codeOf(await answer(browser, guessed.challenge_id))).toBe('auth.challenge_expired');
  });

  test('only methods that were offered are taken', async () => {
    const { email } = await person('offered@example.org', 'totp');
    const browser = new TestBrowser(app);
    const { challenge_id, methods } = await firstFactor(browser, email);
    expect(methods).toEqual(['totp']);
    for (const method of ['backup_code', 'email_code', 'passkey'])
      expect(codeOf(await answer(browser, challenge_id, { method }))).toBe('auth.method_not_offered');
  });

  test('a passkey answers the options of this very challenge', async () => {
    const { email } = await person('passkey@example.org', 'passkey');
    const browser = new TestBrowser(app);
    const { challenge_id } = await firstFactor(browser, email);
    const early = await answer(browser, challenge_id, { method: 'passkey', credential: { nonce: 'x' } });
    expect(codeOf(early)).toBe('auth.invalid_code');
    const options = await browser.request('POST', '/api/v1/auth/2fa/passkey-options', {
      json: { challenge_id },
    });
    const { challenge } = (options.json() as { options: { challenge: string } }).options;
    const done = await answer(browser, challenge_id, { method: 'passkey', credential: { nonce: challenge } });
    expect(done.statusCode).toBe(200);
  });

  test('programs get bearer tokens and no cookies', async () => {
    const { email } = await person('program@example.org');
    const browser = new TestBrowser(app);
    const { challenge_id } = await firstFactor(browser, email, { token_delivery: 'body' });
    const response = await answer(browser, challenge_id);
    expect(setCookies(response)).toEqual([]);
    expect(response.json()).toMatchObject({ access_token: expect.any(String), token_type: 'Bearer' });
  });

  test('a wrong code is recorded with its factor and without the code', async () => {
    const { id, email } = await person('recorded@example.org');
    const browser = new TestBrowser(app);
    const { challenge_id } = await firstFactor(browser, email);
    await answer(browser, challenge_id, { code: '918273' });
    const rows = await query<{ factor: string; code: string; text: string }>(
      "select factor, code, audit_events::text as text from audit_events where subject_id = $1 and outcome = 'failure'",
      id,
    );
    expect(rows).toMatchObject([{ factor: 'totp', code: 'auth.invalid_code' }]);
    expect(rows[0]?.text).not.toContain('918273');
  });
});

describe('S6: passwords and codes have budgets of their own', () => {
  test('guessing codes slows codes, and passwords go on', async () => {
    const { email } = await person('budgets@example.org');
    const browser = new TestBrowser(app);
    const { challenge_id } = await firstFactor(browser, email);
    for (let i = 0; i < 6; i++)
      expect((await answer(browser, challenge_id, { code: '000000' })).statusCode).toBe(401);
    await keepBlocked(app);
    const slowed = await answer(browser, challenge_id);
    expect([slowed.statusCode, codeOf(slowed)]).toEqual([429, 'auth.throttled']);
    expect(Number(slowed.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect((await firstFactor(new TestBrowser(app), email)).methods).toContain('totp');
    // Another challenge is no way around it: the account is counted.
    const other = new TestBrowser(app);
    const next = await firstFactor(other, email);
    expect((await answer(other, next.challenge_id)).statusCode).toBe(429);
    await lift(app);
    expect((await answer(other, next.challenge_id)).statusCode).toBe(200);
  });
});

describe('S7: its owner enters while somebody hammers the account', () => {
  test('by a trusted device, whose password attempts are counted apart', async () => {
    const { email } = await person('s7-device@example.org');
    const { browser } = await signInWithCode(email, { remember_device: true });
    await browser.request('POST', '/api/v1/auth/logout');
    for (let i = 0; i < 7; i++) await new TestBrowser(app).signIn(email, 'a wrong password of mine');
    await keepBlocked(app);
    expect((await new TestBrowser(app).signIn(email)).statusCode).toBe(429);
    expect((await browser.signIn(email)).json()).toMatchObject({ user: { email } });
    await lift(app);
  });

  test('by a passkey, while codes are being guessed', async () => {
    const { email } = await person('s7-passkey@example.org', 'totp', 'passkey');
    const attacker = new TestBrowser(app);
    const begun = await firstFactor(attacker, email);
    for (let i = 0; i < 7; i++) await answer(attacker, begun.challenge_id, { code: '000000' });
    await keepBlocked(app);
    const browser = new TestBrowser(app);
    const { challenge_id } = await firstFactor(browser, email);
    expect((await answer(browser, challenge_id)).statusCode).toBe(429);
    const options = await browser.request('POST', '/api/v1/auth/2fa/passkey-options', {
      json: { challenge_id },
    });
    const nonce = (options.json() as { options: { challenge: string } }).options.challenge;
    expect(
      (await answer(browser, challenge_id, { method: 'passkey', credential: { nonce } })).statusCode,
    ).toBe(200);
    await lift(app);
  });
});

describe('S23: trust in a device', () => {
  test('comes from a second factor and the wish of the person, lasts 30 days, and spares the second factor', async () => {
    const { id, email } = await person('s23@example.org');
    const plain = await signInWithCode(email);
    await plain.browser.request('POST', '/api/v1/auth/logout');
    expect(await plain.browser.signIn(email).then((r) => Object.keys(r.json() as object))).toEqual([
      'two_factor',
    ]);
    const { browser } = await signInWithCode(email, { remember_device: true });
    const trusted = await query<{ level: string; days: number }>(
      "select trust_level as level, round(extract(epoch from trusted_until - now()) / 86400)::int as days from devices where user_id = $1 and trust_level <> 'new'",
      id,
    );
    expect(trusted).toEqual([{ level: 'trusted', days: 30 }]);
    await browser.request('POST', '/api/v1/auth/logout');
    expect((await browser.signIn(email)).json()).toMatchObject({ user: { email } });
    const [spared] = await query<{ factors: string[]; stepped_up_at: Date | null }>(
      'select factors, stepped_up_at from sessions where user_id = $1 and ended_at is null order by id desc limit 1',
      id,
    );
    expect(spared).toEqual({ factors: ['password'], stepped_up_at: null });
    await query("update devices set trusted_until = now() - interval '1 second' where user_id = $1", id);
    expect(Object.keys((await browser.signIn(email)).json() as object)).toEqual(['two_factor']);
  });

  test('is not given to somebody without a second factor, whatever they ask for', async () => {
    const { id, browser } = await signedIn(app, 's23-none@example.org');
    await browser.signIn('s23-none@example.org', goodPassword, { remember_device: true });
    expect(await query("select 1 from devices where user_id = $1 and trust_level <> 'new'", id)).toEqual([]);
  });

  test('proves nothing for another person, and nothing without its random cookie', async () => {
    const one = await person('s23-one@example.org');
    const two = await person('s23-two@example.org');
    const { browser } = await signInWithCode(one.email, { remember_device: true });
    const device = browser.jar.get('device') ?? '';
    const other = new TestBrowser(app);
    other.jar.set('device', device);
    expect(Object.keys((await other.signIn(two.email)).json() as object)).toEqual(['two_factor']);
    const forged = new TestBrowser(app);
    forged.jar.set('device', 'A'.repeat(22));
    expect(Object.keys((await forged.signIn(one.email)).json() as object)).toEqual(['two_factor']);
  });
});

describe('a sign-in that looks unusual', () => {
  test('asks for a second factor even on a trusted device', async () => {
    const { email } = await person('risk-trusted@example.org');
    const { browser } = await signInWithCode(email, { remember_device: true });
    risk.assess.mockResolvedValueOnce(unusual('step_up'));
    const { challenge_id } = await firstFactor(browser, email);
    const calls = risk.recordOutcome.mock.calls.length;
    const done = await answer(browser, challenge_id);
    expect(done.statusCode).toBe(200);
    expect(risk.recordOutcome.mock.calls.at(calls)?.[1]).toMatchObject({
      outcome: 'signed_in',
      steppedUp: true,
      sessionId: (done.json() as { session: { id: string } }).session.id,
    });
  });

  test('asks a person without a second factor for a code by mail, where mail reaches people', async () => {
    const { id, browser, email } = await signedIn(app, 'risk-mail@example.org');
    risk.assess.mockResolvedValueOnce(unusual('step_up'));
    const { challenge_id, methods } = await firstFactor(browser, email);
    expect(methods).toEqual(['email_code']);
    const sent = await browser.request('POST', '/api/v1/auth/2fa/email-code', { json: { challenge_id } });
    expect(sent.json()).toEqual({ sent: true, to: 'r…@example.org' });
    const [, to, code] = mail.sendSignInCode.mock.calls.at(-1) ?? [];
    expect([to, code]).toEqual([id, expect.stringMatching(/^\d{8}$/)]);
    const [stored] = await query<{ text: string }>('select json_agg(c)::text as text from challenges c');
    expect(stored?.text).not.toContain(code);
    const wrong = await answer(browser, challenge_id, { method: 'email_code', code: '00000000' });
    expect(codeOf(wrong)).toBe('auth.invalid_code');
    const right = await answer(browser, challenge_id, { method: 'email_code', code, remember_device: true });
    expect(right.statusCode).toBe(200);
    expect(await query("select 1 from devices where user_id = $1 and trust_level <> 'new'", id)).toEqual([]);
  });

  test('lets a person in whom it cannot ask, and notes it', async () => {
    const { browser, email } = await signedIn(app, 'risk-silent@example.org');
    mail.reachesPeople.mockReturnValueOnce(false);
    risk.assess.mockResolvedValueOnce(unusual('step_up'));
    expect((await browser.signIn(email)).json()).toMatchObject({ user: { email } });
    expect(risk.recordOutcome.mock.calls.at(-1)?.[1]).toMatchObject({
      outcome: 'signed_in',
      steppedUp: false,
    });
  });

  test('is refused where policy says so, and the person is told', async () => {
    const { id, browser, email } = await signedIn(app, 'risk-block@example.org');
    risk.assess.mockResolvedValueOnce(unusual('block'));
    const response = await browser.signIn(email);
    expect([response.statusCode, codeOf(response)]).toEqual([403, 'auth.sign_in_blocked']);
    expect(mail.send).toHaveBeenCalledWith(
      expect.anything(),
      id,
      expect.objectContaining({ kind: 'sign_in_blocked' }),
    );
    expect(risk.recordOutcome.mock.calls.at(-1)?.[1]).toMatchObject({ outcome: 'blocked' });
    expect(
      await query("select 1 from audit_events where subject_id = $1 and code = 'auth.sign_in_blocked'", id),
    ).toHaveLength(1);
  });
});
