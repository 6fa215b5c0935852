import { execFile } from 'node:child_process';
import path from 'node:path';
import { CompiledQuery } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkAuditTrail } from '../../src/cli/audit-finding.ts';
import { type AuditTrail, applyRetention, createAuditTrail } from '../../src/features/audit/index.ts';
import { createTestApp, type TestApp, testMasterSecret } from '../test-app.ts';
import { signedIn, TestBrowser } from './client.ts';

let app: TestApp;
let trail: AuditTrail;
beforeEach(async () => {
  app = await createTestApp({ guard: 'real', role: 'api' });
  const { db, keys, log } = app.platform;
  trail = createAuditTrail({ db, keys, log });
});
afterEach(() => app.stop());

const retentionDays = 100;
const query = async <Row>(text: string, ...parameters: unknown[]): Promise<Row[]> =>
  (await app.platform.db.executeQuery(CompiledQuery.raw(text, parameters))).rows as Row[];
const count = async (table: string): Promise<number> =>
  (await query<{ n: number }>(`select count(*) as n from ${table}`))[0]?.n ?? -1;
const sealAll = async (): Promise<void> => {
  while ((await trail.verify()).waiting > 0) await trail.seal();
};
/** As if it were that many days later. */
const retain = (daysFromNow: number, days = retentionDays) => {
  const { db, keys } = app.platform;
  const now = new Date(Date.now() + daysFromNow * 86_400_000);
  return applyRetention({ db, keys, trail, now: () => now }, days);
};
/** Some sealed events with a person in them. */
async function happen(): Promise<void> {
  await signedIn(app, 'kept@example.org');
  for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3'])
    await new TestBrowser(app).signIn('kept@example.org', 'a wrong password of mine', {}, address);
  await sealAll();
}
const problems = async (): Promise<string[]> =>
  (await trail.verify()).problems.map((problem) => problem.problem);

describe('S39: evidence is kept no longer than policy says, and stays verifiable', () => {
  test('nothing is given up before its time', async () => {
    await happen();
    const before = await count('audit_personal');
    expect(await retain(retentionDays - 1)).toEqual({ erased: 0, removed: 0 });
    expect(await count('audit_personal')).toBe(before);
  });

  test('nothing is ever given up when policy says 0', async () => {
    await happen();
    expect(await retain(100_000, 0)).toEqual({ erased: 0, removed: 0 });
  });

  test('after the period what names people is gone, and the event stays', async () => {
    await happen();
    const events = await count('audit_events');
    const named = await count('audit_personal');
    expect(await retain(retentionDays + 1)).toEqual({ erased: named, removed: 0 });
    await sealAll();
    expect(await count('audit_personal')).toBe(0);
    // One more: that it was erased is evidence itself.
    expect(await trail.verify()).toMatchObject({ sealed: events + 1, erased: named, problems: [] });
    expect(
      await query('select details from audit_events where action = $1', 'audit.personal_erased'),
    ).toEqual([{ details: { events: named, retention_days: retentionDays } }]);
  });

  test('after the second period the event is gone too, behind a checkpoint from which the chain goes on', async () => {
    await happen();
    const events = await count('audit_events');
    const outcome = await retain(2 * retentionDays + 1);
    // The newest link always stays: that of the erasing, where the app has sealed it already.
    expect([events - 1, events]).toContain(outcome.removed);
    await sealAll();
    await signedIn(app, 'later@example.org');
    await sealAll();
    const report = await trail.verify();
    expect(report).toMatchObject({ removed: outcome.removed, waiting: 0, problems: [] });
    expect(report.head?.position).toBe(report.removed + report.sealed);
    expect(await query('select 1 from audit_events where action = $1', 'audit.events_removed')).toHaveLength(
      1,
    );
  });

  test('what is done again does no harm, and goes on where it ended', async () => {
    await happen();
    await retain(2 * retentionDays + 1);
    await sealAll();
    await retain(2 * retentionDays + 2);
    await sealAll();
    await retain(2 * retentionDays + 3);
    await sealAll();
    expect(await problems()).toEqual([]);
    expect(await count('audit_checkpoints')).toBeGreaterThan(1);
  });

  test('two processes at once give up each event once', async () => {
    await happen();
    const outcomes = await Promise.all([retain(2 * retentionDays + 1), retain(2 * retentionDays + 1)]);
    await sealAll();
    const report = await trail.verify();
    expect(report.problems).toEqual([]);
    expect(outcomes[0].removed + outcomes[1].removed).toBe(report.removed);
  });

  test('doctor and `aiwfe audit verify` say what was given up', async () => {
    await happen();
    await retain(2 * retentionDays + 1);
    await sealAll();
    const finding = await checkAuditTrail(app.platform.db, app.platform.keys);
    expect(finding).toMatchObject({
      ok: true,
      detail: expect.stringMatching(/were given up after their time/),
    });
    const verified = await runAuditVerify();
    expect(verified).toMatchObject({ status: 0, output: expect.stringMatching(/complete and unchanged/) });
  });
});

