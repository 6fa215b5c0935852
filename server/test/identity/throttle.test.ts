import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { throttleAddress } from '../../src/features/sign-in/index.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, goodPassword, TestBrowser } from './client.ts';
import { blockForLong, keepBlocked, lift } from './throttling.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ guard: 'real', role: 'api' });
});
afterAll(() => app.stop());

const query = (text: string, ...parameters: unknown[]) =>
  app.platform.db.executeQuery(CompiledQuery.raw(text, parameters));
const create = (email: string) =>
  app.operator!.createUser({ email, role: 'user', displayName: 'P', password: goodPassword });
const wrong = 'a wrong password of mine';
const attempt = (email: string, password = wrong, address?: string) =>
  new TestBrowser(app).signIn(email, password, {}, address);

describe('S6: throttling', () => {
  test('slows an account after five failures, known or not, whichever way it is written and from wherever', async () => {
    await create('target@example.org');
    for (const email of ['target@example.org', 'ghost@example.org']) {
      const spellings = [email, email.toUpperCase(), ` ${email} `, email, email, email];
      for (const [index, spelling] of spellings.entries())
        expect((await attempt(spelling, wrong, `10.0.0.${index}`)).statusCode).toBe(401);
      await keepBlocked(app);
      const refused = await attempt(email, goodPassword, '10.0.1.1');
      expect([refused.statusCode, codeOf(refused)]).toEqual([429, 'auth.throttled']);
      expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    }
  });

  test('the delay grows with each further failure and is bounded', async () => {
    await create('growing@example.org');
    const delays: number[] = [];
    for (let i = 0; i < 18; i++) {
      await attempt('growing@example.org', wrong, `10.1.0.${i}`);
      const { rows } = await query(
        `select coalesce(extract(epoch from blocked_until - updated_at), 0)::float8 as s from throttle_counters
         where key like 'password:account:%' order by updated_at desc limit 1`,
      );
      delays.push((rows[0] as { s: number }).s);
      await lift(app);
    }
    expect(delays.slice(5, 10)).toEqual([1, 2, 4, 8, 16]);
    expect(Math.max(...delays)).toBe(900);
  });

  test('the right password after the delay starts the account afresh', async () => {
    await create('relieved@example.org');
    for (let i = 0; i < 6; i++) await attempt('relieved@example.org');
    await keepBlocked(app);
    expect((await attempt('relieved@example.org', goodPassword)).statusCode).toBe(429);
    await lift(app);
    expect((await attempt('relieved@example.org', goodPassword)).statusCode).toBe(200);
    for (let i = 0; i < 5; i++) expect((await attempt('relieved@example.org')).statusCode).toBe(401);
  });

  test('parallel attempts do not slip through together', async () => {
    await create('parallel@example.org');
    const endLongBlocks = await blockForLong(app);
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_unused, i) => attempt('parallel@example.org', wrong, `10.2.0.${i}`)),
    );
    await endLongBlocks();
    expect(answers.filter((answer) => answer.statusCode === 401)).toHaveLength(6);
    expect(answers.filter((answer) => answer.statusCode === 429)).toHaveLength(24);
  });

  test('an address that tries many accounts is slowed; a success gives back one attempt only', async () => {
    await create('own@example.org');
    const address = '198.51.100.7';
    for (let i = 0; i < 49; i++)
      expect((await attempt(`spray${i}@example.org`, wrong, address)).statusCode).toBe(401);
    expect((await attempt('own@example.org', goodPassword, address)).statusCode).toBe(200);
    for (let i = 0; i < 2; i++)
      expect((await attempt(`more${i}@example.org`, wrong, address)).statusCode).toBe(401);
    await keepBlocked(app);
    expect((await attempt('own@example.org', goodPassword, address)).statusCode).toBe(429);
    expect((await attempt('own@example.org', goodPassword, '198.51.100.8')).statusCode).toBe(200);
  });

  test('counts IPv6 by /64 and IPv4 by address, also when mapped', () => {
    expect(throttleAddress('2001:db8:1:2:aaaa::1')).toBe(throttleAddress('2001:db8:1:2:ffff:1:2:3'));
    expect(throttleAddress('2001:db8:1:2::1')).not.toBe(throttleAddress('2001:db8:1:3::1'));
    expect(throttleAddress('::ffff:192.0.2.1')).toBe('192.0.2.1');
    expect(throttleAddress('192.0.2.1')).not.toBe(throttleAddress('192.0.2.2'));
  });

  test('holds across processes, and its table names nobody', async () => {
    await create('shared@example.org');
    for (let i = 0; i < 6; i++) await attempt('shared@example.org');
    const other = await createTestApp({ guard: 'real', role: 'api', connectionString: app.connectionString });
    await keepBlocked(app);
    try {
      expect((await new TestBrowser(other).signIn('shared@example.org')).statusCode).toBe(429);
    } finally {
      await other.stop();
    }
    const { rows } = await query('select json_agg(t)::text as text from throttle_counters t');
    expect((rows[0] as { text: string }).text).not.toMatch(/example|198\.51/);
  });

  test('a trusted device still enters while the account is hammered (prepares S7)', async () => {
    await create('hammered@example.org');
    const own = new TestBrowser(app);
    await own.signIn('hammered@example.org');
    for (let i = 0; i < 6; i++) await attempt('hammered@example.org', wrong, `10.3.0.${i}`);
    await keepBlocked(app);
    expect((await own.signIn('hammered@example.org')).statusCode).toBe(429);
    await query("update devices set trust_level = 'trusted', trusted_until = now() + interval '1 day'");
    expect((await own.signIn('hammered@example.org')).statusCode).toBe(200);
  });
});
