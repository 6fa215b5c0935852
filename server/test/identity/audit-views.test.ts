import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuditTrail } from '../../src/features/audit/index.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, signedIn, TestBrowser } from './client.ts';

let app: TestApp;
let admin: Awaited<ReturnType<typeof signedIn>>;
let person: Awaited<ReturnType<typeof signedIn>>;
let other: Awaited<ReturnType<typeof signedIn>>;
beforeAll(async () => {
  app = await createTestApp({ guard: 'real', role: 'api' });
  admin = await signedIn(app, 'admin@example.org', 'admin');
  person = await signedIn(app, 'person@example.org');
  other = await signedIn(app, 'other@example.org');
  const stranger = new TestBrowser(app);
  await stranger.signIn('person@example.org', 'a wrong password of mine', {}, '192.0.2.9');
  await stranger.signIn('nobody@example.org', 'a wrong password of mine', {}, '192.0.2.10');
  await person.browser.request('POST', '/api/v1/auth/refresh');
});
afterAll(() => app.stop());

interface Event {
  id: string;
  action: string;
  outcome: string;
  address: string | null;
  by?: string;
  subject?: { id: string } | null;
  actor?: { id: string } | null;
  email?: string | null;
  occurred_at: string;
}
interface Page {
  items: Event[];
  next_cursor: string | null;
}
const query = async <Row>(text: string, ...parameters: unknown[]): Promise<Row[]> =>
  (await app.platform.db.executeQuery(CompiledQuery.raw(text, parameters))).rows as Row[];
const own = async (filter = ''): Promise<Event[]> =>
  ((await person.browser.request('GET', `/api/v1/auth/activity?${filter}`)).json() as Page).items;
const all = async (filter = ''): Promise<Event[]> =>
  ((await admin.browser.request('GET', `/api/v1/admin/audit?limit=200&${filter}`)).json() as Page).items;
const trail = () => {
  const { db, keys, log } = app.platform;
  return createAuditTrail({ db, keys, log });
};

describe('S39: one’s own activity', () => {
  test('shows what one did and what others tried, newest first', async () => {
    const events = await own();
    expect(events.map(({ action, outcome, by }) => [action, outcome, by])).toEqual(
      expect.arrayContaining([
        ['sign_in', 'failure', 'unknown'],
        ['sign_in', 'success', 'you'],
        ['session.refreshed', 'success', 'you'],
      ]),
    );
    const times = events.map((event) => event.occurred_at);
    expect(times).toEqual([...times].sort().reverse());
  });

  test('S30: shows nothing of others, whatever is asked for', async () => {
    const ids = (
      await query<{ id: string }>(
        'select id from audit_events where $1 not in (coalesce(subject_id, id), coalesce(actor_id, id))',
        person.id,
      )
    ).map((row) => row.id);
    const seen = (await own('limit=200')).map((event) => event.id);
    expect(ids.length).toBeGreaterThan(0);
    expect(seen.filter((id) => ids.includes(id))).toEqual([]);
    expect(
      (await person.browser.request('GET', `/api/v1/auth/activity?user_id=${other.id}`)).statusCode,
    ).toBe(422);
  });

  test('does not say where an administrator sits', async () => {
    await admin.browser.request('POST', `/api/v1/admin/users/${other.id}/end-sessions`);
    const again = new TestBrowser(app);
    await again.signIn(other.email);
    const events = ((await again.request('GET', '/api/v1/auth/activity')).json() as Page).items;
    expect(events.find((event) => event.action === 'account.sessions_ended')).toMatchObject({
      by: 'administrator',
      address: null,
      session_id: null,
      user_agent_label: null,
    });
  });

  test('is exported whole', async () => {
    const response = await person.browser.request('GET', '/api/v1/auth/activity/export?format=jsonl');
    const lines = response.body
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as Event).id);
    expect(lines).toEqual((await own('limit=200')).map((event) => event.id));
    expect(response.headers['content-disposition']).toMatch(/^attachment; filename="activity-/);
  });
});

