import bcrypt from 'bcryptjs';
import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  canonicalEmail,
  createPasswordHasher,
  currentPasswordCost,
  findPasswordProblem,
} from '../../src/features/accounts/index.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, goodPassword, TestBrowser } from './client.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({
    guard: 'real',
    role: 'api',
    environ: { REGISTRATION: 'open' },
    identity: { passwordCost: currentPasswordCost },
  });
});
afterAll(() => app.stop());

const someone = { email: 'grace.hopper@example.org', displayName: 'Grace Hopper' };
const hashOf = async (email: string): Promise<string> => {
  const { rows } = await app.platform.db.executeQuery(
    CompiledQuery.raw('select password_hash from users where email_canonical = $1', [email]),
  );
  return (rows[0] as { password_hash: string }).password_hash;
};
const storeHash = (email: string, hash: string) =>
  app.platform.db.executeQuery(
    CompiledQuery.raw('update users set password_hash = $2 where email_canonical = $1', [email, hash]),
  );
const create = (email: string, password = goodPassword) =>
  app.operator!.createUser({ email, role: 'user', displayName: 'Person', password });

describe('S1: hashing', () => {
  test('is argon2id with m=19456, t=2, p=1, and a salt of its own each time', async () => {
    const hasher = createPasswordHasher();
    const [first, second] = await Promise.all([hasher.hash('x'), hasher.hash('x')]);
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(first).not.toBe(second);
    expect(await hasher.verify(first, 'x')).toEqual({ matches: true, rehash: false });
    expect(await hasher.verify(first, 'y')).toEqual({ matches: false, rehash: false });
  });

  test('the hash of an imported account verifies and is replaced at sign-in', async () => {
    await create('imported@example.org');
    await storeHash('imported@example.org', await bcrypt.hash(goodPassword, 4));
    expect(
      (await new TestBrowser(app).signIn('imported@example.org', 'not the password at all')).statusCode,
    ).toBe(401);
    expect(await hashOf('imported@example.org')).toMatch(/^\$2/);
    expect((await new TestBrowser(app).signIn('imported@example.org')).statusCode).toBe(200);
    expect(await hashOf('imported@example.org')).toMatch(/^\$argon2id\$/);
    expect((await new TestBrowser(app).signIn('imported@example.org')).statusCode).toBe(200);
  });

  test('parameters raised later replace the hash at sign-in', async () => {
    await create('weaker@example.org');
    await storeHash(
      'weaker@example.org',
      await createPasswordHasher({ memoryKib: 8_192, passes: 1, lanes: 1 }).hash(goodPassword),
    );
    expect((await new TestBrowser(app).signIn('weaker@example.org')).statusCode).toBe(200);
    expect(await hashOf('weaker@example.org')).toContain('m=19456,t=2,p=1');
  });

  test('a burst waits in a bounded queue and is then refused with Retry-After', async () => {
    const hasher = createPasswordHasher({ memoryKib: 8, passes: 1, lanes: 1 });
    const results = await Promise.allSettled(Array.from({ length: 400 }, () => hasher.hash('x')));
    const refused = results.filter((result) => result.status === 'rejected').map((result) => result.reason);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every((reason) => reason.code === 'auth.busy' && reason.retryAfterSeconds > 0)).toBe(true);
    expect(await hasher.hash('x')).toMatch(/^\$argon2id/);
  });
});

