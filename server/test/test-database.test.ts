import pg from 'pg';
import { expect, test } from 'vitest';
import { createTestDatabase } from './test-database.ts';

test('a test database has the migrations applied and is apart from others', async () => {
  const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  const client = new pg.Client({ connectionString: one.connectionString });
  await client.connect();
  const { rows } = await client.query('select count(*)::int as n from schema_migrations');
  expect(rows[0].n).toBeGreaterThan(0);
  expect(other.connectionString).not.toBe(one.connectionString);
  await client.end();
  await Promise.all([one.drop(), other.drop()]);
});
