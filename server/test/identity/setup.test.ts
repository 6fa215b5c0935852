import { CompiledQuery, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSetupCodes } from '../../src/features/setup/setup-code.ts';
import { version } from '../../src/version.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, goodPassword, TestBrowser } from './client.ts';
import { keepBlocked } from './throttling.ts';

let app: TestApp;
beforeEach(async () => {
  app = await createTestApp({ guard: 'real', role: 'api' });
});
afterEach(() => app.stop());

const setUp = async (code: string, email: string, extra: Record<string, unknown> = {}) => {
  const browser = new TestBrowser(app);
  await browser.fetchCsrf();
  const json = { setup_code: code, email, password: goodPassword, display_name: 'First', ...extra };
  return { browser, response: await browser.request('POST', '/api/v1/setup', { json }) };
};
const config = async () =>
  (await new TestBrowser(app).request('GET', '/api/v1/config')).json() as Record<string, unknown>;

describe('S11, I7: the first superuser', () => {
  test('is created by the one-time code, is signed in, and closes set-up', async () => {
    expect(await config()).toMatchObject({ setup_required: true, data_directory: app.dataDir });
    const code = await app.operator!.pendingSetupCode();
    expect(code).toMatch(/^[0-9A-Z]{5}(-[0-9A-Z]{5}){3}$/);
    const { browser, response } = await setUp(code!.toLowerCase().replaceAll('-', ' '), 'root@example.org', {
      theme: 'dark',
    });
    expect(response.statusCode).toBe(201);
    expect(response.json()).toMatchObject({
      user: { role: 'superuser', status: 'active', email: 'root@example.org' },
    });
    expect((await browser.request('GET', '/api/v1/profile')).json()).toMatchObject({
      theme: 'dark',
      version: 1,
    });
    expect(await config()).toMatchObject({ setup_required: false, data_directory: null });
    expect(await app.operator!.pendingSetupCode()).toBeUndefined();
    const again = await setUp(code!, 'second@example.org');
    expect([again.response.statusCode, codeOf(again.response)]).toEqual([409, 'setup.already_done']);
  });

  test('is exactly one, however many race for it in two processes', async () => {
    const other = await createTestApp({ guard: 'real', role: 'api', connectionString: app.connectionString });
    try {
      const code = (await app.operator!.pendingSetupCode())!;
      expect(await other.operator!.pendingSetupCode()).toBe(code);
      const answers = await Promise.all(
        Array.from({ length: 8 }, async (_unused, i) => {
          const browser = new TestBrowser(i % 2 ? app : other);
          await browser.fetchCsrf();
          const json = {
            setup_code: code,
            email: `racer${i}@example.org`,
            password: goodPassword,
            display_name: 'R',
          };
          return (await browser.request('POST', '/api/v1/setup', { json })).statusCode;
        }),
      );
      expect(answers.sort()).toEqual([201, ...Array(7).fill(409)]);
      const { rows } = await app.platform.db.executeQuery(
        CompiledQuery.raw("select count(*)::int as n from users where role = 'superuser'"),
      );
      expect(rows).toEqual([{ n: 1 }]);
    } finally {
      await other.stop();
    }
  });

  test('waits for an operator who is making one at the same moment, and is no second one', async () => {
    const code = (await app.operator!.pendingSetupCode())!;
    const proceed = Promise.withResolvers<void>();
    const { db } = app.platform;
    const operator = db.transaction().execute(async (trx) => {
      // As the operator's command does it.
      await sql`select pg_advisory_xact_lock(7103441911)`.execute(trx);
      await proceed.promise;
      await sql`insert into users (id, email, email_canonical, display_name, role, status)
        values (gen_random_uuid(), 'op@example.org', 'op@example.org', 'Op', 'superuser', 'active')`.execute(
        trx,
      );
    });
    const answer = setUp(code, 'root@example.org');
    const waiting = async () =>
      (await sql`select 1 from pg_locks where locktype = 'advisory' and not granted`.execute(db)).rows.length;
    await expect.poll(waiting).toBe(1);
    proceed.resolve();
    await operator;
    const { response } = await answer;
    expect([response.statusCode, codeOf(response)]).toEqual([409, 'setup.already_done']);
  });

  test('a code that was used is good for nothing any more', async () => {
    const { db, keys } = app.platform;
    const codes = createSetupCodes(keys);
    const code = await codes.ensure(db);
    expect(await codes.consume(db, code)).toBe(true);
    expect(await codes.consume(db, code)).toBe(false);
  });

  test('a wrong code is refused, counted and recorded; nothing readable is stored', async () => {
    const code = (await app.operator!.pendingSetupCode())!;
    const { response } = await setUp('AAAAA-AAAAA-AAAAA-AAAAA', 'root@example.org');
    expect([response.statusCode, codeOf(response)]).toEqual([403, 'setup.invalid_code']);
    const audit = await app.platform.db.executeQuery(
      CompiledQuery.raw("select code from audit_events where action = 'setup'"),
    );
    expect(audit.rows).toEqual([{ code: 'setup.invalid_code' }]);
    for (let i = 0; i < 10; i++) await setUp('wrong', 'root@example.org');
    await keepBlocked(app);
    const throttled = await setUp(code, 'root@example.org');
    expect(throttled.response.statusCode).toBe(429);
    const stored = await app.platform.db.executeQuery(
      CompiledQuery.raw('select json_agg(t)::text as text from setup_codes t'),
    );
    expect((stored.rows[0] as { text: string }).text).not.toContain(code.replaceAll('-', ''));
  });

  test('takes no role, status or verification from the body', async () => {
    const code = (await app.operator!.pendingSetupCode())!;
    const { response } = await setUp(code, 'root@example.org', { role: 'user' });
    expect([response.statusCode, codeOf(response)]).toEqual([422, 'validation_failed']);
  });

  test('an operator’s superuser replaces set-up (I7), and a weak password never becomes an account', async () => {
    const weak = {
      email: 'op@example.org',
      role: 'superuser' as const,
      displayName: 'Op',
      password: 'passwordpassword',
    };
    await expect(app.operator!.createUser(weak)).rejects.toMatchObject({ code: 'validation_failed' });
    await app.operator!.createUser({ ...weak, password: goodPassword });
    expect(await app.operator!.pendingSetupCode()).toBeUndefined();
    expect(await config()).toMatchObject({ setup_required: false });
  });
});

test('I3, I11: the public configuration names every lifetime once, and the limits a page needs', async () => {
  expect(await config()).toMatchObject({
    product: { name: 'AI Workflow Engine', version: version },
    environment: 'development',
    registration: 'closed',
    password: { min_length: 15, max_bytes: 1024 },
    lifetimes: {
      access_token_seconds: 3600,
      refresh_token_seconds: 604800,
      session_idle_seconds: 604800,
      csrf_seconds: 3600,
    },
    uploads: {
      max_file_bytes: expect.any(Number),
      accepted: expect.arrayContaining([{ extension: '.pdf', media_type: 'application/pdf' }]),
    },
  });
});
