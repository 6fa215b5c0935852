import { CompiledQuery, sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createSessionStates } from '../../src/features/sessions/session-state.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, goodPassword, signedIn, TestBrowser } from './client.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({
    guard: 'real',
    role: 'api',
    alone: false,
    environ: { MAX_SESSIONS_PER_USER: '3' },
  });
});
afterAll(() => app.stop());

const query = (text: string, ...parameters: unknown[]) =>
  app.platform.db.executeQuery(CompiledQuery.raw(text, parameters));
const profile = '/api/v1/profile';
const refresh = '/api/v1/auth/refresh';

describe('S19: revocation bites at once', () => {
  let other: TestApp;
  beforeAll(async () => {
    other = await createTestApp({
      guard: 'real',
      role: 'api',
      alone: false,
      connectionString: app.connectionString,
    });
  });
  afterAll(() => other.stop());

  const dies = (browser: TestBrowser) =>
    vi.waitFor(async () => expect((await browser.request('GET', profile)).statusCode).toBe(401), {
      timeout: 120_000,
      interval: 10,
    });

  test('sign-out in one process ends the session in the other, whose memory held it', async () => {
    const { browser } = await signedIn(app, 'two@example.org');
    const there = browser.at(other);
    expect((await there.request('GET', profile)).statusCode).toBe(200);
    await browser.request('POST', '/api/v1/auth/logout');
    await dies(there);
  });

  test.each([
    ['status', 'suspended'],
    ['role', 'admin'],
  ] as const)('a changed %s ends all sessions in every process', async (column, value) => {
    const { browser, id } = await signedIn(app, `${column}-change@example.org`);
    const there = browser.at(other);
    expect((await there.request('GET', profile)).statusCode).toBe(200);
    expect((await browser.request('GET', profile)).statusCode).toBe(200);
    const accounts = await accountsOf(app);
    const actor = { userId: uuidv7(), role: 'superuser' as const };
    const client = { address: '127.0.0.1', userAgent: 'test' };
    if (column === 'role') await accounts.changeRole(actor, id, 'admin', client);
    else await accounts.changeStatus(actor, id, 'suspended', client);
    expect(codeOf(await browser.request('GET', profile))).toBe('auth.session_expired');
    await dies(there);
    expect((await browser.request('POST', refresh)).statusCode).toBe(401);
    expect(value).toBeDefined();
  });

  test('a changed password ends the others and keeps the one that changed it', async () => {
    const { browser } = await signedIn(app, 'password-change@example.org');
    const second = new TestBrowser(app);
    await second.signIn('password-change@example.org');
    const there = second.at(other);
    expect((await there.request('GET', profile)).statusCode).toBe(200);
    const stolen = browser.copy();
    const answer = await browser.request('POST', '/api/v1/auth/password/change', {
      json: { current_password: goodPassword, new_password: 'umber sparrow kettle meadow' },
    });
    expect(answer.statusCode).toBe(200);
    await dies(there);
    expect((await second.request('GET', profile)).statusCode).toBe(401);
    expect((await browser.request('GET', profile)).statusCode).toBe(200);
    expect((await browser.at(other).request('GET', profile)).statusCode).toBe(200);
    expect((await stolen.request('GET', profile)).statusCode).toBe(401);
    expect((await browser.request('POST', refresh)).statusCode).toBe(200);
  });

  test('notifications that were missed do no harm: the memory is dropped when the bus is back', async () => {
    const { browser, sessionId } = await signedIn(app, 'missed@example.org');
    expect((await browser.request('GET', profile)).statusCode).toBe(200);
    await query("update sessions set ended_at = now(), end_reason = 'test' where id = $1", sessionId);
    app.platform.bus.publishLocal('bus.reconnected', {});
    expect((await browser.request('GET', profile)).statusCode).toBe(401);
  });

  test('an open stream is cut when its session ends', async () => {
    const listening = await createTestApp({
      guard: 'real',
      role: 'api',
      connectionString: app.connectionString,
      alone: false,
    });
    try {
      const { browser } = await signedIn(listening, 'stream@example.org');
      const base = await listening.listen();
      const cookie = [...browser.jar].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(`${base}/api/v1/events`, { headers: { cookie } });
      const reader = response.body!.getReader();
      await reader.read();
      await browser.request('POST', '/api/v1/auth/logout');
      const drain = async (): Promise<void> => {
        while (!(await reader.read()).done);
      };
      await expect(drain()).rejects.toThrow();
    } finally {
      await listening.stop();
    }
  });
});