describe('S39: a gap that the program did not make is found', () => {
  const asOwner = async (...statements: string[]): Promise<void> => {
    for (const table of ['audit_events', 'audit_chain', 'audit_personal', 'audit_checkpoints'])
      await query(`alter table ${table} disable trigger user`);
    for (const statement of statements) await query(statement);
  };

  test('a checkpoint without the key', async () => {
    await happen();
    await query(
      `select audit_remove_through(position, hash, key_id, '\\x00') from audit_chain where position = 2`,
    );
    expect(await problems()).toEqual([
      'the events up to here were removed by somebody else than the program',
    ]);
    const verified = await runAuditVerify();
    expect(verified).toMatchObject({ status: 1, output: expect.stringMatching(/PROBLEM {2}position 2/) });
  });

  test('a genuine checkpoint moved to a later place', async () => {
    await happen();
    await retain(2 * retentionDays + 1);
    await sealAll();
    await asOwner(
      'delete from audit_personal',
      'create temp table gone as select event_id, position, hash from audit_chain order by position limit 1',
      'update audit_checkpoints set position = gone.position, hash = gone.hash from gone',
      'delete from audit_chain using gone where audit_chain.event_id = gone.event_id',
      'delete from audit_events using gone where id = gone.event_id',
    );
    expect(await problems()).toContain(
      'the events up to here were removed by somebody else than the program',
    );
  });

  test('a checkpoint that was taken away', async () => {
    await happen();
    await retain(2 * retentionDays + 1);
    await sealAll();
    await asOwner('delete from audit_checkpoints');
    expect(await problems()).toContain('events before this one were removed');
  });

  test('the triggers let nothing but the removal behind a checkpoint through', async () => {
    await happen();
    const setting = "select set_config('aiwfe.audit_removal', '4', false)";
    await query(setting);
    for (const statement of ['delete from audit_events', 'delete from audit_chain'])
      await expect(query(statement), statement).rejects.toThrow(/append-only/);
    await expect(
      query(`select audit_remove_through(max(position), null, 'k', '\\x00') from audit_chain`),
    ).rejects.toThrow(/before the newest/);
    await query("select set_config('aiwfe.audit_removal', '', false)");
    await retain(2 * retentionDays + 1);
    for (const statement of [
      'delete from audit_events',
      'delete from audit_chain',
      'delete from audit_checkpoints',
    ])
      await expect(query(statement), statement).rejects.toThrow(/append-only/);
  });
});

function runAuditVerify(): Promise<{ status: number; output: string }> {
  const { promise, resolve } = Promise.withResolvers<{ status: number; output: string }>();
  const main = path.resolve(import.meta.dirname, '../../src/main.ts');
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: app.connectionString,
    SECRET_KEY: testMasterSecret,
    AIWFE_DATA_DIR: app.dataDir,
  };
  const child = execFile(process.execPath, [main, 'audit', 'verify'], { env }, (_error, stdout, stderr) =>
    resolve({ status: child.exitCode ?? -1, output: stdout + stderr }),
  );
  return promise;
}
