import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { type Application, type ApplicationOptions, createApplication } from '../src/compose.ts';
import { type Config, loadConfig } from '../src/config.ts';
import type { PasswordCost } from '../src/features/accounts/index.ts';
import { Secret } from '../src/platform/crypto/secret.ts';
import { defineError } from '../src/platform/errors.ts';
import type { Geo } from '../src/platform/geo/geo.ts';
import type { RequestGuard } from '../src/platform/http/guard.ts';
import type { Role } from '../src/platform/http/route.ts';
import { createLogger, type Logger } from '../src/platform/telemetry/logger.ts';
import { createTestDatabase } from './test-database.ts';

/** What all keys of a test come from. */
export const testMasterSecret = 'Vq7kR2mXw9TzL4pB8nJc5HsD1gYf6UaE';

export interface TestPerson {
  userId: string;
  role: Role;
  email: string;
  /** Put these on a request to act as this person (only with the test guard). */
  headers: Record<string, string>;
}

export interface TestApp extends Application {
  config: Config;
  dataDir: string;
  connectionString: string;
  /** Stores an active person and returns headers that act as them. */
  person(role?: Role): Promise<TestPerson>;
  stop(): Promise<void>;
}

export interface TestAppOptions {
  /** `test` (default): the header x-test-person says who acts. `real`: sign-in decides. */
  guard?: 'test' | 'real';
  role?: ApplicationOptions['role'];
  environ?: Record<string, string>;
  /** Use this database instead of a fresh clone (two processes on one database). */
  connectionString?: string;
  /** The way of ordinary queries, where it leads through a pooler. */
  poolerUrl?: string;
  alone?: boolean;
  /** Newest first; `testMasterSecret` alone by default. */
  masterSecrets?: string[];
  /** Where the program logs to; nowhere by default. */
  log?: Logger;
  /** Which country an address is in; by the bundled database by default. */
  geo?: Geo;
  /** In the place of mail, of the assessment of sign-ins, of second factors, and of what a password hash costs. */
  identity?: ApplicationOptions['identity'];
  /** In the place of `patient`, in tests of a deadline. */
  deadlines?: ApplicationOptions['deadlines'];
}

/** However slow the machine, what a test is not about is not given up. */
const patient = { connectMs: 60_000, loopDelayMs: 60_000, attemptWaitMs: 60_000 };

/** A password of a test is worth no guessing; tests of the real cost (S1) say so. */
export const cheapPasswordCost: PasswordCost = { memoryKib: 64, passes: 1, lanes: 1 };

const NoTestPerson = defineError('auth.session_required', 401, 'Sign in first');
const TooLowRank = defineError('auth.forbidden', 403, 'Not allowed');
const ranks: Record<Role, number> = { user: 0, admin: 1, superuser: 2 };

/** The composed program on a fresh database; requests go in through `app.inject`. */
export async function createTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const database = options.connectionString ? undefined : await createTestDatabase();
  const connectionString = options.connectionString ?? database?.connectionString ?? '';
  const dataDir = await mkdtemp(path.join(tmpdir(), 'aiwfe-test-'));
  const config = loadConfig({ AIWFE_DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'silent', ...options.environ });
  const application = await createApplication(
    { ...config, database: { ...config.database, migrateOnStart: false } },
    {
      role: options.role ?? 'all',
      log: options.log ?? createLogger({ level: process.env.TEST_LOG_LEVEL ?? 'silent' }),
      connection: { url: options.poolerUrl ?? connectionString, directUrl: connectionString },
      masterSecrets: (options.masterSecrets ?? [testMasterSecret]).map((text) => new Secret(text)),
      alone: options.alone ?? true,
      deadlines: { ...patient, ...options.deadlines },
      ...(options.guard === 'real' ? {} : { guard: testGuard }),
      identity: { passwordCost: cheapPasswordCost, ...options.identity },
      ...(options.geo ? { geo: options.geo } : {}),
    },
  );
  await application.start();
  return {
    ...application,
    config,
    dataDir,
    connectionString,
    person: (role = 'user') => storePerson(application, role),
    async stop() {
      await application.close();
      await database?.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

const testGuard: RequestGuard = {
  admit(request, route) {
    const [userId, role] = String(request.headers['x-test-person'] ?? '').split(' ');
    if (!userId || !role) {
      if (route.access === 'public') return undefined;
      throw NoTestPerson.with();
    }
    const actor = { userId, role: role as Role, sessionId: userId, via: 'bearer' as const };
    if (typeof route.access === 'object' && ranks[actor.role] < ranks[route.access.role])
      throw TooLowRank.with();
    return actor;
  },
};

async function storePerson(application: Application, role: Role): Promise<TestPerson> {
  const userId = uuidv7();
  const email = `${userId}@example.org`;
  await sql`insert into users (id, email, email_canonical, display_name, role, status)
    values (${userId}, ${email}, ${email}, 'Test Person', ${role}, 'active')`.execute(
    application.platform.db,
  );
  return { userId, role, email, headers: { 'x-test-person': `${userId} ${role}` } };
}