async function accountsOf(target: TestApp) {
  const { createAccountsService, createPasswordHasher } = await import(
    '../../src/features/accounts/index.ts'
  );
  const { createAuditTrail } = await import('../../src/features/audit/index.ts');
  const { db, bus, keys, log } = target.platform;
  const audit = createAuditTrail({ db, keys, log });
  return createAccountsService({ db, bus, audit, hasher: createPasswordHasher(), log });
}

describe('S20: new identifiers, and planted cookies do not survive', () => {
  test('each sign-in has a new session; the browser’s former one ends', async () => {
    const { browser, sessionId } = await signedIn(app, 'fresh@example.org');
    const former = browser.copy();
    const again = (await browser.signIn('fresh@example.org')).json() as { session: { id: string } };
    expect(again.session.id).not.toBe(sessionId);
    expect((await former.request('GET', profile)).statusCode).toBe(401);
  });

  test('a planted device token is not taken over', async () => {
    const attacker = await signedIn(app, 'attacker@example.org');
    const planted = attacker.browser.jar.get('device')!;
    await app.operator!.createUser({
      email: 'victim@example.org',
      role: 'user',
      displayName: 'V',
      password: goodPassword,
    });
    const victim = new TestBrowser(app);
    victim.jar.set('device', planted);
    expect((await victim.signIn('victim@example.org')).statusCode).toBe(200);
    const [own, ...others] = victim.jar.get('device')!.split('.');
    expect(own).not.toBe(planted);
    expect(others).toEqual([planted]);
    const devices = await query(
      "select count(*)::int as n from devices d join users u on u.id = d.user_id where u.email = 'victim@example.org'",
    );
    expect(devices.rows).toEqual([{ n: 1 }]);
    await victim.signIn('victim@example.org');
    expect(victim.jar.get('device')).toBe(`${own}.${planted}`);
  });

  test('a pre-session ends with the sign-in', async () => {
    const { browser } = await signedIn(app, 'presession@example.org');
    expect(browser.jar.has('presession')).toBe(false);
  });
});

describe('S21: refresh tokens', () => {
  test('50 parallel refreshes of one token leave one live successor', async () => {
    const { browser, sessionId } = await signedIn(app, 'parallel@example.org');
    const before = browser.jar.get('refresh_token');
    // On a busy machine the last of them may come long after the first.
    const patient = await createTestApp({
      guard: 'real',
      role: 'api',
      alone: false,
      connectionString: app.connectionString,
      deadlines: { refreshGraceSeconds: 3_600 },
    });
    const copies = Array.from({ length: 50 }, () => browser.at(patient));
    const answers = await Promise.all(copies.map((copy) => copy.request('POST', refresh)));
    await patient.stop();
    expect(answers.map((answer) => answer.statusCode)).toEqual(Array(50).fill(200));
    const successors = new Set(copies.map((copy) => copy.jar.get('refresh_token')));
    expect(successors.size).toBe(1);
    expect(successors.has(before)).toBe(false);
    const { rows } = await query(
      'select used_at is null as live from refresh_tokens where session_id = $1',
      sessionId,
    );
    expect((rows as { live: boolean }[]).filter((row) => row.live)).toHaveLength(1);
    expect(rows).toHaveLength(2);
  });

  test('a retry whose successor was used already is refused without revoking', async () => {
    const { browser } = await signedIn(app, 'superseded@example.org');
    const slow = browser.copy();
    await browser.request('POST', refresh);
    await browser.request('POST', refresh);
    const late = await slow.request('POST', refresh);
    expect([late.statusCode, codeOf(late)]).toEqual([401, 'auth.refresh_superseded']);
    expect((await browser.request('GET', profile)).statusCode).toBe(200);
    expect((await browser.request('POST', refresh)).statusCode).toBe(200);
  });

  test('a used token that comes back later revokes the family, and is recorded', async () => {
    const { browser, sessionId } = await signedIn(app, 'reuse@example.org');
    const thief = browser.copy();
    await browser.request('POST', refresh);
    await query(
      "update refresh_tokens set used_at = now() - interval '11 seconds' where session_id = $1 and used_at is not null",
      sessionId,
    );
    expect((await thief.request('POST', refresh)).statusCode).toBe(401);
    expect((await browser.request('GET', profile)).statusCode).toBe(401);
    expect((await browser.request('POST', refresh)).statusCode).toBe(401);
    const { rows } = await query(
      "select outcome from audit_events where action = 'session.refresh_reused' and session_id = $1",
      sessionId,
    );
    expect(rows).toEqual([{ outcome: 'failure' }]);
  });

  test('is stored as a hash only, and is never an access token', async () => {
    const { browser } = await signedIn(app, 'hashed@example.org');
    const token = browser.jar.get('refresh_token')!;
    const dump = await query('select coalesce(json_agg(t)::text, $1) as text from refresh_tokens t', '');
    expect((dump.rows[0] as { text: string }).text).not.toContain(token);
    const headers = { authorization: `Bearer ${token}` };
    expect((await new TestBrowser(app).request('GET', profile, { headers })).statusCode).toBe(401);
    const access = browser.jar.get('access_token')!;
    browser.jar.set('refresh_token', access);
    expect((await browser.request('POST', refresh)).statusCode).toBe(401);
  });

  test('renews when the access token has run out, by a CSRF token of the same session', async () => {
    const { browser, sessionId, id } = await signedIn(app, 'expired@example.org');
    const { createAccessTokens } = await import('../../src/features/sessions/access-token.ts');
    const past = createAccessTokens({ keys: app.platform.keys, now: () => Date.now() - 7_200_000 });
    const expired = past.issue({ userId: id, sessionId, version: 1, expiresAtMs: Date.now() - 3_600_000 });
    browser.jar.set('access_token', expired);
    expect(codeOf(await browser.request('GET', profile))).toBe('auth.session_expired');
    expect((await browser.request('GET', '/api/v1/auth/status')).json()).toEqual({
      authenticated: false,
      can_refresh: true,
    });
    expect((await browser.request('POST', refresh)).statusCode).toBe(200);
    expect((await browser.request('GET', profile)).statusCode).toBe(200);
  });

  test('a cookie is not used for a request that was spared the CSRF check', async () => {
    const { browser } = await signedIn(app, 'spared@example.org');
    const response = await browser.request('POST', refresh, {
      csrf: false,
      headers: { authorization: 'Bearer x' },
    });
    expect([response.statusCode, codeOf(response)]).toEqual([401, 'auth.refresh_required']);
  });
});

