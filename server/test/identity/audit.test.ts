import { CompiledQuery } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AuditTrail, createAuditTrail } from '../../src/features/audit/index.ts';
import { createLogger } from '../../src/platform/telemetry/logger.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { goodPassword, signedIn, TestBrowser } from './client.ts';

let app: TestApp;
let trail: AuditTrail;
beforeEach(async () => {
  app = await createTestApp({ guard: 'real', role: 'api' });
  const { db, keys, log } = app.platform;
  trail = createAuditTrail({ db, keys, log });
});
afterEach(() => app.stop());

const query = (text: string, ...parameters: unknown[]) =>
  app.platform.db.executeQuery(CompiledQuery.raw(text, parameters));
const sealAll = async (): Promise<void> => {
  let waiting = 1;
  while (waiting > 0) {
    await trail.seal();
    waiting = (await trail.verify()).waiting;
  }
};

describe('S39: evidence', () => {
  test('every attempt is recorded: who, factor, outcome, address, device, UTC', async () => {
    const { id, sessionId } = await signedIn(app, 'evidence@example.org');
    await new TestBrowser(app).signIn('evidence@example.org', 'a wrong password of mine', {}, '192.0.2.9');
    await new TestBrowser(app).signIn('nobody@example.org', 'a wrong password of mine', {}, '192.0.2.9');
    const { rows } = await query(`
      select e.action, e.outcome, e.subject_id, e.session_id, e.device_id is not null as device, e.factor, e.code, p.data
      from audit_events e left join audit_personal p on p.event_id = e.id where e.action = 'sign_in' order by e.occurred_at`);
    expect(rows).toMatchObject([
      {
        outcome: 'success',
        subject_id: id,
        session_id: sessionId,
        device: true,
        factor: 'password',
        data: { address: '127.0.0.1' },
      },
      {
        outcome: 'failure',
        subject_id: id,
        code: 'auth.invalid_credentials',
        data: { address: '192.0.2.9', email: 'evidence@example.org' },
      },
      {
        outcome: 'failure',
        subject_id: null,
        code: 'auth.invalid_credentials',
        data: { email: 'nobody@example.org' },
      },
    ]);
  });

  test('what is no e-mail address is not kept: it may be a password', async () => {
    await new TestBrowser(app).signIn('my secret password typed too early');
    const { rows } = await query('select json_agg(p.data)::text as text from audit_personal p');
    expect((rows[0] as { text: string }).text).not.toContain('secret');
  });

  test('rows can be neither changed nor removed', async () => {
    await signedIn(app, 'fixed@example.org');
    await sealAll();
    for (const statement of [
      "update audit_events set outcome = 'success'",
      'delete from audit_events',
      'truncate audit_events cascade',
      'update audit_chain set position = position + 1',
      'delete from audit_chain',
      "update audit_personal set data = '{}'",
    ])
      await expect(query(statement), statement).rejects.toThrow(/append-only/);
  });

  test('the chain verifies, also after the personal part was erased (S41)', async () => {
    const { browser } = await signedIn(app, 'chain@example.org');
    await browser.request('POST', '/api/v1/auth/refresh');
    await browser.request('POST', '/api/v1/auth/logout');
    await sealAll();
    const report = await trail.verify();
    expect(report).toMatchObject({ sealed: 4, waiting: 0, erased: 0, problems: [], head: { position: 4 } });
    await query('delete from audit_personal');
    expect(await trail.verify()).toMatchObject({ erased: 3, problems: [] });
  });

  describe('tampering by somebody who owns the database is found', () => {
    const tamper = async (...statements: string[]): Promise<string[]> => {
      await signedIn(app, 'tamper@example.org');
      await new TestBrowser(app).signIn('tamper@example.org', 'a wrong password of mine');
      await sealAll();
      for (const table of ['audit_events', 'audit_chain', 'audit_personal'])
        await query(`alter table ${table} disable trigger user`);
      for (const statement of statements) await query(statement);
      return (await trail.verify()).problems.map((problem) => problem.problem);
    };

    test('a changed event', async () => {
      const problems = await tamper("update audit_events set outcome = 'success' where outcome = 'failure'");
      expect(problems).toEqual(['this event, or the one before it, was changed']);
    });

    test('a removed event', async () => {
      const problems = await tamper(
        'delete from audit_personal where event_id = (select event_id from audit_chain where position = 2)',
        'delete from audit_chain where position = 2',
        'delete from audit_events where id not in (select event_id from audit_chain)',
      );
      expect(problems).toContain('events before this one were removed');
    });

    test('an event that was taken out of the chain only', async () => {
      expect(await tamper('delete from audit_chain where position = 3')).toContain(
        'this event was never sealed',
      );
    });

    test('a changed address', async () => {
      const problems = await tamper(`update audit_personal set data = data || '{"address":"203.0.113.1"}'`);
      expect(problems).toContain('the personal part of this event was changed');
    });
  });

  test('is safe from injection: control and direction characters are stored as spaces', async () => {
    const { id } = await app.operator!.createUser({
      email: 'inject@example.org',
      role: 'user',
      displayName: 'A\u202eB\nC',
      password: goodPassword,
    });
    const browser = new TestBrowser(app);
    await browser.fetchCsrf();
    await browser.request('POST', '/api/v1/auth/jwt/login', {
      json: { email: 'inject@example.org', password: goodPassword },
      headers: { 'user-agent': 'Evil\u202e2026-01-01 sign_in success' },
    });
    const { rows } = await query('select user_agent from sessions where user_id = $1', id);
    expect((rows[0] as { user_agent: string }).user_agent).not.toContain('\u202e');
    expect((await browser.request('GET', '/api/v1/profile')).json()).toMatchObject({ display_name: 'A B C' });
  });
});

describe('S40: secrets stay secret', () => {
  test('neither logs nor errors show a password, token or code', async () => {
    const lines: string[] = [];
    const log = createLogger({
      level: 'trace',
      destination: { write: (line: string) => void lines.push(line) },
    });
    const logged = await createTestApp({
      guard: 'real',
      role: 'api',
      connectionString: app.connectionString,
      log,
    });
    const { browser } = await signedIn(logged, 'secret@example.org');
    const secrets = [goodPassword, ...browser.jar.values(), (await logged.operator!.pendingSetupCode())!];
    const answers = [
      await new TestBrowser(logged).signIn('secret@example.org', `${goodPassword}x`),
      await browser.request('PATCH', '/api/v1/profile', { json: { password: goodPassword } }),
      await browser.request('PATCH', '/api/v1/profile', { json: `{"about": "${goodPassword}` }),
      await browser.request('POST', '/api/v1/auth/refresh', { csrf: false }),
    ];
    log.error(
      { password: goodPassword, user: { token: secrets[1] }, req: { headers: { cookie: secrets[1] } } },
      'dump',
    );
    await logged.stop();
    expect(lines.some((line) => line.includes('csrf refused'))).toBe(true);
    const text = [...lines, ...answers.map((answer) => answer.body)].join('\n');
    for (const secret of secrets) expect(text).not.toContain(secret);
    expect(text).toContain('[secret]');
  });

  test('tokens and passwords are in no table in the clear', async () => {
    const { browser } = await signedIn(app, 'clear@example.org');
    const { rows } = await query("select tablename from pg_tables where schemaname = 'public'");
    for (const { tablename } of rows as { tablename: string }[]) {
      const dump = await query(`select coalesce(json_agg(t)::text, '') as text from "${tablename}" t`);
      for (const secret of [goodPassword, ...browser.jar.values()])
        expect((dump.rows[0] as { text: string }).text, tablename).not.toContain(secret);
    }
  });
});
