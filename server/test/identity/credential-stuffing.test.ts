import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { currentPasswordCost } from '../../src/features/accounts/index.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { goodPassword, TestBrowser } from './client.ts';

// `npm run bench -- credential-stuffing` does the same at ten times the size, over the network.
const people = 5;
const signInsEach = 3;
const accounts = 250;
const addresses = 40;
const attempts = 1_000;
/** More than may compute and wait for a hash together: the queue of strangers is full all the time. */
const attemptsAtOnce = 230 + availableParallelism();
const wrong = 'a password from another leak';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({
    guard: 'real',
    role: 'api',
    identity: { passwordCost: currentPasswordCost },
  });
});
afterAll(() => app.stop());

const query = (text: string, ...parameters: unknown[]) =>
  app.platform.db.executeQuery(CompiledQuery.raw(text, parameters));
const personOf = (index: number): string => `person${index}@example.org`;
const homeOf = (index: number): string => `192.0.2.${index + 1}`;

/** People on devices that they trust, whose accounts and addresses are blocked by what others did. */
async function preparePeople(): Promise<TestBrowser[]> {
  const browsers: TestBrowser[] = [];
  for (let index = 0; index < people; index++) {
    const email = personOf(index);
    await app.operator!.createUser({ email, role: 'user', displayName: 'P', password: goodPassword });
    const browser = new TestBrowser(app);
    await browser.signIn(email, goodPassword, {}, homeOf(index));
    await new TestBrowser(app).signIn(email, wrong, {}, homeOf(index));
    browsers.push(browser);
  }
  await query("update devices set trust_level = 'trusted', trusted_until = now() + interval '1 day'");
  const blocked = await query(`update throttle_counters set blocked_until = now() + interval '1 hour'
    where key like 'password:account:%' or key like 'password:address:%' returning key`);
  expect(blocked.rows).toHaveLength(2 * people);
  return browsers;
}

async function storeVictims(): Promise<void> {
  await query(
    `insert into users (id, email, email_canonical, display_name, password_hash)
     select gen_random_uuid(), email, email, 'V', (select password_hash from users where email = $2)
     from generate_series(0, $1::int - 1) n, lateral (select 'victim' || n || '@example.org' as email) named`,
    accounts,
    personOf(0),
  );
}

/** Tries passwords from many addresses, so many at once, until `enough`. Counts the answers by their status. */
function startAttack(enough: (made: number) => boolean) {
  const answers = new Map<number, number>();
  const { promise: firstTurnedAway, resolve } = Promise.withResolvers<void>();
  let made = 0;
  const attacker = async (): Promise<void> => {
    const browser = new TestBrowser(app);
    await browser.fetchCsrf();
    while (!enough(made)) {
      const number = made++;
      const { statusCode } = await browser.request('POST', '/api/v1/auth/jwt/login', {
        json: { email: `victim${number % accounts}@example.org`, password: wrong },
        address: `198.51.100.${number % addresses}`,
      });
      answers.set(statusCode, (answers.get(statusCode) ?? 0) + 1);
      if (statusCode === 503) resolve();
    }
  };
  const ended = Promise.all(Array.from({ length: attemptsAtOnce }, attacker));
  return { answers, ended, firstTurnedAway: Promise.race([firstTurnedAway, ended]) };
}

describe('S7: credential stuffing', () => {
  test('refuses nobody on a trusted device while strangers fill the queue and their accounts are blocked', async () => {
    const browsers = await preparePeople();
    await storeVictims();
    let arePeopleDone = false;
    const attack = startAttack((made) => made >= attempts && arePeopleDone);
    await attack.firstTurnedAway;
    const statuses = await Promise.all(
      browsers.map(async (browser, index) => {
        const seen: number[] = [];
        for (let count = 0; count < signInsEach; count++) {
          const answer = await browser.signIn(personOf(index), goodPassword, {}, homeOf(index));
          seen.push(answer.statusCode);
        }
        return seen;
      }),
    );
    arePeopleDone = true;
    await attack.ended;
    expect(statuses.flat()).toEqual(Array.from({ length: people * signInsEach }, () => 200));
    // Otherwise this proves nothing: the queue was full, and who is on no trusted device was kept out.
    expect(attack.answers.get(503)).toBeGreaterThan(people);
    expect(attack.answers.get(200)).toBeUndefined();
    const stranger = await new TestBrowser(app).signIn(personOf(0), goodPassword, {}, '203.0.113.1');
    expect(stranger.statusCode).toBe(429);
  });
});