describe('S39: all evidence, for administrators', () => {
  const actionsOf = (events: Event[]) => [...new Set(events.map((event) => event.action))];

  test('is filtered by action, outcome, person, actor, address and time', async () => {
    expect(actionsOf(await all('action=session.'))).toEqual(['session.refreshed']);
    expect((await all('outcome=failure')).every((event) => event.outcome === 'failure')).toBe(true);
    expect((await all(`user_id=${person.id}`)).every((event) => event.subject?.id === person.id)).toBe(true);
    expect((await all(`actor_id=${admin.id}`)).every((event) => event.actor?.id === admin.id)).toBe(true);
    expect(await all('address=192.0.2.9')).toMatchObject([
      { subject: { id: person.id }, outcome: 'failure' },
    ]);
    const middle = (await all())[3]!.occurred_at;
    const [before, after] = [await all(`to=${middle}`), await all(`from=${middle}`)];
    expect(before.every((event) => event.occurred_at < middle)).toBe(true);
    expect(after.every((event) => event.occurred_at >= middle)).toBe(true);
    expect(before.length + after.length).toBe((await all()).length);
  });

  test('is searched by the beginning of an e-mail address, of accounts and of what was only typed', async () => {
    expect(await all('search=nobody@')).toMatchObject([{ email: 'nobody@example.org', subject: null }]);
    const found = await all('search=PERSON@example');
    expect(actionsOf(found)).toEqual(expect.arrayContaining(['sign_in', 'session.refreshed']));
    expect(found.every((event) => event.subject?.id === person.id)).toBe(true);
    expect(await all('search=%25')).toEqual([]);
    expect(await all('action=_')).toEqual([]);
  });

  test('pages show each event once', async () => {
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const address = `/api/v1/admin/audit?limit=2&to=${new Date().toISOString()}${cursor ? `&cursor=${cursor}` : ''}`;
      const page = (await admin.browser.request('GET', address)).json() as Page;
      seen.push(...page.items.map((event) => event.id));
      cursor = page.next_cursor;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual((await all()).map((event) => event.id));
    expect(codeOf(await admin.browser.request('GET', '/api/v1/admin/audit?cursor=bm8'))).toBe(
      'audit.invalid_cursor',
    );
  });

  test('is not for others', async () => {
    for (const url of ['', '/export?format=csv', '/chain'])
      expect(codeOf(await person.browser.request('GET', `/api/v1/admin/audit${url}`))).toBe('auth.forbidden');
  });

  test('a table of the export starts no formula and breaks no row', async () => {
    const nasty = ['=cmd|calc', '+1', '-1', '@SUM(A1)', 'quote " and , comma'];
    for (const userAgent of nasty) {
      const browser = new TestBrowser(app);
      await browser.fetchCsrf();
      await browser.request('POST', '/api/v1/auth/jwt/login', {
        json: { email: 'nobody@example.org', password: 'a wrong password of mine' },
        headers: { 'user-agent': userAgent },
      });
    }
    const response = await admin.browser.request(
      'GET',
      '/api/v1/admin/audit/export?format=csv&action=sign_in&outcome=failure',
    );
    const [header = '', ...rows] = response.body.trim().split('\r\n');
    expect(header.split(',').slice(0, 3)).toEqual(['id', 'occurred_at', 'action']);
    expect(rows.map((row) => row.slice(0, 36))).toEqual(
      (await all('action=sign_in&outcome=failure')).map((event) => event.id),
    );
    expect(response.body).not.toMatch(/(^|,)"?[=+@-]/m);
    expect(response.body).toContain('"\'=cmd|calc"');
    expect(response.body).toContain('"quote "" and , comma"');
  });

  test('who took it away is evidence itself', async () => {
    await admin.browser.request('GET', '/api/v1/admin/audit/export?format=jsonl&search=person@');
    const [event] = await query<{ actor_id: string; details: Record<string, unknown> }>(
      "select actor_id, details from audit_events where action = 'audit.exported' order by occurred_at desc limit 1",
    );
    expect(event).toEqual({ actor_id: admin.id, details: { format: 'jsonl', search: true } });
  });

  test('a long export comes in batches, and none follows a reader that has gone', async () => {
    await query(`insert into audit_events (id, action, outcome)
      select gen_random_uuid(), 'test.bulk', 'success' from generate_series(1, 1800)`);
    const response = await admin.browser.request(
      'GET',
      '/api/v1/admin/audit/export?format=jsonl&action=test.bulk',
    );
    const ids = response.body
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as Event).id);
    expect([ids.length, new Set(ids).size]).toEqual([1800, 1800]);
  });

  test('the chain is verified on demand', async () => {
    await query('alter table audit_events disable trigger user');
    await query("delete from audit_events where action = 'test.bulk'");
    await query('alter table audit_events enable trigger user');
    while ((await trail().verify()).waiting > 0) await trail().seal();
    const report = (await admin.browser.request('GET', '/api/v1/admin/audit/chain')).json();
    expect(report).toMatchObject({ intact: true, waiting: 0, removed: 0, problems: [] });
  });
});

describe('S39: completeness', () => {
  const features = path.resolve(import.meta.dirname, '../../src/features');
  const document = path.resolve(import.meta.dirname, '../../../docs/audit-events.md');

  test('every action that the program records is explained, and none is explained that it does not record', async () => {
    const files = (await readdir(features, { recursive: true })).filter((name) => name.endsWith('.ts'));
    const sources = await Promise.all(files.map((name) => readFile(path.join(features, name), 'utf8')));
    const recorded = new Set(sources.filter((text) => /audit|trail|client/i.test(text)).flatMap(actionsIn));
    const explained = [...(await readFile(document, 'utf8')).matchAll(/^\| `([a-z0-9_.]+)` \|/gm)].map(
      (match) => match[1]!,
    );
    expect([...recorded].filter((action) => !explained.includes(action))).toEqual([]);
    const text = sources.join('\n');
    expect(explained.filter((action) => !text.includes(`'${action}'`))).toEqual([]);
    expect(explained).toEqual([...explained].sort());
  });

  test('every route that changes something of sign-in leaves an event of who, from where and when', async () => {
    const events = await query<{ action: string; complete: boolean }>(`
      select action, bool_and(p.data ? 'address') as complete
      from audit_events e left join audit_personal p on p.event_id = e.id
      where action not in ('account.created') group by action`);
    expect(events.filter((event) => !event.complete)).toEqual([]);
  });
});

/** Literal names after `action:` in what is handed to the audit trail. */
function actionsIn(source: string): string[] {
  return [...source.matchAll(/\baction: '([a-z0-9_]+(?:\.[a-z0-9_]+)?)'/g)].map((match) => match[1]!);
}