describe('S7: a flood of unknown devices', () => {
  test('does not refuse who is known: they have places of their own', async () => {
    const hasher = createPasswordHasher({ memoryKib: 8, passes: 1, lanes: 1 });
    const flood = Array.from({ length: 400 }, () => hasher.hash('x'));
    const known = Array.from({ length: 20 }, () => hasher.hash('x', 'known'));
    const refused = (await Promise.allSettled(flood)).filter((result) => result.status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    expect(await Promise.all(known)).toHaveLength(20);
  });

  test('a trusted device signs in while others are told to come back later', async () => {
    await create('steady@example.org');
    const own = new TestBrowser(app);
    await own.signIn('steady@example.org');
    await app.platform.db.executeQuery(
      CompiledQuery.raw(
        "update devices set trust_level = 'trusted', trusted_until = now() + interval '1 day' where user_id = (select id from users where email = $1)",
        ['steady@example.org'],
      ),
    );
    await own.fetchCsrf();
    const strangers = Array.from({ length: 260 }, () => new TestBrowser(app));
    await Promise.all(strangers.map((stranger) => stranger.fetchCsrf()));
    const flood = strangers.map((stranger, index) =>
      stranger.request('POST', '/api/v1/auth/jwt/login', {
        json: { email: `nobody${index}@example.org`, password: 'a wrong password of mine' },
        address: `10.7.${index >> 8}.${index & 255}`,
      }),
    );
    const mine = own.request('POST', '/api/v1/auth/jwt/login', {
      json: { email: 'steady@example.org', password: goodPassword },
    });
    const statuses = (await Promise.all(flood)).map((response) => response.statusCode);
    expect(new Set(statuses)).toEqual(new Set([401, 503]));
    expect((await mine).statusCode).toBe(200);
  });
});

describe('S2: length', () => {
  test('fifteen characters are the least where the password is the only factor; characters, not bytes, count', () => {
    expect(findPasswordProblem('zqvmxrwtpkjhd1', someone)?.detail).toContain('15');
    expect(findPasswordProblem('zqvmxrwtpkjhd17', someone)).toBeUndefined();
    expect(findPasswordProblem('é🦉ñ字', someone)?.detail).toContain('15');
  });
});

describe('S3: any characters', () => {
  test('spaces, emoji and 500 characters work unmodified', async () => {
    const password = `  ünïcödé 🦉 字 \u0000 ${'long '.repeat(90)} `;
    await create('unicode@example.org', password);
    expect((await new TestBrowser(app).signIn('unicode@example.org', password)).statusCode).toBe(200);
    expect((await new TestBrowser(app).signIn('unicode@example.org', password.trim())).statusCode).toBe(401);
  });

  test('more than 1,024 bytes are refused before hashing', async () => {
    expect(findPasswordProblem('ä'.repeat(513), someone)?.detail).toContain('1024');
    const response = await new TestBrowser(app).signIn('unicode@example.org', 'x'.repeat(1_025));
    expect([response.statusCode, response.json().errors]).toEqual([
      422,
      [
        {
          field: 'password',
          detail: 'is longer than 1024 bytes',
          reason: 'too_many_bytes',
          params: { limit_bytes: 1_024 },
        },
      ],
    ]);
  });
});

describe('S4: passwords that are tried first', () => {
  test.each([
    'passwordpassword',
    'P@ssw0rdP@ssw0rd',
    'qwertyuiopasdfghjkl',
    '12345678901234567890',
    'zyxwvutsrqponmlkj',
    'aaaaaaaaaaaaaaaaaaaa',
    'abcabcabcabcabcabc',
    'correcthorsebatterystaple',
    'iloveyouiloveyou',
    'gracehopper12345',
    'Grace Hopper 1906',
    'grace.hopper@example.org',
    'aiworkflowengine1',
    'AI Workflow Engine!',
  ])('refuses %s', (password) => {
    expect(findPasswordProblem(password, someone)).toBeDefined();
  });

  test.each([
    'correct horse battery staple 42',
    goodPassword,
    'Grace under pressure, always',
    'wörter die niemand kennt',
  ])('accepts %s', (password) => {
    expect(findPasswordProblem(password, someone)).toBeUndefined();
  });
});

describe('S5: known and unknown accounts look the same', () => {
  const bare = (body: string) => body.replace(/"request_id":"[^"]*"/, '');

  test('sign-in answers alike', async () => {
    await create('known@example.org');
    const known = await new TestBrowser(app).signIn('known@example.org', 'a wrong password of mine');
    const unknown = await new TestBrowser(app).signIn('unknown@example.org', 'a wrong password of mine');
    const noAddress = await new TestBrowser(app).signIn('not an address', 'a wrong password of mine');
    expect([known.statusCode, codeOf(known)]).toEqual([401, 'auth.invalid_credentials']);
    expect(bare(unknown.body)).toBe(bare(known.body));
    expect(bare(noAddress.body)).toBe(bare(known.body));
    expect(Object.keys(unknown.headers).sort()).toEqual(Object.keys(known.headers).sort());
  });

  test('both run the same work of hashing', async () => {
    const hasher = createPasswordHasher();
    const stored = await hasher.hash('a');
    const before = hasher.workDone;
    await hasher.verify(stored, 'b');
    const known = hasher.workDone - before;
    expect(await hasher.verify(undefined, 'nobody has this password')).toEqual({
      matches: false,
      rehash: false,
    });
    expect(hasher.workDone - before - known).toBe(known);
  });

  test('registration answers alike, and changes nothing about the account that exists', async () => {
    await create('taken@example.org');
    const register = async (email: string) => {
      const browser = new TestBrowser(app);
      await browser.fetchCsrf();
      return browser.request('POST', '/api/v1/auth/register', {
        json: { email, password: 'another fine secret phrase', display_name: 'Ann' },
      });
    };
    const free = await register('free@example.org');
    const taken = await register(' TAKEN@example.org ');
    const shape = (response: typeof free) => {
      const { user, next } = response.json() as { user: Record<string, unknown>; next: string };
      return {
        status: response.statusCode,
        next,
        ...user,
        id: typeof user.id,
        email: 0,
        created_at: typeof user.created_at,
      };
    };
    expect(shape(taken)).toEqual(shape(free));
    expect(free.statusCode).toBe(201);
    expect((await new TestBrowser(app).signIn('taken@example.org')).statusCode).toBe(200);
    expect(
      (await new TestBrowser(app).signIn('taken@example.org', 'another fine secret phrase')).statusCode,
    ).toBe(401);
    expect(
      (await new TestBrowser(app).signIn('free@example.org', 'another fine secret phrase')).statusCode,
    ).toBe(200);
  });
});

describe('S6: one account per address, however it is written', () => {
  test.each([
    ['  Ada@Example.ORG ', 'ada@example.org'],
    ['ａｄａ@example.org', 'ada@example.org'],
    ['ada\u200b@example.org', 'ada@example.org'],
    ['STRASSE@example.org', 'strasse@example.org'],
    ['straße@example.org', 'strasse@example.org'],
    ['ada@BÜCHER.example', 'ada@xn--bcher-kva.example'],
  ])('%s', (written, canonical) => {
    expect(canonicalEmail(written)).toBe(canonical);
  });

  test.each([
    '',
    'ada',
    '@example.org',
    'ada@',
    'a b@example.org',
    'a@b@',
    'ada@exa mple.org',
    `${'x'.repeat(65)}@example.org`,
    'ada@-x.org',
    'a\r\nb@example.org',
  ])('refuses %j', (written) => {
    expect(canonicalEmail(written)).toBeUndefined();
  });

  test('a second account under a variant is refused', async () => {
    await create('variant@example.org');
    await expect(create(' VARIANT@Example.org')).rejects.toMatchObject({ code: 'accounts.email_taken' });
  });
});