describe('S7: credential stuffing while the database is slow', () => {
  let slow: TestApp;
  beforeAll(async () => {
    slow = await createTestApp({
      guard: 'real',
      role: 'api',
      environ: { DATABASE_POOL_SIZE: '4' },
      // What the pool itself would answer, if so many came to it.
      deadlines: { connectMs: 5_000 },
    });
  });
  afterAll(() => slow.stop());

  const person = 'slow@example.org';
  /** More than may wait for their turn. */
  const strangersAtOnce = 280;

  async function storeTrustedPerson(): Promise<TestBrowser> {
    await slow.operator!.createUser({
      email: person,
      role: 'user',
      displayName: 'P',
      password: goodPassword,
    });
    const browser = new TestBrowser(slow);
    await browser.signIn(person, goodPassword, {}, homeOf(0));
    const { db } = slow.platform;
    await db.executeQuery(
      CompiledQuery.raw(
        "update devices set trust_level = 'trusted', trusted_until = now() + interval '1 day'",
      ),
    );
    await db.executeQuery(
      CompiledQuery.raw(`create function crawl() returns trigger language plpgsql as
        $$ begin perform pg_sleep(0.15); return new; end $$`),
    );
    await db.executeQuery(
      CompiledQuery.raw(
        'create trigger crawl before insert on throttle_counters for each row execute function crawl()',
      ),
    );
    return browser;
  }

  /** Each from an address of its own, but for a quarter that bring device tokens which nobody gave out. */
  function startStrangers(cookieName: string, isOver: () => boolean) {
    const statuses = new Set<number>();
    let made = 0;
    const { promise: firstTurnedAway, resolve } = Promise.withResolvers<void>();
    const stranger = async (_unused: unknown, index: number): Promise<void> => {
      const browser = new TestBrowser(slow);
      await browser.fetchCsrf();
      while (!isOver()) {
        const bringsToken = index % 4 === 0;
        if (bringsToken) browser.jar.set(cookieName, randomBytes(16).toString('base64url'));
        const { statusCode } = await browser.request('POST', '/api/v1/auth/jwt/login', {
          json: { email: `nobody${made++}@example.org`, password: wrong },
          address: bringsToken ? `198.51.100.${index % 16}` : `203.0.113.${index}`,
        });
        statuses.add(statusCode);
        if (statusCode >= 500) resolve();
      }
    };
    const ended = Promise.all(Array.from({ length: strangersAtOnce }, stranger));
    return { statuses, ended, firstTurnedAway };
  }

  test('leaves connections to people on trusted devices, whom nobody refuses', async () => {
    const browser = await storeTrustedPerson();
    let isOver = false;
    const cookieName = [...browser.jar.keys()].find((name) => name.endsWith('device'));
    expect(cookieName).toBeDefined();
    const attack = startStrangers(cookieName ?? '', () => isOver);
    await attack.firstTurnedAway;
    const seen: number[] = [];
    for (let count = 0; count < 5; count++)
      seen.push((await browser.signIn(person, goodPassword, {}, homeOf(0))).statusCode);
    isOver = true;
    // Those that still wait need not do it to the end.
    await slow.platform.db.executeQuery(CompiledQuery.raw('drop trigger crawl on throttle_counters'));
    await attack.ended;
    expect(seen).toEqual([200, 200, 200, 200, 200]);
    // Who is turned away is told to come back, instead of an error of the connection pool.
    expect(attack.statuses).toContain(503);
    expect(attack.statuses).not.toContain(500);
  });
});
