import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type AccountsService,
  createAccountsService,
  createPasswordHasher,
} from '../../src/features/accounts/index.ts';
import { createAuditTrail } from '../../src/features/audit/index.ts';
import type { Role } from '../../src/platform/http/route.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, goodPassword, signedIn, TestBrowser } from './client.ts';

let app: TestApp;
let accounts: AccountsService;
beforeAll(async () => {
  app = await createTestApp({ guard: 'real', role: 'api', environ: { REGISTRATION: 'approval' } });
  const { db, bus, keys, log } = app.platform;
  accounts = createAccountsService({
    db,
    bus,
    log,
    hasher: createPasswordHasher(),
    audit: createAuditTrail({ db, keys, log }),
  });
});
afterAll(() => app.stop());

const client = { address: '127.0.0.1', userAgent: 'test' };
const actor = (role: Role) => ({ userId: uuidv7(), role });
let counter = 0;
const account = (role: Role) => {
  counter += 1;
  return accounts.createUserByOperator({
    email: `rank${counter}@example.org`,
    role,
    displayName: 'R',
    password: goodPassword,
  });
};

describe('S12: nobody acts on an equal or higher rank', () => {
  const roles: Role[] = ['user', 'admin', 'superuser'];
  const pairs = roles.flatMap((mine) => roles.map((theirs) => [mine, theirs] as const));

  test.each(pairs)('%s suspends %s only from above', async (mine, theirs) => {
    const target = await account(theirs);
    const allowed = mine !== 'user' && roles.indexOf(mine) > roles.indexOf(theirs);
    const change = accounts.changeStatus(actor(mine), target.id, 'suspended', client);
    if (allowed) expect((await change).status).toBe('suspended');
    else {
      await expect(change).rejects.toMatchObject({ code: 'auth.forbidden', status: 403 });
      expect((await accounts.findAccount(target.id))?.status).toBe('active');
    }
  });

  test.each([
    ['admin', 'user', 'admin', false],
    ['admin', 'user', 'superuser', false],
    ['superuser', 'user', 'admin', true],
    ['superuser', 'admin', 'user', true],
    ['superuser', 'user', 'superuser', false],
    ['superuser', 'superuser', 'user', false],
    ['user', 'user', 'admin', false],
  ] as const)('%s makes %s into %s: %s', async (mine, from, to, allowed) => {
    const target = await account(from);
    const change = accounts.changeRole(actor(mine), target.id, to, client);
    if (allowed) expect((await change).role).toBe(to);
    else await expect(change).rejects.toMatchObject({ code: 'auth.forbidden' });
  });

  test('nobody changes their own rank', async () => {
    const admin = await account('admin');
    await expect(
      accounts.changeRole({ userId: admin.id, role: 'admin' }, admin.id, 'superuser', client),
    ).rejects.toMatchObject({ code: 'auth.forbidden' });
  });

  test('an unknown account is not found', async () => {
    await expect(
      accounts.changeStatus(actor('superuser'), uuidv7(), 'suspended', client),
    ).rejects.toMatchObject({ code: 'accounts.not_found' });
  });

  test.each(['role', 'status', 'email', 'email_verified', 'id', 'scopes', 'version', 'trust_level'])(
    'the profile takes no %s, registration neither',
    async (key) => {
      const { browser } = await signedIn(app, `mass-${key}@example.org`);
      const response = await browser.request('PATCH', '/api/v1/profile', {
        json: { about: 'x', [key]: 'admin' },
      });
      expect([response.statusCode, response.json().errors]).toEqual([
        422,
        [{ field: key, detail: 'is not known here', reason: 'unknown' }],
      ]);
      const newcomer = new TestBrowser(app);
      await newcomer.fetchCsrf();
      const body = { email: 'x@example.org', password: goodPassword, display_name: 'X' };
      const registration = await newcomer.request('POST', '/api/v1/auth/register', {
        json: { trust_level: 1, ...body, [key]: 'admin' },
      });
      expect(registration.statusCode).toBe(422);
    },
  );
});

describe('standing at sign-in', () => {
  test('a registration that waits for approval does not open a session; approval does', async () => {
    const browser = new TestBrowser(app);
    await browser.fetchCsrf();
    const json = { email: 'wait@example.org', password: goodPassword, display_name: 'W' };
    const registered = await browser.request('POST', '/api/v1/auth/register', { json });
    expect(registered.json()).toMatchObject({
      user: { status: 'pending', role: 'user' },
      next: 'await_approval',
    });
    expect(codeOf(await browser.signIn('wait@example.org'))).toBe('auth.account_pending');
    expect(codeOf(await browser.signIn('wait@example.org', 'a wrong password of mine'))).toBe(
      'auth.invalid_credentials',
    );
    const { id } = registered.json().user as { id: string };
    await accounts.changeStatus(actor('admin'), id, 'active', client);
    expect((await browser.signIn('wait@example.org')).statusCode).toBe(200);
  });

  test('suspended and deactivated accounts stay out, and only the right password learns why', async () => {
    for (const status of ['suspended', 'deactivated'] as const) {
      const target = await account('user');
      await accounts.changeStatus(actor('admin'), target.id, status, client);
      expect(codeOf(await new TestBrowser(app).signIn(target.email))).toBe('auth.account_blocked');
      expect(codeOf(await new TestBrowser(app).signIn(target.email, 'a wrong password of mine'))).toBe(
        'auth.invalid_credentials',
      );
    }
  });

  test('listeners hear of each new account; one that fails harms nobody', async () => {
    const heard: string[] = [];
    accounts.onAccountCreated(async () => {
      throw new Error('broken listener');
    });
    accounts.onAccountCreated(async ({ id }) => {
      heard.push(id);
    });
    const created = await account('user');
    await accounts.settle();
    expect(heard).toEqual([created.id]);
  });
});

test.each([
  ['closed', 'auth.registration_closed'],
  ['invitation', 'auth.registration_closed'],
])('registration is refused when the policy is %s', async (policy, code) => {
  const closed = await createTestApp({
    guard: 'real',
    role: 'api',
    environ: { REGISTRATION: policy },
    connectionString: app.connectionString,
  });
  try {
    const browser = new TestBrowser(closed);
    await browser.fetchCsrf();
    const json = { email: 'n@example.org', password: goodPassword, display_name: 'N' };
    const response = await browser.request('POST', '/api/v1/auth/register', { json });
    expect([response.statusCode, codeOf(response)]).toEqual([403, code]);
  } finally {
    await closed.stop();
  }
});
