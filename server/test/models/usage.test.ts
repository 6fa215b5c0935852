import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createModelLedger } from '../../src/features/models/usage.service.ts';
import type { UsageEntry } from '../../src/platform/models/index.ts';
import { createLogger } from '../../src/platform/telemetry/logger.ts';
import type { TestPerson } from '../test-app.ts';
import { type ModelsWorld, openModelsWorld } from './models-world.ts';

let world: ModelsWorld;
beforeAll(async () => {
  world = await openModelsWorld();
});
afterAll(() => world.stop());
beforeEach(async () => {
  const { db } = world.testApp.platform;
  await sql`delete from model_usage`.execute(db);
  await sql`delete from model_quotas`.execute(db);
});

const clock = { now: new Date('2026-03-31T10:00:00Z') };
const ledger = () =>
  createModelLedger({
    db: world.testApp.platform.db,
    clock: () => clock.now,
    log: createLogger({ level: 'silent' }),
  });
const entry = (person: TestPerson | null, more: Partial<UsageEntry> = {}): UsageEntry => ({
  userId: person?.userId ?? null,
  slot: 'chat',
  providerId: world.providerId,
  providerName: 'Home server',
  model: 'tiny-chat:latest',
  promptTokens: 100,
  completionTokens: 50,
  estimated: false,
  failed: false,
  durationMs: 20,
  ...more,
});
const quota = (at: string, day: number | null, month: number | null) =>
  world.call(world.admin, 'PUT', `/admin/models/quotas/${at}`, {
    tokens_per_day: day,
    tokens_per_month: month,
  });

