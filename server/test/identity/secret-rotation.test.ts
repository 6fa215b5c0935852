import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { settings } from '../../src/config-settings.ts';
import {
  addToSecretFile,
  keepNewestSecret,
  readOrMakeSecretFile,
} from '../../src/platform/crypto/secret-file.ts';
import { createTestApp, type TestApp, testMasterSecret } from '../test-app.ts';
import { codeOf, goodPassword, signedIn, TestBrowser } from './client.ts';

const newMasterSecret = 'nP3sW8yB1kF6hT0xQ5vC9mJ4rL7dZ2gA';
const apiKey = 'sk-the-key-of-a-model-provider';

function start(masterSecrets: string[], connectionString?: string): Promise<TestApp> {
  const shared = connectionString === undefined ? {} : { connectionString };
  return createTestApp({ guard: 'real', role: 'api', alone: false, masterSecrets, ...shared });
}

const signingIn = (app: TestApp): string => app.platform.keys.current('access-token').id;
const newestIn = (app: TestApp): string => app.platform.keys.ids[0] ?? '';

/** Two people who never stop: each request goes to another process than the one before it. */
class Traffic {
  readonly refusals: string[] = [];
  rounds = 0;
  apps: TestApp[];
  #running: Promise<void> | undefined;
  #stopping = false;
  readonly #providerId: string;

  constructor(apps: TestApp[], providerId: string) {
    this.apps = apps;
    this.#providerId = providerId;
  }