describe('S22: limits', () => {
  test('idle and absolute limits; an administrator’s is 12 hours', async () => {
    const { sessionId: person } = await signedIn(app, 'limits@example.org');
    const { sessionId: admin } = await signedIn(app, 'limits-admin@example.org', 'admin');
    const hours = async (id: string) =>
      (
        await sql<{ idle: number; total: number }>`
          select round(extract(epoch from idle_expires_at - created_at) / 3600)::int as idle,
            round(extract(epoch from expires_at - created_at) / 3600)::int as total
          from sessions where id = ${id}`.execute(app.platform.db)
      ).rows[0];
    expect(await hours(person)).toEqual({ idle: 7 * 24, total: 30 * 24 });
    expect(await hours(admin)).toEqual({ idle: 12, total: 12 });
  });

  test.each(['idle_expires_at', 'expires_at'])(
    'a session past its %s is dead, and a refresh does not revive it',
    async (column) => {
      const { browser, sessionId } = await signedIn(app, `${column}@example.org`);
      await query(`update sessions set ${column} = now() - interval '1 second' where id = $1`, sessionId);
      app.platform.bus.publishLocal('sessions.changed', { session_ids: [sessionId] });
      expect((await browser.request('GET', profile)).statusCode).toBe(401);
      expect((await browser.request('POST', refresh)).statusCode).toBe(401);
    },
  );

  test('in memory a session has the earlier of its limits, and past either of them it is not there', async () => {
    const { db, bus } = app.platform;
    const states = createSessionStates({ db, bus, now: Date.now });
    const limits = ['idle_expires_at', 'expires_at'] as const;
    for (const [earlier, later] of [limits, limits.toReversed()] as [string, string][]) {
      const { sessionId } = await signedIn(app, `earlier-${earlier}@example.org`);
      const set = (column: string, hours: number) =>
        query(
          `update sessions set ${column} = date_trunc('hour', now()) + $2 * interval '1 hour' where id = $1`,
          sessionId,
          hours,
        );
      await set(earlier, 2);
      await set(later, 3);
      const { rows } = await query(`select ${earlier} as at from sessions where id = $1`, sessionId);
      expect((await states.load(sessionId))?.expiresAtMs).toBe((rows[0] as { at: Date }).at.getTime());
      await set(earlier, -1);
      expect(await states.load(sessionId)).toBeUndefined();
    }
    states.close();
  });

  test('a refresh never reaches past the absolute limit', async () => {
    const { browser, sessionId } = await signedIn(app, 'cap@example.org');
    await query("update sessions set expires_at = now() + interval '10 minutes' where id = $1", sessionId);
    const body = (await browser.request('POST', refresh)).json() as {
      access_expires_at: string;
      session: { expires_at: string; idle_expires_at: string };
    };
    expect(body.session.idle_expires_at).toBe(body.session.expires_at);
    expect(Date.parse(body.access_expires_at)).toBeLessThanOrEqual(Date.parse(body.session.expires_at));
  });

  test('one session too many ends the least recently used one', async () => {
    await app.operator!.createUser({
      email: 'many@example.org',
      role: 'user',
      displayName: 'M',
      password: goodPassword,
    });
    const browsers = Array.from({ length: 4 }, () => new TestBrowser(app));
    for (const browser of browsers.slice(0, 3)) await browser.signIn('many@example.org');
    await query(
      "update sessions set last_seen_at = now() + interval '1 minute' where id = (select min(s.id::text)::uuid from sessions s join users u on u.id = s.user_id where u.email = 'many@example.org')",
    );
    await browsers[3]!.signIn('many@example.org');
    const statuses = await Promise.all(
      browsers.map(async (browser) => (await browser.request('GET', profile)).statusCode),
    );
    expect(statuses).toEqual([200, 401, 200, 200]);
  });
});

