import { afterEach, describe, expect, it } from 'vitest';
import { texts } from '#lib/messages/translate.svelte.ts';
import { findingsOf, type HealthFacts } from './health-findings.ts';

const well: HealthFacts = {
  health: { status: 'healthy', checks: [{ name: 'database', ok: true, code: 'ok', detail: '' }] },
  mail: { transport: 'smtp', from: 'a@example.org', folder: null, last_error: null },
  openAlerts: { count: 0, more: false },
  waiting: { count: 0, more: false },
};

afterEach(() => texts.use('en'));

describe('what the overview of the administration says', () => {
  it('finds nothing where all is well', () => {
    expect(findingsOf(well)).toEqual([]);
  });

  it('names each failing check with the command that mends or explains it', () => {
    const checks = [
      { name: 'database', ok: true, code: 'ok', detail: '' },
      { name: 'schema', ok: false, code: 'schema_out_of_date', detail: 'Two migrations wait.' },
      { name: 'disk', ok: false, code: 'disk_full', detail: 'The disk is full.' },
    ];
    const findings = findingsOf({ ...well, health: { status: 'unhealthy', checks } });
    expect(findings.map(({ detail, command }) => [detail, command])).toEqual([
      ['Two migrations wait.', 'npx aiwfe migrate'],
      ['The disk is full.', 'npx aiwfe doctor'],
    ]);
  });

  it('says in German what fails, with its values', async () => {
    await texts.use('de');
    const fault = {
      code: 'schema_out_of_date',
      detail: 'users.status is missing. Run: npm run db:migrate',
      reason: 'missing',
      params: { object: 'users.status', more: 0 },
    };
    const named = { detail: 'users.status fehlt. Führen Sie aus: npm run db:migrate' };
    const health = { status: 'unhealthy', ...fault } as const;
    expect(findingsOf({ ...well, health: { ...health, checks: [] } })).toMatchObject([named]);
    const checks = [{ name: 'schema', ok: false, ...fault }];
    expect(findingsOf({ ...well, health: { status: 'unhealthy', checks } })).toMatchObject([named]);
    await texts.use('en');
    expect(findingsOf({ ...well, health: { ...health, checks: [] } })).toMatchObject([
      { detail: fault.detail },
    ]);
  });

  it('finds a fault whose checks nobody could tell', () => {
    const health = { status: 'unhealthy', code: 'database_unavailable', checks: [] } as const;
    expect(findingsOf({ ...well, health: { ...health, checks: [] } })).toMatchObject([
      { tone: 'danger', command: 'npx aiwfe doctor' },
    ]);
  });

  it('says that mail stays here, and rather that it fails', () => {
    const mail = { ...well.mail, transport: 'outbox', folder: '/data/outbox' } as const;
    expect(findingsOf({ ...well, mail })).toMatchObject([{ text: 'admin.health.mail_stays' }]);
    const failing = { ...well.mail, last_error: 'refused' };
    expect(findingsOf({ ...well, mail: failing })).toMatchObject([
      { text: 'admin.health.mail_fails', detail: 'refused' },
    ]);
  });

  it('counts open alerts and people who wait, as far as it counted', () => {
    const findings = findingsOf({
      ...well,
      openAlerts: { count: 100, more: true },
      waiting: { count: 1, more: false },
    });
    expect(findings.map(({ text, parameters, href }) => [text, parameters, href])).toEqual([
      ['admin.health.alerts_many', { count: 100 }, '/admin/alerts?decision=open'],
      ['admin.health.waiting', { count: 1 }, '/admin/people?status=pending'],
    ]);
  });
});
