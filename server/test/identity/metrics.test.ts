import { CompiledQuery } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countSettledEvents } from '../../src/features/metrics/metrics.queries.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, goodPassword, signedIn, TestBrowser } from './client.ts';

const token = 'scrape-token-of-this-test';
let app: TestApp;
let admin: Awaited<ReturnType<typeof signedIn>>;
let person: Awaited<ReturnType<typeof signedIn>>;
beforeAll(async () => {
  app = await createTestApp({ guard: 'real', role: 'api', environ: { METRICS_TOKEN: token } });
  admin = await signedIn(app, 'admin@example.org', 'admin');
  person = await signedIn(app, 'person@example.org');
});
afterAll(() => app.stop());

const figures = '/api/metrics/authentication';
const query = async <Row>(text: string, ...parameters: unknown[]): Promise<Row[]> =>
  (await app.platform.db.executeQuery(CompiledQuery.raw(text, parameters))).rows as Row[];
interface Figures {
  bucket_seconds: number;
  series: { name: string; points: [number, number][] }[];
  totals: Record<string, number>;
  by_factor: { factor: string; sign_ins: number; failures: number }[];
  sign_in_ms: { count: number; median: number; p95: number } | null;
}
/** Each app remembers its answer for some seconds; a fresh one does not. */
async function freshFigures(range: string): Promise<Figures> {
  const fresh = await createTestApp({ guard: 'real', role: 'api', connectionString: app.connectionString });
  try {
    return (await new TestBrowser(fresh).request('GET', `${figures}?range=${range}`)).json() as Figures;
  } finally {
    await fresh.stop();
  }
}
const sumOf = (answer: Figures, name: string): number =>
  answer.series.find((series) => series.name === name)!.points.reduce((sum, [, n]) => sum + n, 0);

describe('figures of authentication', () => {
  test('count sign-ins, failures, renewals and accounts, by factor, in spans without a gap', async () => {
    await new TestBrowser(app).signIn('person@example.org', 'a wrong password of mine', {}, '192.0.2.9');
    await person.browser.request('POST', '/api/v1/auth/refresh');
    for (const [range, bucketSeconds, points] of [
      ['1h', 60, 60],
      ['24h', 900, 96],
      ['7d', 3600, 168],
      ['30d', 86_400, 30],
    ] as const) {
      const answer = await freshFigures(range);
      expect([range, answer.bucket_seconds]).toEqual([range, bucketSeconds]);
      expect(answer.totals).toMatchObject({
        sign_ins: 2,
        failures: 1,
        refreshes: 1,
        new_accounts: 2,
        active_sessions: 2,
      });
      expect(sumOf(answer, 'sign_ins')).toBe(2);
      const times = answer.series[0]!.points.map(([time]) => time);
      expect(times).toHaveLength(points);
      expect(times.every((time, index) => index === 0 || time - times[index - 1]! === bucketSeconds)).toBe(
        true,
      );
      expect(answer.by_factor).toEqual([{ factor: 'password', sign_ins: 2, failures: 1 }]);
    }
  });

  test('are the same whether events were counted beforehand or are counted now', async () => {
    await query(`insert into audit_events (id, action, outcome, factor, code, occurred_at)
      select gen_random_uuid(), 'sign_in', 'failure', 'password', 'auth.throttled', now() - n * interval '7 minutes'
      from generate_series(1, 3000) n`);
    const readings = async () => {
      await query('truncate audit_counts, audit_counts_state');
      const before = await freshFigures('7d');
      const slices: boolean[] = [];
      do slices.push(await countSettledEvents(app.platform.db));
      while (slices.at(-1));
      expect(slices.length).toBeGreaterThan(1);
      const after = await freshFigures('7d');
      await countSettledEvents(app.platform.db);
      return { before, after, last: await freshFigures('7d') };
    };
    const firstTime = ({ series }: Figures) => series[0]!.points[0]![0];
    let read = await readings();
    // An hour began meanwhile: each reading shows the last 168.
    while (firstTime(read.last) !== firstTime(read.before)) read = await readings();
    const { before, after, last } = read;
    expect(before.totals.throttled).toBeGreaterThan(1_000);
    expect([after.totals, after.series]).toEqual([before.totals, before.series]);
    expect(last.totals).toEqual(before.totals);
    const [counted] = await query<{ n: number }>('select sum(events)::int as n from audit_counts');
    const [settled] = await query<{ n: number }>(
      'select count(*) as n from audit_events where occurred_at < (select counted_until from audit_counts_state)',
    );
    expect(counted).toEqual(settled);
  });

  test('tell how long sign-ins of this process took', async () => {
    const answer = (await admin.browser.request('GET', `${figures}?range=24h`)).json() as Figures;
    expect(answer.sign_in_ms!.count).toBeGreaterThan(0);
    expect(answer.sign_in_ms!.p95).toBeGreaterThanOrEqual(answer.sign_in_ms!.median);
  });

  test('name nobody', async () => {
    const answer = await admin.browser.request('GET', `${figures}?range=1h`);
    for (const secret of [person.id, person.email, person.sessionId, '192.0.2.9'])
      expect(answer.body).not.toContain(secret);
  });
});