describe('own sessions', () => {
  test('lists them, ends one, ends the others', async () => {
    const { browser, sessionId } = await signedIn(app, 'list@example.org');
    const second = new TestBrowser(app);
    const secondId = ((await second.signIn('list@example.org')).json() as { session: { id: string } }).session
      .id;
    const third = new TestBrowser(app);
    await third.signIn('list@example.org');
    const listed = (await browser.request('GET', '/api/v1/auth/sessions')).json() as {
      items: { id: string; current: boolean }[];
    };
    expect(listed.items).toHaveLength(3);
    expect(listed.items.filter((item) => item.current).map((item) => item.id)).toEqual([sessionId]);
    expect((await browser.request('DELETE', `/api/v1/auth/sessions/${secondId}`)).json()).toEqual({
      ended: 1,
    });
    expect((await second.request('GET', profile)).statusCode).toBe(401);
    expect((await browser.request('DELETE', '/api/v1/auth/sessions')).json()).toEqual({ ended: 1 });
    expect((await third.request('GET', profile)).statusCode).toBe(401);
    expect((await browser.request('GET', profile)).statusCode).toBe(200);
  });

  test('say where, on which device and by which factors; headless Chrome is Chrome', async () => {
    const { id, sessionId } = await signedIn(app, 'detail@example.org');
    const browser = new TestBrowser(app);
    const agent =
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/141.0.0.0 Safari/537.36';
    await browser.fetchCsrf();
    await browser.request('POST', '/api/v1/auth/jwt/login', {
      json: { email: 'detail@example.org', password: goodPassword },
      headers: { 'user-agent': agent },
    });
    await query("update sessions set country = 'NZ' where user_id = $1 and id <> $2", id, sessionId);
    const { items } = (await browser.request('GET', '/api/v1/auth/sessions')).json() as {
      items: Record<string, unknown>[];
    };
    expect(items.find((item) => item.current)).toMatchObject({
      label: 'Chrome on Linux',
      country: 'NZ',
      location_label: 'New Zealand',
      device: { id: expect.any(String), name: 'Chrome on Linux', trust: 'new' },
      factors: ['password'],
      restriction: null,
    });
    expect(items.find((item) => !item.current)).toMatchObject({
      country: null,
      location_label: 'this network',
    });
  });

  test('S30: another person’s session answers 404 exactly as an unknown one, and lives on', async () => {
    const mine = await signedIn(app, 'mine@example.org');
    const theirs = await signedIn(app, 'theirs@example.org');
    const foreign = await mine.browser.request('DELETE', `/api/v1/auth/sessions/${theirs.sessionId}`);
    const unknown = await mine.browser.request('DELETE', `/api/v1/auth/sessions/${uuidv7()}`);
    const bare = (body: string) => body.replace(/"request_id":"[^"]*"/, '');
    expect([foreign.statusCode, bare(foreign.body)]).toEqual([404, bare(unknown.body)]);
    expect((await theirs.browser.request('GET', profile)).statusCode).toBe(200);
  });
});
