import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeTotpSecret, findTotpStep, makeTotpSecret } from '../../src/features/two-factor/totp.ts';
import { Secret } from '../../src/platform/crypto/secret.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, signedIn, TestBrowser } from './client.ts';
import {
  auditOf,
  codeNow,
  demandSecondFactors,
  enrolPasskey,
  enrolTotp,
  forgetStepUp,
  NoticeBook,
  outcomeOf,
  secondFactorsOf,
  signInHalfway,
  verifySecondFactor,
  waitForNextCode,
} from './factors.ts';

let app: TestApp;
const notices = new NoticeBook();
beforeAll(async () => {
  app = await createTestApp({ guard: 'real', role: 'api', identity: { noticeSender: notices } });
});
afterAll(() => app.stop());

const url = '/api/v1/auth/2fa';
const wrongCode = (right: string): string => String((Number(right) + 500_000) % 1_000_000).padStart(6, '0');

describe('RFC 6238', () => {
  // Appendix B, SHA-1; its codes have eight digits, of which ours are the last six.
  const secret = new Secret('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
  const vectors: [number, string][] = [
    [59, '94287082'],
    [1_111_111_109, '07081804'],
    [1_111_111_111, '14050471'],
    [1_234_567_890, '89005924'],
    [2_000_000_000, '69279037'],
    [20_000_000_000, '65353130'],
  ];

  test.each(vectors)('at %i seconds the code is that of the appendix', (seconds, code) => {
    expect(findTotpStep(secret, code.slice(2), seconds * 1000)).toBe(Math.floor(seconds / 30));
  });

  test('takes the codes of one step before and after, and says which; none further away', () => {
    const code = '287082';
    const at = (seconds: number) => findTotpStep(secret, code, seconds * 1000);
    expect([at(59), at(59 + 30), at(59 - 30)]).toEqual([1, 1, 1]);
    expect([at(59 + 60), at(59 + 90)]).toEqual([undefined, undefined]);
  });

  test('reads a code with spaces, and nothing but six digits', () => {
    expect(findTotpStep(secret, ' 287 082 ', 59_000)).toBe(1);
    for (const text of ['', '28708', '2870822', '28708a', '٢٨٧٠٨٢'])
      expect(findTotpStep(secret, text, 59_000)).toBeUndefined();
  });
});

test('a new secret has 160 bits and becomes a key URI and a QR code', () => {
  const secret = makeTotpSecret();
  expect(secret.reveal()).toMatch(/^[A-Z2-7]{32}$/);
  const { otpauthUrl, qrSvg } = describeTotpSecret(secret, 'AI Workflow Engine', 'ada@example.org');
  expect(otpauthUrl).toBe(
    `otpauth://totp/AI%20Workflow%20Engine:ada%40example.org?issuer=AI%20Workflow%20Engine&secret=${secret.reveal()}&algorithm=SHA1&digits=6&period=30`,
  );
  expect(qrSvg).toMatch(/^<svg .*<\/svg>$/);
});

describe('setting up an authenticator app', () => {
  test('turns codes on once one was right, with ten backup codes at the first factor', async () => {
    const { browser, id } = await signedIn(app, 'setup@example.org');
    const early = await browser.request('POST', `${url}/totp/confirm`, { json: { code: '123456' } });
    expect(outcomeOf(early)).toEqual([409, 'two_factor.no_setup']);
    const setup = await browser.request('POST', `${url}/totp/setup`);
    const { secret, otpauth_url, qr_svg } = setup.json() as Record<string, string>;
    expect([otpauth_url, qr_svg]).toEqual([
      expect.stringContaining(`secret=${secret}`),
      expect.stringMatching(/^<svg/),
    ]);
    expect(await secondFactorsOf(app, id)).toEqual([]);
    const wrong = await browser.request('POST', `${url}/totp/confirm`, {
      json: { code: wrongCode(codeNow(secret ?? '')) },
    });
    expect(outcomeOf(wrong)).toEqual([422, 'two_factor.wrong_code']);
    const confirmed = await browser.request('POST', `${url}/totp/confirm`, {
      json: { code: codeNow(secret ?? '') },
    });
    expect(confirmed.json()).toEqual({ enabled: true, backup_codes: expect.any(Array) });
    expect((confirmed.json() as { backup_codes: string[] }).backup_codes).toHaveLength(10);
    expect(await secondFactorsOf(app, id)).toEqual(['totp', 'backup_code']);
    expect((await browser.request('GET', url)).json()).toEqual({
      totp: { enabled: true, confirmed_at: expect.any(String) },
      backup_codes: { remaining: 10, generated_at: expect.any(String) },
      passkeys: { count: 0 },
      policy: { required: false, due_at: null },
    });
    expect((await auditOf(app, id, 'two_factor.totp_enabled')).map((event) => event.outcome)).toEqual([
      'success',
    ]);
  });

  test('keeps the old app working until the new one is confirmed, and makes no second set of codes', async () => {
    const { browser, id } = await signedIn(app, 'new-phone@example.org');
    const old = await enrolTotp(browser);
    const setup = (await browser.request('POST', `${url}/totp/setup`)).json() as { secret: string };
    await waitForNextCode(app, id);
    const halfway = await signInHalfway(app, 'new-phone@example.org');
    const answered = await verifySecondFactor(halfway.browser, halfway.challengeId, {
      method: 'totp',
      code: codeNow(old.secret),
    });
    expect(answered.statusCode).toBe(200);
    const confirmed = await browser.request('POST', `${url}/totp/confirm`, {
      json: { code: codeNow(setup.secret) },
    });
    expect(confirmed.json()).toEqual({ enabled: true, backup_codes: null });
    const later = await signInHalfway(app, 'new-phone@example.org');
    const refused = await verifySecondFactor(later.browser, later.challengeId, {
      method: 'totp',
      code: codeNow(old.secret),
    });
    expect(outcomeOf(refused)).toEqual([401, 'auth.invalid_code']);
  });

  test('the stored secret is sealed, and opens for nobody else', async () => {
    const first = await signedIn(app, 'sealed@example.org');
    const second = await signedIn(app, 'sealed-other@example.org');
    const { secret } = await enrolTotp(first.browser);
    await enrolTotp(second.browser);
    const { rows } = await app.platform.db.executeQuery<{ sealed_secret: string }>(
      CompiledQuery.raw('select sealed_secret from totp_secrets where user_id = $1', [first.id]),
    );
    const sealed = rows[0]?.sealed_secret ?? '';
    expect(sealed).not.toContain(secret);
    expect(app.platform.secretBox.open(sealed, `totp ${first.id}`).reveal()).toBe(secret);
    expect(() => app.platform.secretBox.open(sealed, `totp ${second.id}`)).toThrow();
  });

  test('another person’s set-up is not confirmed by one’s own code', async () => {
    const victim = await signedIn(app, 'victim@example.org');
    const other = await signedIn(app, 'attacker@example.org');
    const { secret } = (await victim.browser.request('POST', `${url}/totp/setup`)).json() as {
      secret: string;
    };
    const response = await other.browser.request('POST', `${url}/totp/confirm`, {
      json: { code: codeNow(secret) },
    });
    expect(outcomeOf(response)).toEqual([409, 'two_factor.no_setup']);
    expect(await secondFactorsOf(app, victim.id)).toEqual([]);
  });
});

describe('S13: each time step succeeds once', () => {
  test('of the same code used four times at once exactly one signs in', async () => {
    const email = 'parallel@example.org';
    const { browser, id } = await signedIn(app, email);
    const { secret } = await enrolTotp(browser);
    await waitForNextCode(app, id);
    const attempts = await Promise.all(Array.from({ length: 4 }, () => signInHalfway(app, email)));
    const code = codeNow(secret);
    const answers = await Promise.all(
      attempts.map(({ browser: own, challengeId }) =>
        verifySecondFactor(own, challengeId, { method: 'totp', code }),
      ),
    );
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([200, 401, 401, 401]);
    expect(answers.filter((answer) => answer.statusCode === 401).map(codeOf)).toEqual(
      Array.from({ length: 3 }, () => 'auth.invalid_code'),
    );
    const refused = await auditOf(app, id, 'two_factor.code_refused');
    expect(refused.map((event) => event.details)).toEqual(
      Array.from({ length: 3 }, () => ({ used_before: true })),
    );
  });

  test('the code that confirmed the set-up does not sign in as well', async () => {
    const email = 'confirmed@example.org';
    const { browser } = await signedIn(app, email);
    const setup = (await browser.request('POST', `${url}/totp/setup`)).json() as { secret: string };
    const code = codeNow(setup.secret);
    await browser.request('POST', `${url}/totp/confirm`, { json: { code } });
    const halfway = await signInHalfway(app, email);
    const answer = await verifySecondFactor(halfway.browser, halfway.challengeId, { method: 'totp', code });
    expect(outcomeOf(answer)).toEqual([401, 'auth.invalid_code']);
  });

  test('a code is the person’s own: another one’s is refused', async () => {
    const mine = await signedIn(app, 'mine@example.org');
    const theirs = await signedIn(app, 'theirs@example.org');
    await enrolTotp(mine.browser);
    const { secret } = await enrolTotp(theirs.browser);
    const halfway = await signInHalfway(app, 'mine@example.org');
    const answer = await verifySecondFactor(halfway.browser, halfway.challengeId, {
      method: 'totp',
      code: codeNow(secret),
    });
    expect(outcomeOf(answer)).toEqual([401, 'auth.invalid_code']);
  });
});

describe('removing the authenticator app', () => {
  test('takes the backup codes along when nothing else is left, and password alone signs in again', async () => {
    const { browser, id, email } = await signedIn(app, 'remove@example.org');
    await enrolTotp(browser);
    expect((await browser.request('POST', `${url}/totp/disable`)).json()).toEqual({ enabled: false });
    expect(await secondFactorsOf(app, id)).toEqual([]);
    expect((await browser.request('GET', url)).json()).toMatchObject({ backup_codes: { remaining: 0 } });
    const again = await new TestBrowser(app).signIn(email);
    expect(again.json()).toMatchObject({ user: { id } });
    expect(await auditOf(app, id, 'two_factor.totp_disabled')).toHaveLength(1);
    expect((await browser.request('POST', `${url}/totp/disable`)).json()).toEqual({ enabled: false });
    expect(await auditOf(app, id, 'two_factor.totp_disabled')).toHaveLength(1);
    expect(notices.toldTo(id).map((notice) => notice.kind)).toEqual(['totp_enabled', 'totp_disabled']);
  });

  test('S23: takes trust in devices along, so that they do not spare the next factor', async () => {
    const { browser, id, email } = await signedIn(app, 'trusting@example.org');
    const first = await enrolTotp(browser);
    await waitForNextCode(app, id);
    const trusted = await signInHalfway(app, email);
    await verifySecondFactor(trusted.browser, trusted.challengeId, {
      method: 'totp',
      code: codeNow(first.secret),
      remember_device: true,
    });
    expect((await trusted.browser.signIn(email)).json()).toMatchObject({ user: { id } });
    await browser.request('POST', `${url}/totp/disable`);
    await enrolTotp(browser);
    expect((await trusted.browser.signIn(email)).json()).toMatchObject({
      two_factor: { methods: ['totp', 'backup_code'] },
    });
  });

  test('leaves the backup codes while there is a passkey', async () => {
    const { browser, id } = await signedIn(app, 'keeps-passkey@example.org');
    await enrolTotp(browser);
    expect((await enrolPasskey(browser)).backup_codes).toBeNull();
    await browser.request('POST', `${url}/totp/disable`);
    expect(await secondFactorsOf(app, id)).toEqual(['passkey', 'backup_code']);
  });

  test('is refused where policy demands a second factor and this is the last one', async () => {
    const { browser, id } = await signedIn(app, 'demanded@example.org', 'admin');
    await enrolTotp(browser);
    await demandSecondFactors(app, 'admin');
    const refused = await browser.request('POST', `${url}/totp/disable`);
    expect(outcomeOf(refused)).toEqual([409, 'two_factor.required_by_policy']);
    expect(await secondFactorsOf(app, id)).toEqual(['totp', 'backup_code']);
    expect((await browser.request('GET', url)).json()).toMatchObject({
      policy: { required: true, due_at: null },
    });
    await enrolPasskey(browser);
    expect((await browser.request('POST', `${url}/totp/disable`)).statusCode).toBe(200);
    expect(await secondFactorsOf(app, id)).toEqual(['passkey', 'backup_code']);
  });
});

test('S9: setting up and removing need a fresh proof, which is now a second factor', async () => {
  const { browser, id, sessionId } = await signedIn(app, 'step-up@example.org');
  const { secret } = await enrolTotp(browser);
  await forgetStepUp(app, sessionId);
  for (const path of ['totp/setup', 'totp/disable', 'backup-codes'])
    expect(outcomeOf(await browser.request('POST', `${url}/${path}`))).toEqual([
      403,
      'auth.step_up_required',
    ]);
  await waitForNextCode(app, id);
  const proved = await browser.request('POST', '/api/v1/auth/step-up', {
    json: { method: 'totp', code: codeNow(secret) },
  });
  expect(proved.statusCode).toBe(200);
  browser.csrf = (proved.json() as { csrf_token: string }).csrf_token;
  expect((await browser.request('POST', `${url}/totp/disable`)).statusCode).toBe(200);
});

test('a sign-in that may only enrol is freed by enrolling', async () => {
  const strict = await createTestApp({ guard: 'real', role: 'api' });
  try {
    const { email } = await signedIn(strict, 'enrols@example.org');
    await demandSecondFactors(strict, 'user');
    const browser = new TestBrowser(strict);
    expect((await browser.signIn(email)).json()).toMatchObject({ restriction: 'enrol_second_factor' });
    expect(outcomeOf(await browser.request('GET', '/api/v1/profile'))).toEqual([
      403,
      'auth.enrolment_required',
    ]);
    expect((await browser.request('GET', url)).json()).toMatchObject({ policy: { required: true } });
    await enrolTotp(browser);
    expect((await browser.request('GET', '/api/v1/profile')).statusCode).toBe(200);
  } finally {
    await strict.stop();
  }
});