describe('who may read figures', () => {
  const from = async (target: TestApp, url: string, address: string, headers: Record<string, string> = {}) =>
    (await new TestBrowser(target).request('GET', url, { address, headers })).statusCode;

  test('S31: this machine, administrators, and scrapers with the token; nobody else', async () => {
    for (const url of [figures, '/metrics']) {
      expect([url, await from(app, url, '127.0.0.1')]).toEqual([url, 200]);
      expect([url, await from(app, url, '::1')]).toEqual([url, 200]);
      expect([url, await from(app, url, '::ffff:127.0.0.1')]).toEqual([url, 200]);
      expect([url, await from(app, url, '192.0.2.1')]).toEqual([url, 403]);
    }
    const away = { address: '192.0.2.1' };
    expect((await admin.browser.request('GET', figures, away)).statusCode).toBe(200);
    expect(codeOf(await person.browser.request('GET', figures, away))).toBe('metrics.not_allowed');
    expect(await from(app, '/metrics', '192.0.2.1', { authorization: `Bearer ${token}` })).toBe(200);
    for (const wrong of [`Bearer ${token}x`, 'Bearer ', `Basic ${token}`, token])
      expect(await from(app, '/metrics', '192.0.2.1', { authorization: wrong })).toBe(403);
    expect(await from(app, figures, '192.0.2.1', { authorization: `Bearer ${token}` })).toBe(403);
  });

  test('S27: behind a proxy on the same machine the forwarded address counts', async () => {
    const proxied = await createTestApp({
      guard: 'real',
      role: 'api',
      connectionString: app.connectionString,
      environ: { TRUSTED_PROXIES: '127.0.0.1' },
    });
    try {
      for (const url of [figures, '/metrics']) {
        expect(await from(proxied, url, '127.0.0.1', { 'x-forwarded-for': '192.0.2.1' })).toBe(403);
        expect(await from(proxied, url, '127.0.0.1', { 'x-forwarded-for': '127.0.0.1, 192.0.2.1' })).toBe(
          403,
        );
        expect(await from(proxied, url, '127.0.0.1')).toBe(200);
        // A proxy that nobody configured: its requests are not this machine's.
        expect(await from(app, url, '127.0.0.1', { 'x-forwarded-for': '192.0.2.1' })).toBe(403);
        expect(await from(app, url, '127.0.0.1', { 'x-real-ip': '192.0.2.1' })).toBe(403);
        expect(await from(app, url, '127.0.0.1', { via: '1.1 proxy' })).toBe(403);
      }
    } finally {
      await proxied.stop();
    }
  });

  test('a page of another site that points its name here reads nothing', async () => {
    for (const url of [figures, '/metrics'])
      expect(await from(app, url, '127.0.0.1', { host: 'evil.example:3000' })).toBe(403);
  });

  test('without METRICS_TOKEN no token opens anything', async () => {
    const closed = await createTestApp({
      guard: 'real',
      role: 'api',
      connectionString: app.connectionString,
    });
    try {
      for (const authorization of ['Bearer ', 'Bearer undefined', `Bearer ${token}`])
        expect(await from(closed, '/metrics', '192.0.2.1', { authorization })).toBe(403);
    } finally {
      await closed.stop();
    }
  });
});

describe('/metrics', () => {
  const scrape = async (): Promise<string> => {
    const response = await new TestBrowser(app).request('GET', '/metrics');
    expect(response.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    return response.body;
  };
  const figureOf = (text: string, start: string): number => {
    const line = text.split('\n').find((candidate) => candidate.startsWith(start));
    return Number(line?.split(' ').at(-1) ?? Number.NaN);
  };

  test('has durations by route and status, and no address that somebody typed', async () => {
    const missing = uuidv7();
    const count =
      'aiwfe_http_request_duration_seconds_count{method="GET",route="/api/v1/profile",status="200"}';
    const before = figureOf(await scrape(), count) || 0;
    for (let index = 0; index < 3; index++) await person.browser.request('GET', '/api/v1/profile');
    await person.browser.request('GET', `/api/v1/documents/${missing}`);
    const text = await scrape();
    expect(figureOf(text, count) - before).toBe(3);
    expect(text).toContain('route="/api/v1/documents/:document_id",status="404"');
    expect(text).not.toContain(missing);
    const all = figureOf(text, count.replace('_count', '_bucket').replace('}', ',le="+Inf"}'));
    expect(all).toBe(figureOf(text, count));
  });

  test('has the pool, the event loop, password work, sessions and outcomes of sign-ins', async () => {
    const text = await scrape();
    for (const name of [
      'aiwfe_database_connections{state="waiting"}',
      'aiwfe_event_loop_delay_seconds{quantile="0.99"}',
      'aiwfe_password_work_running',
      'aiwfe_password_work_waiting',
      'aiwfe_resident_memory_bytes',
    ])
      expect([name, figureOf(text, name)]).toEqual([name, expect.any(Number)]);
    expect(figureOf(text, 'aiwfe_sessions_in_memory')).toBeGreaterThan(0);
    const outcome = 'aiwfe_audit_events_total{action="sign_in",outcome="success",factor="password",code=""}';
    expect(figureOf(text, outcome)).toBe(2);
  });

  test('S40: holds neither people nor secrets', async () => {
    const text = await scrape();
    for (const secret of [token, goodPassword, person.id, person.email, ...person.browser.jar.values()])
      expect(text).not.toContain(secret);
  });
});
