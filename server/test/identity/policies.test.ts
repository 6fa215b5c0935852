import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, goodPassword, signedIn, TestBrowser } from './client.ts';
import { keepStepUp } from './factors.ts';

const url = '/api/v1/admin/policies';

let app: TestApp;
let root: Awaited<ReturnType<typeof signedIn>>;
beforeAll(async () => {
  app = await createTestApp({
    guard: 'real',
    role: 'api',
    alone: false,
    environ: { REGISTRATION: 'approval', MAX_SESSIONS_PER_USER: '4' },
  });
  root = await signedIn(app, 'root@example.org', 'superuser');
});
beforeEach(() => keepStepUp(app, root.sessionId));
afterAll(() => app.stop());

interface Answer {
  policy: Record<string, unknown>;
  version: number;
  updated_by: string | null;
}
const put = (json: unknown, headers: Record<string, string> = {}) =>
  root.browser.request('PUT', url, { json, headers });

describe('the policy', () => {
  test('has the defaults of the code and of the settings until somebody decides otherwise', async () => {
    const response = await root.browser.request('GET', url);
    expect(response.json()).toEqual({
      policy: {
        registration: 'approval',
        require_verified_email: false,
        second_factor: { user: 'optional', admin: 'optional', superuser: 'optional' },
        second_factor_grace_days: 7,
        remember_device_days: 30,
        max_sessions_per_user: 4,
        anomalies: {
          new_device: 'notify',
          new_country: 'notify',
          impossible_travel: 'step_up',
          burst: 'notify',
          unusual_hour: 'notify',
          password_spraying: 'notify',
        },
        audit_retention_days: 400,
        deletion_grace_days: 14,
      },
      version: 0,
      updated_at: null,
      updated_by: null,
    });
    expect(response.headers.etag).toBe('"0"');
  });

  test('a change touches what it names only, has a version, and is recorded', async () => {
    const response = await put({ deletion_grace_days: 30, anomalies: { burst: 'block' } });
    const { policy, version, updated_by } = response.json() as Answer;
    expect([response.statusCode, updated_by]).toEqual([200, root.id]);
    expect(response.headers.etag).toBe(`"${version}"`);
    expect(policy).toMatchObject({
      deletion_grace_days: 30,
      remember_device_days: 30,
      anomalies: { burst: 'block', impossible_travel: 'step_up' },
    });
    const { rows } = await app.platform.db.executeQuery(
      CompiledQuery.raw(
        "select details from audit_events where action = 'policies.changed' and actor_id = $1",
        [root.id],
      ),
    );
    expect(rows).toEqual([
      { details: { deletion_grace_days: '14 → 30', 'anomalies.burst': 'notify → block' } },
    ]);
  });

  test('a change of what was changed meanwhile is refused', async () => {
    const { version } = (await root.browser.request('GET', url)).json() as Answer;
    expect((await put({ deletion_grace_days: 7 }, { 'if-match': `"${version}"` })).statusCode).toBe(200);
    const late = await put({ deletion_grace_days: 9 }, { 'if-match': `"${version}"` });
    expect([late.statusCode, codeOf(late)]).toEqual([412, 'policies.version_conflict']);
    const odd = await put({ deletion_grace_days: 9 }, { 'if-match': 'W/"x"' });
    expect(odd.statusCode).toBe(422);
  });

  test.each([
    [{ unknown: 1 }],
    [{ second_factor: { root: 'required' } }],
    [{ anomalies: { burst: 'explode' } }],
    [{ max_sessions_per_user: 0 }],
    [{ audit_retention_days: -1 }],
    [{ registration: 'whoever' }],
  ])('refuses %j', async (json) => {
    const response = await put(json);
    expect([response.statusCode, codeOf(response)]).toEqual([422, 'validation_failed']);
  });

  test('is changed by superusers only, after step-up, and read by administrators', async () => {
    const admin = (await signedIn(app, 'admin@example.org', 'admin')).browser;
    const person = (await signedIn(app, 'person@example.org')).browser;
    expect((await person.request('GET', url)).statusCode).toBe(403);
    expect((await admin.request('GET', url)).statusCode).toBe(200);
    expect(codeOf(await admin.request('PUT', url, { json: {} }))).toBe('auth.forbidden');
    const other = await signedIn(app, 'root-aged@example.org', 'superuser');
    await app.platform.db.executeQuery(
      CompiledQuery.raw('update sessions set stepped_up_at = null where id = $1', [other.sessionId]),
    );
    app.platform.bus.publish('sessions.changed', { session_ids: [other.sessionId] });
    expect(codeOf(await other.browser.request('PUT', url, { json: {} }))).toBe('auth.step_up_required');
  });

  test('counts in every process at once', async () => {
    const second = await createTestApp({
      guard: 'real',
      role: 'api',
      alone: false,
      connectionString: app.connectionString,
    });
    try {
      const registration = async () =>
        (
          (await new TestBrowser(second).request('GET', '/api/v1/config')).json() as {
            registration: string;
          }
        ).registration;
      expect(await registration()).not.toBe('open');
      expect((await put({ registration: 'open' })).statusCode).toBe(200);
      await vi.waitFor(async () => expect(await registration()).toBe('open'), {
        timeout: 120_000,
        interval: 10,
      });
    } finally {
      await second.stop();
    }
  });
});

describe('S22: the limit of sessions is the policy’s', () => {
  test('and bites at the next sign-in', async () => {
    await put({ max_sessions_per_user: 2 });
    const { browser, email } = await signedIn(app, 'limit@example.org');
    const others = [new TestBrowser(app), new TestBrowser(app)];
    for (const other of others) await other.signIn(email, goodPassword);
    const statuses = await Promise.all(
      [browser, ...others].map(async (each) => (await each.request('GET', '/api/v1/profile')).statusCode),
    );
    expect(statuses).toEqual([401, 200, 200]);
  });
});

describe('a policy of verified addresses', () => {
  test('keeps out whoever has not confirmed theirs, but not the superuser who could lift it', async () => {
    await put({ require_verified_email: true });
    const email = 'unverified@example.org';
    const { id } = await app.operator!.createUser({
      email,
      role: 'user',
      displayName: 'U',
      password: goodPassword,
    });
    // Whoever runs the machine may vouch for an address; here nobody did.
    await app.platform.db.executeQuery(
      CompiledQuery.raw('update users set email_verified_at = null where id = $1', [id]),
    );
    expect(codeOf(await new TestBrowser(app).signIn(email))).toBe('auth.email_not_verified');
    expect((await new TestBrowser(app).signIn('root@example.org')).statusCode).toBe(200);
    await app.platform.db.executeQuery(
      CompiledQuery.raw('update users set email_verified_at = now() where id = $1', [id]),
    );
    expect((await new TestBrowser(app).signIn(email)).statusCode).toBe(200);
  });
});
