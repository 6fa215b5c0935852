import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHealthService, healthRoutes } from '../../src/features/system/index.ts';
import { type DatabaseHandle, openDatabase } from '../../src/platform/database/database.ts';
import type { SchemaDrift } from '../../src/platform/database/schema-guard.ts';
import { createHttpServer } from '../../src/platform/http/server.ts';
import { createLogger } from '../../src/platform/telemetry/logger.ts';
import { createTestDatabase, type TestDatabase, withDatabase } from '../test-database.ts';

let database: TestDatabase;
let open: DatabaseHandle;
beforeAll(async () => {
  database = await createTestDatabase();
  open = openHandle(database.connectionString);
});
afterAll(async () => {
  await open.close();
  await database.drop();
});

function openHandle(connectionString: string): DatabaseHandle {
  return openDatabase({
    connectionString,
    maxConnections: 1,
    statementTimeoutMs: 5_000,
    onPoolError: () => undefined,
  });
}

function healthOf(drift: SchemaDrift[], db = open.db) {
  const schema = { drift, check: async () => drift };
  return createHealthService({ db, schema, version: '1.0.0' });
}
const report = (...state: Parameters<typeof healthOf>) => healthOf(...state).report();

const missing = { kind: 'missing', object: 'users.status', expected: 'text', actual: null } as const;
const different = { kind: 'different', object: 'index users_idx', expected: 'a', actual: 'b' } as const;

test('says nothing more of a server that is well', async () => {
  const well = await report([]);
  expect(well).toMatchObject({ status: 'healthy', checks: [{ code: 'ok' }, { code: 'ok' }] });
  expect(well).not.toHaveProperty('code');
  expect(well).not.toHaveProperty('detail');
});

test('tells of the first failing check its sentence, reason and values', async () => {
  const fault = {
    code: 'schema_out_of_date',
    detail: 'users.status is missing. Run: npm run db:migrate',
    reason: 'missing',
    params: { object: 'users.status', more: 0 },
  };
  expect(await report([missing])).toMatchObject({
    status: 'unhealthy',
    ...fault,
    checks: [{ ok: true }, { name: 'schema', ok: false, ...fault }],
  });
  expect(await report([different, missing])).toMatchObject({
    detail: 'index users_idx is different and 1 more. Run: npm run db:migrate',
    reason: 'different_more',
    params: { object: 'index users_idx', more: 1 },
  });
});

test('repeats why the database does not answer', async () => {
  const absent = openHandle(withDatabase(database.connectionString, 'nowhere'));
  const said = 'database "nowhere" does not exist';
  expect(await report([], absent.db)).toMatchObject({
    code: 'database_unavailable',
    detail: `The database does not answer (${said}). Check that it runs and that DATABASE_URL is right.`,
    reason: 'check',
    params: { said },
  });
  await absent.close();
});

test('answers all of that with 503', async () => {
  const { app } = await createHttpServer({
    log: createLogger({ level: 'silent' }),
    guard: { admit: () => undefined },
    routes: healthRoutes(healthOf([missing])),
    secure: false,
    trustedProxies: [],
    maxConcurrentRequests: 1,
    maxFileBytes: 1_000,
    maxFilesPerRequest: 1,
  });
  const response = await app.inject({ url: '/api/health' });
  const told = { reason: 'missing', params: { object: 'users.status', more: 0 } };
  expect(response.statusCode).toBe(503);
  expect(response.json()).toMatchObject({
    code: 'schema_out_of_date',
    ...told,
    checks: [{ ok: true }, told],
  });
  await app.close();
});