  start(browsers: { browser: TestBrowser; email: string }[]): void {
    const walk = async ({ browser, email }: (typeof browsers)[number]): Promise<void> => {
      let current = browser;
      while (!this.#stopping) current = await this.#round(current, email);
    };
    this.#running = Promise.all(browsers.map(walk)).then(() => undefined);
  }

  /** Waits until all that happens from now on has gone through a few whole rounds. */
  async letRun(): Promise<void> {
    const from = this.rounds;
    await expect.poll(() => this.rounds, { timeout: 120_000 }).toBeGreaterThan(from + 6);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  async #round(browser: TestBrowser, email: string): Promise<TestBrowser> {
    const apps = [...this.apps, ...this.apps];
    let current = browser;
    const steps: ((b: TestBrowser) => ReturnType<TestBrowser['request']>)[] = [
      (b) => b.request('GET', '/api/v1/profile'),
      (b) => b.request('PATCH', '/api/v1/profile', { json: { about: `round ${this.rounds}` } }),
      (b) => b.request('POST', '/api/v1/auth/refresh', { json: {} }),
      (b) => b.request('POST', '/api/v1/conversations', { json: {} }),
    ];
    for (const [index, step] of steps.entries()) {
      const app = apps[index % apps.length];
      if (!app) continue;
      current = current.at(app);
      const response = await step(current);
      this.#note(response.statusCode, `${index} ${response.body.slice(0, 120)}`);
      const { csrf_token: fresh } = response.json<{ csrf_token?: string }>();
      current.csrf = fresh ?? current.csrf;
    }
    for (const app of this.apps) {
      const fresh = new TestBrowser(app);
      const answer = await fresh.signIn(email);
      this.#note(answer.statusCode, `sign-in ${answer.body.slice(0, 120)}`);
      await fresh.request('POST', '/api/v1/auth/logout', { json: {} });
      this.#note(
        opens(app, await readProvider(app, this.#providerId)) ? 200 : 500,
        'a sealed key did not open',
      );
    }
    this.rounds += 1;
    return current;
  }

  #note(status: number, what: string): void {
    if (status >= 400) this.refusals.push(`${status} ${what}`);
  }
}

interface Provider {
  id: string;
  base_url: string;
  api_key_sealed: string;
}

async function readProvider(app: TestApp, id: string): Promise<Provider> {
  const { rows } = await sql<Provider>`
    select id, base_url, api_key_sealed from model_providers where id = ${id}`.execute(app.platform.db);
  if (!rows[0]) throw new Error('The provider is gone.');
  return rows[0];
}

function opens({ platform }: TestApp, provider: Provider): boolean {
  const context = `model_providers.api_key ${provider.id} ${new URL(provider.base_url).origin}`;
  try {
    return platform.secretBox.open(provider.api_key_sealed, context).reveal() === apiKey;
  } catch {
    return false;
  }
}

async function storeProvider(browser: TestBrowser): Promise<string> {
  const made = await browser.request('POST', '/api/v1/models/providers', {
    json: { kind: 'openai', name: 'Rotation', base_url: 'https://models.example', api_key: apiKey },
  });
  expect([made.statusCode, made.body]).toEqual([201, expect.stringContaining('"id"')]);
  const answer = made.json<{ id?: string; provider?: { id: string } }>();
  return answer.id ?? answer.provider?.id ?? '';
}

describe('S17, A20: a change of the master secret', () => {
  let first: TestApp;
  const later: TestApp[] = [];
  beforeAll(async () => {
    first = await start([testMasterSecret]);
  });
  afterAll(async () => {
    for (const app of later) await app.stop();
    await first.stop();
  });

  test('goes on under traffic in two processes without one refusal, and retires the old secret', async () => {
    const { connectionString } = first;
    const root = await signedIn(first, 'root@example.org', 'superuser');
    const providerId = await storeProvider(root.browser);
    const people = [await signedIn(first, 'one@example.org'), await signedIn(first, 'two@example.org')];
    const oldToken = root.browser.jar.get('access_token') ?? '';

    const oldProcess = await start([testMasterSecret], connectionString);
    later.push(oldProcess);
    const traffic = new Traffic([first, oldProcess], providerId);
    traffic.start(people);
    await traffic.letRun();

    // One process has both secrets, the other still has the old one: the old one signs.
    const mixed = await start([newMasterSecret, testMasterSecret], connectionString);
    later.push(mixed);
    traffic.apps = [mixed, oldProcess];
    await traffic.letRun();
    expect(signingIn(mixed)).toBe(newestIn(oldProcess));
    await expect(mixed.secrets.reencrypt()).rejects.toThrow(/do not know the newest master secret/);

    // The second process is replaced too, and from then on the new one signs.
    const both = await start([newMasterSecret, testMasterSecret], connectionString);
    later.push(both);
    traffic.apps = [mixed, both];
    await traffic.letRun();
    await stopOne(later, oldProcess);
    await first.close();
    await expect.poll(() => [signingIn(mixed), signingIn(both)]).toEqual([newestIn(both), newestIn(both)]);
    await traffic.letRun();

    const report = await both.secrets.reencrypt();
    expect(report).toEqual({ resealed: expect.any(Number), unreadable: [] });
    expect(report.resealed).toBeGreaterThan(0);
    await traffic.letRun();
    await traffic.stop();
    expect(traffic.refusals).toEqual([]);

    await retire(mixed, both, oldToken, providerId);
  });

  async function retire(mixed: TestApp, both: TestApp, oldToken: string, providerId: string): Promise<void> {
    await expect(both.secrets.prepareRetirement()).rejects.toThrow(/Tokens that .* signed may live until/);
    await sql`update signing_keys set last_used_at = now() - interval '2 hours'
      where key_id <> ${newestIn(both)}`.execute(both.platform.db);
    expect(await both.secrets.status()).toMatchObject({ obstacles: [], keyIds: both.platform.keys.ids });
    await both.secrets.prepareRetirement();

    const alone = await start([newMasterSecret], both.connectionString);
    later.push(alone);
    const ask = (app: TestApp) =>
      app.app.inject({ url: '/api/v1/profile', headers: { authorization: `Bearer ${oldToken}` } });
    expect((await ask(mixed)).statusCode).toBe(200);
    const refused = await ask(alone);
    expect([refused.statusCode, codeOf(refused)]).toEqual([401, 'auth.session_required']);
    expect(opens(alone, await readProvider(alone, providerId))).toBe(true);
    expect((await alone.secrets.status()).sealed.map((part) => part.keyId)).toEqual(
      expect.not.arrayContaining([both.platform.keys.ids[1]]),
    );
    expect((await new TestBrowser(alone).signIn('one@example.org', goodPassword)).statusCode).toBe(200);
  }

  test('S39: leaves the evidence verifiable, by the key that was kept, and only by that', async () => {
    const app = later.at(-1);
    if (!app) throw new Error('There is no process with the new secret alone.');
    const { verifyAuditChain } = await import('../../src/features/audit/index.ts');
    const { db, keys } = app.platform;
    const { rows } = await sql<{ keys: number }>`
      select count(distinct key_id)::int as keys from audit_chain`.execute(db);
    expect(rows[0]?.keys).toBeGreaterThan(1);
    expect((await verifyAuditChain(db, keys)).problems).toEqual([]);
    await sql`delete from retired_audit_keys`.execute(db);
    const [problem] = (await verifyAuditChain(db, keys)).problems;
    expect(problem?.problem).toBe('its key is not configured any more');
  });

  test('leaves what does not open as it is, and says how much', async () => {
    const app = await start([newMasterSecret, testMasterSecret]);
    const { db } = app.platform;
    const root = await signedIn(app, 'root@example.org', 'superuser');
    const id = await storeProvider(root.browser);
    const strange = 'v1.00000000.AAAA.AAAA.AAAA';
    await sql`update model_providers set api_key_sealed = ${strange} where id = ${id}`.execute(db);
    const report = await app.secrets.reencrypt();
    expect(report.unreadable).toEqual([{ table: 'model_providers', column: 'api_key_sealed', count: 1 }]);
    expect((await readProvider(app, id)).api_key_sealed).toBe(strange);
    expect((await app.secrets.status()).obstacles.join('\n')).toMatch(
      /in model_providers\.api_key_sealed: 1\./,
    );
    await app.stop();
  });

  test('covers every sealed column that any feature declares, and every one that the database has', async () => {
    const app = await start([testMasterSecret]);
    const { rows } = await sql<{ name: string }>`
      select table_name || '.' || column_name as name from information_schema.columns
      where table_schema = 'public' and column_name like '%sealed%'`.execute(app.platform.db);
    expect(app.sealed.map(({ table, column }) => `${table}.${column}`).sort()).toEqual(
      rows.map((row) => row.name).sort(),
    );
    await app.stop();
  });
});

async function stopOne(apps: TestApp[], app: TestApp): Promise<void> {
  apps.splice(apps.indexOf(app), 1);
  await app.stop();
}

test('A20: each secret setting can come from a file, and one that cannot be read is named', () => {
  const names = settings.filter(({ type }) => type.kind === 'secret').map(({ name }) => name);
  expect(names).toContain('SECRET_KEY_PREVIOUS');
  const environ = Object.fromEntries(names.map((name) => [`${name}_FILE`, '/nowhere/at/all']));
  for (const name of names)
    expect(() => loadConfig(environ)).toThrow(`${name}_FILE names a file that cannot be read`);
});

describe('the secret file of the embedded mode', () => {
  test('S40: holds the new secret before the old one, for its owner only, and then the new one alone', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'aiwfe-test-'));
    const file = path.join(folder, 'secrets', 'master-secret');
    try {
      const [first] = await readOrMakeSecretFile(file);
      await addToSecretFile(file);
      const rotated = await readOrMakeSecretFile(file);
      expect(rotated).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), first]);
      expect(rotated[0]).not.toBe(first);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      await keepNewestSecret(file);
      expect(await readFile(file, 'utf8')).toBe(`${rotated[0]}\n`);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
