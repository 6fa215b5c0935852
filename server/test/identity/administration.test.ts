import { CompiledQuery, sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { NoticeKind } from '../../src/features/notices/index.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, goodPassword, signedIn, TestBrowser } from './client.ts';
import { auditOf, enrolTotp, forgetStepUp, keepStepUp } from './factors.ts';

let app: TestApp;
const told: { userId: string; kind: NoticeKind }[] = [];
const firstPasswordLinks = () =>
  query<{ n: number }>("select count(*) as n from mail_messages where kind = 'choose_password'");
let root: Awaited<ReturnType<typeof signedIn>>;
let admin: Awaited<ReturnType<typeof signedIn>>;
beforeAll(async () => {
  app = await createTestApp({
    guard: 'real',
    role: 'api',
    identity: {
      noticeSender: {
        send: async (_executor, userId, { kind }) => void told.push({ userId, kind }),
        reachesPeople: () => false,
        sendSignInCode: async () => {},
      },
    },
  });
  root = await signedIn(app, 'root@example.org', 'superuser');
  admin = await signedIn(app, 'admin@example.org', 'admin');
});
beforeEach(async () => {
  told.length = 0;
  await keepStepUp(app, root.sessionId, admin.sessionId);
});
afterAll(() => app.stop());

const query = async <Row>(text: string, ...parameters: unknown[]): Promise<Row[]> =>
  (await app.platform.db.executeQuery(CompiledQuery.raw(text, parameters))).rows as Row[];
const users = '/api/v1/admin/users';
let people = 0;
const person = (role: 'user' | 'admin' | 'superuser' = 'user') =>
  signedIn(app, `p${++people}@example.org`, role);
const standingOf = async (id: string) =>
  (
    await query<{ role: string; status: string; must_change_password: boolean }>(
      'select role, status, must_change_password from users where id = $1',
      id,
    )
  )[0];
/** Every action on a person, by the browser of whoever tries. */
const actionsOn = (id: string, sessionId: string) =>
  [
    ['PATCH', `${users}/${id}`, { display_name: 'Renamed' }],
    ['PATCH', `${users}/${id}`, { role: 'user' }],
    ['PATCH', `${users}/${id}`, { status: 'suspended' }],
    ['POST', `${users}/${id}/end-sessions`, undefined],
    ['POST', `${users}/${id}/reset-factors`, undefined],
    ['POST', `${users}/${id}/require-password-change`, undefined],
    ['DELETE', `/api/v1/admin/sessions/${sessionId}`, undefined],
  ] as const;

describe('S12: rank', () => {
  test('nobody acts on somebody of equal or higher rank, nor on themselves', async () => {
    const peer = await person('admin');
    for (const [actor, target] of [
      [admin, peer],
      [admin, root],
      [admin, admin],
      [root, root],
    ] as const) {
      const before = await standingOf(target.id);
      for (const [method, url, json] of actionsOn(target.id, target.sessionId)) {
        const response = await actor.browser.request(method, url, json ? { json } : {});
        expect([method, url, response.statusCode, codeOf(response)]).toEqual([
          method,
          url,
          403,
          'auth.forbidden',
        ]);
      }
      expect(await standingOf(target.id)).toEqual(before);
      expect((await target.browser.request('GET', '/api/v1/profile')).statusCode).toBe(200);
    }
    expect(told).toEqual([]);
  });

  test('a refused action is evidence', async () => {
    const peer = await person('admin');
    await admin.browser.request('POST', `${users}/${peer.id}/reset-factors`);
    expect(await auditOf(app, peer.id, 'account.factors_reset')).toMatchObject([
      { outcome: 'failure', code: 'auth.forbidden' },
    ]);
  });

  test('nobody gives or creates their own rank or a higher one', async () => {
    const somebody = await person();
    for (const [actor, role] of [
      [admin, 'admin'],
      [admin, 'superuser'],
      [root, 'superuser'],
    ] as const) {
      const given = await actor.browser.request('PATCH', `${users}/${somebody.id}`, { json: { role } });
      const created = await actor.browser.request('POST', users, {
        json: { email: 'new@example.org', display_name: 'New', role, password: goodPassword },
      });
      expect([codeOf(given), codeOf(created)]).toEqual(['auth.forbidden', 'auth.forbidden']);
    }
    expect(await standingOf(somebody.id)).toMatchObject({ role: 'user' });
    expect(await query('select 1 from users where email = $1', 'new@example.org')).toEqual([]);
  });

  test('nothing but what is declared can be set', async () => {
    const somebody = await person();
    for (const json of [
      {},
      { email: 'other@example.org' },
      { role: 'owner' },
      { status: 'pending' },
      { email_verified: true },
      { session_version: 1 },
      { second_factors: [] },
    ]) {
      const response = await root.browser.request('PATCH', `${users}/${somebody.id}`, { json });
      expect([JSON.stringify(json), response.statusCode]).toEqual([JSON.stringify(json), 422]);
    }
    const created = await root.browser.request('POST', users, {
      json: {
        email: 'x@example.org',
        display_name: 'X',
        role: 'user',
        password: goodPassword,
        status: 'active',
      },
    });
    expect(created.statusCode).toBe(422);
  });

  test('the last active superuser can be neither demoted, suspended nor removed, by whatever way', async () => {
    for (const statement of [
      "update users set role = 'user' where id = $1",
      "update users set status = 'suspended' where id = $1",
      'delete from users where id = $1',
    ])
      await expect(query(statement, root.id), statement).rejects.toThrow(/last active superuser/);
    const second = await person('superuser');
    const outcomes = await Promise.allSettled(
      [root.id, second.id].map((id) => query("update users set status = 'suspended' where id = $1", id)),
    );
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
    await query("update users set status = 'active' where id = $1", root.id);
    await query("update users set status = 'active' where id = $1", second.id);
    await query('delete from users where id = $1', second.id);
  });

  test('S9: a change needs a fresh proof, looking does not', async () => {
    const somebody = await person();
    const late = await signedIn(app, 'late@example.org', 'admin');
    await forgetStepUp(app, late.sessionId);
    const at = late.browser;
    for (const [method, url, json] of actionsOn(somebody.id, somebody.sessionId)) {
      const response = await at.request(method, url, json ? { json } : {});
      expect([method, url, codeOf(response)]).toEqual([method, url, 'auth.step_up_required']);
    }
    for (const url of [users, `${users}/${somebody.id}`, '/api/v1/admin/sessions'])
      expect((await at.request('GET', url)).statusCode).toBe(200);
  });

  test('S30: an unknown person or session is not found', async () => {
    for (const [method, url, json] of actionsOn(uuidv7(), uuidv7()))
      expect((await admin.browser.request(method, url, json ? { json } : {})).statusCode).toBe(404);
    expect((await admin.browser.request('GET', `${users}/${uuidv7()}`)).statusCode).toBe(404);
  });
});

describe('S19: what administrators decide bites within a second', () => {
  const isIn = async (browser: TestBrowser): Promise<boolean> =>
    (await browser.request('GET', '/api/v1/profile')).statusCode === 200;

  test.each(['suspended', 'deactivated'] as const)(
    '%s: signed out at once, and out by every door',
    async (status) => {
      const somebody = await person();
      const response = await admin.browser.request('PATCH', `${users}/${somebody.id}`, { json: { status } });
      expect(response.json()).toMatchObject({ status, live_sessions: 0, sessions: [] });
      expect(await isIn(somebody.browser)).toBe(false);
      expect((await somebody.browser.request('POST', '/api/v1/auth/refresh')).statusCode).toBe(401);
      expect((await new TestBrowser(app).signIn(somebody.email)).statusCode).toBe(403);
      expect(told).toEqual([{ userId: somebody.id, kind: 'account_suspended' }]);
      await admin.browser.request('PATCH', `${users}/${somebody.id}`, { json: { status: 'active' } });
      expect((await new TestBrowser(app).signIn(somebody.email)).statusCode).toBe(200);
    },
  );

  test('a new role ends all sessions and is recorded with who gave it', async () => {
    const somebody = await person();
    const response = await root.browser.request('PATCH', `${users}/${somebody.id}`, {
      json: { role: 'admin' },
    });
    expect(response.json()).toMatchObject({ role: 'admin' });
    expect(await isIn(somebody.browser)).toBe(false);
    expect(told).toEqual([{ userId: somebody.id, kind: 'role_changed' }]);
    expect(
      await query(
        "select actor_id, session_id, details from audit_events where action = 'account.role_changed' and subject_id = $1",
        somebody.id,
      ),
    ).toMatchObject([
      {
        actor_id: root.id,
        session_id: root.sessionId,
        details: { from: 'user', to: 'admin', ended_sessions: 1 },
      },
    ]);
  });

  test('what is as it was ends nothing', async () => {
    const somebody = await person();
    await admin.browser.request('PATCH', `${users}/${somebody.id}`, {
      json: { status: 'active', role: 'user', display_name: 'Another Name' },
    });
    expect(await isIn(somebody.browser)).toBe(true);
    expect(await auditOf(app, somebody.id, 'account.renamed')).toHaveLength(1);
    expect(await auditOf(app, somebody.id, 'account.status_changed')).toEqual([]);
  });

  test('one session, or all of them', async () => {
    const somebody = await person();
    const elsewhere = new TestBrowser(app);
    await elsewhere.signIn(somebody.email);
    const one = await admin.browser.request('DELETE', `/api/v1/admin/sessions/${somebody.sessionId}`);
    expect(one.json()).toEqual({ ended_sessions: 1 });
    expect([await isIn(somebody.browser), await isIn(elsewhere)]).toEqual([false, true]);
    expect(
      (await admin.browser.request('DELETE', `/api/v1/admin/sessions/${somebody.sessionId}`)).statusCode,
    ).toBe(404);
    const all = await admin.browser.request('POST', `${users}/${somebody.id}/end-sessions`);
    expect(all.json()).toEqual({ ended_sessions: 1 });
    expect(await isIn(elsewhere)).toBe(false);
    expect(told.filter(({ kind }) => kind === 'sessions_ended')).toHaveLength(2);
  });

  test('an open stream of the person, in another process', async () => {
    const shared = {
      guard: 'real',
      role: 'api',
      connectionString: app.connectionString,
      alone: false,
    } as const;
    const here = await createTestApp(shared);
    const there = await createTestApp(shared);
    try {
      const somebody = await person();
      const base = await there.listen();
      const cookie = [...somebody.browser.jar].map(([name, value]) => `${name}=${value}`).join('; ');
      const stream = await fetch(`${base}/api/v1/events`, { headers: { cookie } });
      const reader = stream.body!.getReader();
      await reader.read();
      await admin.browser.at(here).request('POST', `${users}/${somebody.id}/end-sessions`);
      const drain = async (): Promise<void> => {
        while (!(await reader.read()).done);
      };
      await expect(drain()).rejects.toThrow();
    } finally {
      await here.stop();
      await there.stop();
    }
  });
});

describe('what administrators do for people', () => {
  test('a waiting account is approved', async () => {
    const somebody = await person();
    await query("update users set status = 'pending' where id = $1", somebody.id);
    await admin.browser.request('PATCH', `${users}/${somebody.id}`, { json: { status: 'active' } });
    expect(told).toEqual([{ userId: somebody.id, kind: 'account_approved' }]);
    expect((await new TestBrowser(app).signIn(somebody.email)).statusCode).toBe(200);
  });

  test('lost factors are removed: the password is enough again, and the person is told', async () => {
    const somebody = await person();
    await enrolTotp(somebody.browser);
    expect((await admin.browser.request('GET', `${users}/${somebody.id}`)).json()).toMatchObject({
      second_factors: expect.arrayContaining(['totp', 'backup_code']),
    });
    const response = await admin.browser.request('POST', `${users}/${somebody.id}/reset-factors`);
    expect(response.statusCode).toBe(200);
    expect(told.at(-1)).toEqual({ userId: somebody.id, kind: 'factors_reset' });
    const again = await new TestBrowser(app).signIn(somebody.email);
    expect(again.json()).toMatchObject({ user: { id: somebody.id } });
  });

  test('a demanded change of password is all that the next session can do', async () => {
    const somebody = await person();
    await admin.browser.request('POST', `${users}/${somebody.id}/require-password-change`);
    expect((await somebody.browser.request('GET', '/api/v1/profile')).statusCode).toBe(401);
    const next = new TestBrowser(app);
    expect((await next.signIn(somebody.email)).json()).toMatchObject({ restriction: 'change_password' });
    expect(codeOf(await next.request('GET', '/api/v1/profile'))).toBe('auth.password_change_required');
  });

  test('an account with a password has to change it first', async () => {
    const response = await admin.browser.request('POST', users, {
      json: { email: 'Made@Example.org', display_name: 'Made For You', role: 'user', password: goodPassword },
    });
    expect([response.statusCode, response.json()]).toMatchObject([
      201,
      { email: 'Made@Example.org', role: 'user', status: 'active', must_change_password: true },
    ]);
    expect((await new TestBrowser(app).signIn('made@example.org')).json()).toMatchObject({
      restriction: 'change_password',
    });
  });

  test('an account with a link has no password until the person chose one', async () => {
    const response = await admin.browser.request('POST', users, {
      json: { email: 'linked@example.org', display_name: 'Linked', role: 'user', send_link: true },
    });
    expect([response.statusCode, response.json()]).toMatchObject([201, { has_password: false }]);
    expect(await firstPasswordLinks()).toEqual([{ n: 1 }]);
    expect(codeOf(await new TestBrowser(app).signIn('linked@example.org'))).toBe('auth.invalid_credentials');
  });

  test('a password or a link, and not both', async () => {
    const fields = { email: 'both@example.org', display_name: 'Both', role: 'user' };
    for (const extra of [{}, { send_link: false }, { send_link: true, password: goodPassword }])
      expect((await admin.browser.request('POST', users, { json: { ...fields, ...extra } })).statusCode).toBe(
        422,
      );
  });

  test('a weak password and an address in use are refused', async () => {
    const fields = { display_name: 'Weak', role: 'user' };
    const weak = { ...fields, email: 'weak@example.org', password: 'short' };
    const taken = { ...fields, email: 'ADMIN@example.org', password: goodPassword };
    expect(codeOf(await admin.browser.request('POST', users, { json: weak }))).toBe('validation_failed');
    expect(codeOf(await admin.browser.request('POST', users, { json: taken }))).toBe('accounts.email_taken');
  });

  test('a repeated Idempotency-Key answers the same account, also when both come at once', async () => {
    const json = { email: 'once@example.org', display_name: 'Once', role: 'user', password: goodPassword };
    const headers = { 'idempotency-key': 'key-1' };
    const answers = await Promise.all(
      [1, 2, 3].map(() => admin.browser.request('POST', users, { json, headers })),
    );
    expect(answers.map((answer) => answer.statusCode)).toEqual([201, 201, 201]);
    expect(new Set(answers.map((answer) => (answer.json() as { id: string }).id)).size).toBe(1);
    const other = await admin.browser.request('POST', users, {
      json: { ...json, role: 'user', display_name: 'Twice' },
      headers,
    });
    expect(codeOf(other)).toBe('administration.idempotency_key_reused');
    const stored = await query<{ request_hash: string }>('select request_hash from account_creations');
    expect(JSON.stringify(stored)).not.toContain(goodPassword);
  });
});

describe('lists of people and sessions', () => {
  const names = async (search: string): Promise<string[]> => {
    const response = await admin.browser.request('GET', `${users}?search=${encodeURIComponent(search)}`);
    return (response.json() as { items: { display_name: string }[] }).items.map((item) => item.display_name);
  };
  const store = async (email: string, name: string): Promise<void> => {
    await app.operator!.createUser({ email, role: 'user', displayName: name, password: goodPassword });
  };

  test('people are found by the beginning of words of name and address, whatever the case', async () => {
    await store('zora.quill@letters.example.net', 'Žofie O’Quillan');
    await store('zed@letters.example.net', 'Zed Underhill');
    expect(await names('quill')).toEqual(['Žofie O’Quillan']);
    expect(await names('UNDER')).toEqual(['Zed Underhill']);
    expect(await names('zed@letters')).toEqual(['Zed Underhill']);
    expect((await names('letters.example')).sort()).toEqual(['Zed Underhill', 'Žofie O’Quillan']);
    expect(await names('žofie quill')).toEqual(['Žofie O’Quillan']);
    expect(await names('nobody-is-called-that')).toEqual([]);
  });

  test('an address is found from its beginning, and only as it was typed', async () => {
    await store('low_score@mail.example.net', 'Una Low');
    await store('lowxscore@mail.example.net', 'Duo Low');
    expect(await names('Low_Score@MAIL.example.net')).toEqual(['Una Low']);
    expect(await names('low_score@mail')).toEqual(['Una Low']);
    expect(await names('low%@mail.example.net')).toEqual([]);
    expect(await names('low_score@mail.')).toEqual(['Una Low']);
    expect(await names('score@mail.example.net')).toEqual([]);
  });

  test('P13: a search finds the same page by page whether many match, some or few', async () => {
    // The newest are looked at one by one, the others are found by the index: those who match are among both.
    const numbered = sql`from generate_series(1, 1500) n, lateral (select 'crowd' || n || '@example.com' as email) e`;
    await app.platform.db.executeQuery(
      sql`insert into users (id, email, email_canonical, display_name)
        select ('f0000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, email, email,
          'Crowd ' || case when n % 300 = 0 then 'Seldom' when n % 25 = 0 then 'Někdo' when n < 3 then 'Hermit' else '' end
        ${numbered}`.compile(app.platform.db),
    );
    const all = async (search: string, limit: number): Promise<string[]> => {
      const found: string[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const url = `${users}?search=${encodeURIComponent(search)}&limit=${limit}${cursor && `&cursor=${cursor}`}`;
        const page: { items: { id: string }[]; next_cursor: string | null } = (
          await admin.browser.request('GET', url)
        ).json();
        found.push(...page.items.map((item) => item.id));
        cursor = page.next_cursor;
      }
      return found;
    };
    const named = async (name: string): Promise<string[]> =>
      (
        await query<{ id: string }>(
          "select id from users where email like 'crowd%' and display_name like '%' || $1 || '%' order by id desc",
          name,
        )
      ).map((row) => row.id);
    try {
      expect(await all('example crow', 100)).toEqual(await named(''));
      expect(await all('NĚK', 7)).toEqual(await named('Někdo'));
      expect(await all('seldom', 2)).toEqual(await named('Seldom'));
      expect(await all('hermit', 1)).toEqual(await named('Hermit'));
      expect(await all('crowd1500', 1)).toHaveLength(1);
    } finally {
      await query("delete from users where email like 'crowd%'");
    }
  });

  test('what is typed is never an operator of the search', async () => {
    for (const search of ["'", "a' | 'b", ':* & !', '((', '\\', '%', '   ', '\u0000', '🙂'])
      expect(
        (await admin.browser.request('GET', `${users}?search=${encodeURIComponent(search)}`)).statusCode,
      ).toBe(200);
  });

  test('pages show everybody once, newest first, by role and status', async () => {
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: { items: { id: string }[]; next_cursor: string | null } = (
        await admin.browser.request('GET', `${users}?limit=3${cursor ? `&cursor=${cursor}` : ''}`)
      ).json();
      seen.push(...page.items.map((item) => item.id));
      cursor = page.next_cursor;
    }
    const all = await query<{ id: string }>('select id from users order by id desc');
    expect(seen).toEqual(all.map((row) => row.id));
    const superusers = (await admin.browser.request('GET', `${users}?role=superuser&status=active`)).json();
    expect(superusers).toMatchObject({ items: [{ id: root.id, live_sessions: 1 }] });
    expect(codeOf(await admin.browser.request('GET', `${users}?cursor=bm8`))).toBe(
      'administration.invalid_cursor',
    );
  });

  test('sessions of all people or of one say what one may do with them', async () => {
    const somebody = await person();
    const own = await admin.browser.request('GET', `/api/v1/admin/sessions?user_id=${somebody.id}`);
    expect(own.json()).toMatchObject({
      items: [{ id: somebody.sessionId, user: { id: somebody.id }, factors: ['password'], may_end: true }],
      next_cursor: null,
    });
    const ofRoot = await admin.browser.request('GET', `/api/v1/admin/sessions?user_id=${root.id}`);
    expect(ofRoot.json()).toMatchObject({ items: [{ id: root.sessionId, may_end: false }] });
    const page = await admin.browser.request('GET', '/api/v1/admin/sessions?limit=1');
    expect((page.json() as { next_cursor: string }).next_cursor).toEqual(expect.any(String));
  });

  test('no answer holds a hash or a token', async () => {
    const answers = await Promise.all(
      [users, `${users}/${admin.id}`, '/api/v1/admin/sessions'].map((url) =>
        root.browser.request('GET', url),
      ),
    );
    for (const answer of answers) expect(answer.body).not.toMatch(/argon2|password_hash|token/);
  });
});
