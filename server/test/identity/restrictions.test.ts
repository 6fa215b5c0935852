import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, goodPassword, signedIn, TestBrowser } from './client.ts';
import { keepStepUp } from './factors.ts';
import { enrol, fakeSecondFactor } from './fake-second-factor.ts';

const profile = '/api/v1/profile';
const change = '/api/v1/auth/password/change';
const mail = {
  send: vi.fn(async () => undefined),
  reachesPeople: () => true,
  sendSignInCode: async () => undefined,
};

let app: TestApp;
let root: Awaited<ReturnType<typeof signedIn>>;
beforeAll(async () => {
  app = await createTestApp({
    guard: 'real',
    role: 'api',
    identity: { noticeSender: mail, secondFactors: [fakeSecondFactor('totp')] },
  });
  root = await signedIn(app, 'root@example.org', 'superuser');
});
beforeEach(() => keepStepUp(app, root.sessionId));
afterAll(() => app.stop());

const query = async <Row>(text: string, ...parameters: unknown[]): Promise<Row[]> =>
  (await app.platform.db.executeQuery(CompiledQuery.raw(text, parameters))).rows as Row[];
const policy = async (json: unknown) => {
  const response = await root.browser.request('PUT', '/api/v1/admin/policies', { json });
  expect(response.statusCode).toBe(200);
};
const create = (email: string, role: 'user' | 'admin' = 'user') =>
  app.operator!.createUser({ email, role, displayName: 'Person', password: goodPassword });
const changePassword = (browser: TestBrowser, next: string, current = goodPassword) =>
  browser.request('POST', change, { json: { current_password: current, new_password: next } });
const mustChange = (id: string) => query('update users set must_change_password = true where id = $1', id);

describe('a session that may only enrol a second factor', () => {
  test('follows when the days of grace are over, and reaches nothing else', async () => {
    await policy({ second_factor: { admin: 'required' }, second_factor_grace_days: 0 });
    await create('overdue@example.org', 'admin');
    const browser = new TestBrowser(app);
    const signIn = (await browser.signIn('overdue@example.org')).json();
    expect(signIn).toMatchObject({
      restriction: 'enrol_second_factor',
      second_factor_due_at: expect.any(String),
    });
    const refused = await browser.request('GET', profile);
    expect([refused.statusCode, codeOf(refused)]).toEqual([403, 'auth.enrolment_required']);
    expect(codeOf(await browser.request('GET', '/api/v1/admin/policies'))).toBe('auth.enrolment_required');
    expect(codeOf(await changePassword(browser, 'umber sparrow kettle meadow'))).toBe(
      'auth.enrolment_required',
    );
    expect((await browser.request('GET', '/api/v1/auth/step-up')).statusCode).toBe(200);
    expect((await browser.request('GET', '/api/v1/auth/status')).json()).toMatchObject({
      authenticated: true,
      restriction: 'enrol_second_factor',
    });
    expect((await browser.request('GET', '/api/v1/auth/validate')).json()).toMatchObject({
      valid: true,
      restriction: 'enrol_second_factor',
    });
    expect((await browser.request('POST', '/api/v1/auth/logout')).statusCode).toBe(200);
  });

  test('stays restricted through refresh and step-up', async () => {
    await policy({ second_factor: { admin: 'required' }, second_factor_grace_days: 0 });
    await create('stubborn@example.org', 'admin');
    const browser = new TestBrowser(app);
    await browser.signIn('stubborn@example.org');
    await browser.request('POST', '/api/v1/auth/refresh');
    expect(codeOf(await browser.request('GET', profile))).toBe('auth.enrolment_required');
    await browser.fetchCsrf();
    const stepUp = await browser.request('POST', '/api/v1/auth/step-up', {
      json: { method: 'password', password: goodPassword },
    });
    expect(stepUp.statusCode).toBe(200);
    expect(codeOf(await browser.request('GET', profile))).toBe('auth.enrolment_required');
  });

  test('within the days of grace the person works on and knows until when', async () => {
    await policy({ second_factor: { user: 'required' }, second_factor_grace_days: 5 });
    await create('graced@example.org');
    const browser = new TestBrowser(app);
    const first = (await browser.signIn('graced@example.org')).json() as Record<string, string>;
    expect(first.restriction).toBeUndefined();
    expect(Date.parse(first.second_factor_due_at ?? '')).toBeGreaterThan(Date.now() + 4 * 86_400_000);
    expect((await browser.request('GET', profile)).statusCode).toBe(200);
    // A later sign-in does not begin the time anew.
    const second = (await browser.signIn('graced@example.org')).json() as Record<string, string>;
    expect(second.second_factor_due_at).toBe(first.second_factor_due_at);
    await query(
      "update users set second_factor_due_at = now() - interval '1 second' where email = $1",
      'graced@example.org',
    );
    expect((await browser.signIn('graced@example.org')).json()).toMatchObject({
      restriction: 'enrol_second_factor',
    });
    // Whoever decides otherwise later begins from the start.
    await policy({ second_factor: { user: 'optional' } });
    expect(Object.keys((await browser.signIn('graced@example.org')).json() as object)).not.toContain(
      'second_factor_due_at',
    );
    expect(
      await query('select second_factor_due_at as due from users where email = $1', 'graced@example.org'),
    ).toEqual([{ due: null }]);
  });

  test('a session from the days of grace is restricted at its next refresh after them', async () => {
    await policy({ second_factor: { user: 'required' }, second_factor_grace_days: 5 });
    const { id } = await create('lasting@example.org');
    const browser = new TestBrowser(app);
    await browser.signIn('lasting@example.org');
    await browser.fetchCsrf();
    expect((await browser.request('POST', '/api/v1/auth/refresh')).statusCode).toBe(200);
    expect((await browser.request('GET', profile)).statusCode).toBe(200);
    await query("update users set second_factor_due_at = now() - interval '1 second' where id = $1", id);
    await browser.fetchCsrf();
    expect((await browser.request('POST', '/api/v1/auth/refresh')).statusCode).toBe(200);
    expect(codeOf(await browser.request('GET', profile))).toBe('auth.enrolment_required');
    await policy({ second_factor: { user: 'optional' } });
  });

  test('somebody who has a second factor is not asked to enrol', async () => {
    await policy({ second_factor: { user: 'required' }, second_factor_grace_days: 0 });
    const { id } = await create('enrolled@example.org');
    await enrol(app, id, 'totp');
    expect((await new TestBrowser(app).signIn('enrolled@example.org')).json()).toHaveProperty('two_factor');
    await policy({ second_factor: { user: 'optional' } });
  });
});