describe('accounts', () => {
  test('an answer is in the books of the person who asked, by job and model, when it is there', async () => {
    await world.call(world.admin, 'PUT', '/models/slots/chat', {
      provider_id: world.providerId,
      model: 'tiny-chat:latest',
    });
    const id = await world.conversation(world.member);
    await world.testApp.app.inject({
      method: 'POST',
      url: `/api/v1/conversations/${id}/messages`,
      headers: { ...world.member.headers, 'idempotency-key': uuidv7() },
      payload: { content: 'hello' },
    });
    await expect
      .poll(async () => (await world.call(world.member, 'GET', '/models/usage')).body.items)
      .toContainEqual(expect.objectContaining({ slot: 'chat', calls: 1, completion_tokens: 20 }));
    expect((await world.call(world.other, 'GET', '/models/usage')).body.items).toEqual([]);
  });

  test('calls of one day, job and model add up; another day is another row', async () => {
    const books = ledger();
    await books.record(entry(world.member));
    await books.record(entry(world.member, { failed: true, estimated: true }));
    clock.now = new Date('2026-04-01T00:00:00Z');
    await books.record(entry(world.member));
    const { rows } = await sql`
      select to_char(day, 'YYYY-MM-DD') as day, calls, failed_calls, estimated_calls, prompt_tokens from model_usage
      order by day`.execute(world.testApp.platform.db);
    expect(rows).toEqual([
      { day: '2026-03-31', calls: 2, failed_calls: 1, estimated_calls: 1, prompt_tokens: 200 },
      { day: '2026-04-01', calls: 1, failed_calls: 0, estimated_calls: 0, prompt_tokens: 100 },
    ]);
    clock.now = new Date('2026-03-31T10:00:00Z');
  });

  test('what cannot be stored waits, and is stored with the next under its own day', async () => {
    let isAway = true;
    const db = new Proxy(world.testApp.platform.db, {
      get(target, name) {
        if (isAway && name === 'getExecutor') throw new Error('The database is away.');
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const books = createModelLedger({ db, clock: () => clock.now, log: createLogger({ level: 'silent' }) });
    await books.record(entry(world.member));
    isAway = false;
    clock.now = new Date('2026-04-01T00:00:00Z');
    await books.record(entry(world.member));
    const { rows } = await sql`
      select to_char(day, 'YYYY-MM-DD') as day, calls from model_usage order by day`.execute(
      world.testApp.platform.db,
    );
    expect(rows).toEqual([
      { day: '2026-03-31', calls: 1 },
      { day: '2026-04-01', calls: 1 },
    ]);
    clock.now = new Date('2026-03-31T10:00:00Z');
  });

  test('what the installation does for itself is nobody’s, and a person who is gone leaves nothing', async () => {
    clock.now = new Date();
    const books = ledger();
    await books.record(entry(null, { slot: 'embedding' }));
    await books.record({ ...entry(world.member), userId: uuidv7() });
    const { body } = await world.call(world.admin, 'GET', '/admin/models/usage?days=366');
    expect(body.items).toMatchObject([{ slot: 'embedding', user_id: null, person: null }]);
    clock.now = new Date('2026-03-31T10:00:00Z');
  });

  test('administrators see the use of everybody, or of one person', async () => {
    clock.now = new Date();
    const books = ledger();
    await books.record(entry(world.member));
    await books.record(entry(world.other));
    clock.now = new Date('2026-03-31T10:00:00Z');
    expect((await world.call(world.admin, 'GET', '/admin/models/usage')).body.items).toHaveLength(2);
    const one = await world.call(world.admin, 'GET', `/admin/models/usage?user_id=${world.other.userId}`);
    expect(one.body.items).toMatchObject([{ user_id: world.other.userId, person: 'Test Person' }]);
  });
});

describe('quotas', () => {
  test('a call that does not fit any more is refused with the time at which it will', async () => {
    await quota('roles/user', 200, null);
    const books = ledger();
    const admit = () => books.admit({ userId: world.member.userId, promptTokens: 60 });
    (await admit())();
    await books.record(entry(world.member));
    await expect(admit()).rejects.toMatchObject({
      code: 'models.quota_exceeded',
      status: 429,
      retryAfterSeconds: 14 * 3_600,
      detail: expect.stringContaining('2026-04-01T00:00:00.000Z'),
    });
    clock.now = new Date('2026-04-01T00:00:00Z');
    (await admit())();
    clock.now = new Date('2026-03-31T10:00:00Z');
  });

  test('what was used on other days of the month is not of the day', async () => {
    await quota('roles/user', 200, null);
    const books = ledger();
    clock.now = new Date('2026-03-30T23:59:59Z');
    await books.record(entry(world.member));
    clock.now = new Date('2026-03-31T00:00:00Z');
    (await books.admit({ userId: world.member.userId, promptTokens: 200 }))();
    await books.record(entry(world.member));
    await expect(books.admit({ userId: world.member.userId, promptTokens: 51 })).rejects.toMatchObject({
      code: 'models.quota_exceeded',
    });
    (await books.admit({ userId: world.member.userId, promptTokens: 50 }))();
    clock.now = new Date('2026-03-31T10:00:00Z');
  });

  test('a month counts from its first day on', async () => {
    await quota('roles/user', null, 200);
    const books = ledger();
    clock.now = new Date('2026-03-01T10:00:00Z');
    await books.record(entry(world.member));
    clock.now = new Date('2026-03-31T10:00:00Z');
    await expect(books.admit({ userId: world.member.userId, promptTokens: 60 })).rejects.toMatchObject({
      detail: expect.stringContaining('per month'),
      retryAfterSeconds: 14 * 3_600,
    });
  });

  test('calls under way count, so that many at once do not get past it', async () => {
    await quota('roles/user', 100, null);
    const books = ledger();
    const admit = () => books.admit({ userId: world.member.userId, promptTokens: 60 });
    const release = await admit();
    await expect(admit()).rejects.toMatchObject({ code: 'models.quota_exceeded' });
    release();
    (await admit())();
  });

  test('a person’s own quota replaces that of their role, also where it is none', async () => {
    await quota('roles/user', 10, 10);
    await quota(`people/${world.member.userId}`, null, null);
    const books = ledger();
    (await books.admit({ userId: world.member.userId, promptTokens: 1_000 }))();
    await expect(books.admit({ userId: world.other.userId, promptTokens: 1_000 })).rejects.toMatchObject({
      code: 'models.quota_exceeded',
    });
    (await books.admit({ userId: world.admin.userId, promptTokens: 1_000 }))();
    const listed = (await world.call(world.admin, 'GET', '/admin/models/quotas')).body.items;
    expect(listed).toMatchObject([
      { role: 'user', tokens_per_day: 10 },
      { user_id: world.member.userId, person: 'Test Person', tokens_per_day: null },
    ]);
    await world.call(world.admin, 'DELETE', `/admin/models/quotas/people/${world.member.userId}`);
    await world.call(world.admin, 'DELETE', '/admin/models/quotas/roles/user');
    expect((await world.call(world.admin, 'GET', '/admin/models/quotas')).body.items).toEqual([]);
  });

  test('one’s own use tells what is left and when the count starts again', async () => {
    await quota('roles/user', 1_000, 5_000);
    const { body } = await world.call(world.member, 'GET', '/models/usage');
    expect(body.quota).toMatchObject({ day: { used: 0, limit: 1_000 }, month: { used: 0, limit: 5_000 } });
  });

  test('an answer beyond the quota fails with the reason, and no server is asked', async () => {
    await world.call(world.admin, 'PUT', '/models/slots/chat', {
      provider_id: world.providerId,
      model: 'tiny-chat:latest',
    });
    await quota(`people/${world.other.userId}`, 1, null);
    world.peer.reset();
    const id = await world.conversation(world.other);
    const { headers } = world.other;
    await world.testApp.app.inject({
      method: 'POST',
      url: `/api/v1/conversations/${id}/messages`,
      headers: { ...headers, 'idempotency-key': uuidv7() },
      payload: { content: 'hello' },
    });
    await expect
      .poll(async () => (await world.call(world.other, 'GET', `/conversations/${id}/messages`)).body.items)
      .toContainEqual(
        expect.objectContaining({
          status: 'failed',
          error: expect.objectContaining({ code: 'models.quota_exceeded', retryable: false }),
        }),
      );
    expect(world.peer.requests.some((one) => one.path === '/api/chat')).toBe(false);
  });
});

describe('refusals', () => {
  test.each([
    ['GET', '/admin/models/usage', undefined],
    ['GET', '/admin/models/quotas', undefined],
    ['PUT', '/admin/models/quotas/roles/user', { tokens_per_day: null, tokens_per_month: null }],
    ['DELETE', '/admin/models/quotas/roles/user', undefined],
    ['PUT', '/admin/models/quotas/people/me', { tokens_per_day: null, tokens_per_month: null }],
    ['DELETE', '/admin/models/quotas/people/me', undefined],
  ] as const)('%s %s is for administrators', async (method, url, payload) => {
    const own = url.replace('/people/me', `/people/${world.member.userId}`);
    expect((await world.call(world.member, method, own, payload)).status).toBe(403);
  });

  test('a quota for nobody is refused', async () => {
    expect(await quota(`people/${uuidv7()}`, 1, 1)).toMatchObject({
      status: 404,
      body: { code: 'models.person_not_found' },
    });
    expect((await quota('people/x', 1, 1)).status).toBe(404);
    expect((await quota('roles/user', -1, 1)).status).toBe(422);
  });
});