describe('a session that may only change the password', () => {
  test('reaches nothing else; the change lifts it, ends the others, and needs no step-up', async () => {
    const { id } = await create('must@example.org');
    await mustChange(id);
    const browser = new TestBrowser(app);
    expect((await browser.signIn('must@example.org')).json()).toMatchObject({
      restriction: 'change_password',
    });
    const refused = await browser.request('GET', profile);
    expect([refused.statusCode, codeOf(refused)]).toEqual([403, 'auth.password_change_required']);
    await query('update sessions set stepped_up_at = null where user_id = $1', id);
    app.platform.bus.publish('accounts.changed', { user_id: id });
    expect(codeOf(await changePassword(browser, goodPassword, 'a wrong password of mine'))).toBe(
      'auth.wrong_password',
    );
    expect((await changePassword(browser, 'umber sparrow kettle meadow')).statusCode).toBe(200);
    expect((await browser.request('GET', profile)).statusCode).toBe(200);
    expect(mail.send).toHaveBeenCalledWith(
      expect.anything(),
      id,
      expect.objectContaining({ kind: 'password_changed' }),
    );
    const again = await new TestBrowser(app).signIn('must@example.org', 'umber sparrow kettle meadow');
    expect(again.json()).not.toHaveProperty('restriction');
  });

  test('what is due after it still is', async () => {
    await policy({ second_factor: { admin: 'required' }, second_factor_grace_days: 0 });
    const { id } = await create('both@example.org', 'admin');
    await mustChange(id);
    const browser = new TestBrowser(app);
    expect((await browser.signIn('both@example.org')).json()).toMatchObject({
      restriction: 'change_password',
    });
    expect((await changePassword(browser, 'umber sparrow kettle meadow')).statusCode).toBe(200);
    expect(codeOf(await browser.request('GET', profile))).toBe('auth.enrolment_required');
  });
});

describe('S2: length of a new password', () => {
  test('15 where it is the only factor, 8 with a second factor enrolled or demanded', async () => {
    await policy({ second_factor: { user: 'optional', admin: 'required' }, second_factor_grace_days: 7 });
    const short = 'Zq7!vmxr';
    const plain = await signedIn(app, 's2-plain@example.org');
    const refused = await changePassword(plain.browser, short);
    expect([refused.statusCode, refused.json().errors]).toMatchObject([
      422,
      [{ field: 'new_password', detail: expect.stringContaining('15') }],
    ]);
    const enrolled = await signedIn(app, 's2-enrolled@example.org');
    await enrol(app, enrolled.id, 'totp');
    expect((await changePassword(enrolled.browser, 'Zq7!vmx')).json().errors).toMatchObject([
      { detail: expect.stringContaining('8') },
    ]);
    expect((await changePassword(enrolled.browser, short)).statusCode).toBe(200);
    const demanded = await signedIn(app, 's2-demanded@example.org', 'admin');
    expect((await changePassword(demanded.browser, short)).statusCode).toBe(200);
    const signIn = await new TestBrowser(app).signIn('s2-demanded@example.org', short);
    expect([signIn.statusCode, signIn.json()]).toEqual([
      200,
      expect.not.objectContaining({ restriction: 'change_password' }),
    ]);
  });

  test('a short password that comes to stand alone opens nothing but its own replacement', async () => {
    await policy({ second_factor: { user: 'optional' } });
    const short = 'Zq7!vmxr';
    const { browser, id } = await signedIn(app, 's2-alone@example.org');
    await enrol(app, id, 'totp');
    expect((await changePassword(browser, short)).statusCode).toBe(200);
    await query("update users set second_factors = '{}' where id = $1", id);
    const again = new TestBrowser(app);
    expect((await again.signIn('s2-alone@example.org', short)).json()).toMatchObject({
      restriction: 'change_password',
    });
    expect(codeOf(await again.request('GET', profile))).toBe('auth.password_change_required');
    // Stored, so that it holds for every other way in as well.
    expect(await query('select must_change_password as must from users where id = $1', id)).toEqual([
      { must: true },
    ]);
    await again.fetchCsrf();
    expect((await again.request('POST', '/api/v1/auth/refresh')).statusCode).toBe(200);
    expect(codeOf(await again.request('GET', profile))).toBe('auth.password_change_required');
    await again.fetchCsrf();
    expect((await changePassword(again, 'umber sparrow kettle meadow', short)).statusCode).toBe(200);
    expect((await again.request('GET', profile)).statusCode).toBe(200);
    expect(
      (await again.signIn('s2-alone@example.org', 'umber sparrow kettle meadow')).json(),
    ).not.toHaveProperty('restriction');
  });
});
