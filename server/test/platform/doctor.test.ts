import { execFile } from 'node:child_process';
import path from 'node:path';
import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuditTrail } from '../../src/features/audit/index.ts';
import { signedIn } from '../identity/client.ts';
import { createTestApp, type TestApp, testMasterSecret } from '../test-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ guard: 'real', role: 'api' });
});
afterAll(() => app.stop());

const main = path.resolve(import.meta.dirname, '../../src/main.ts');

function doctor(): Promise<{ status: number; output: string }> {
  const env = {
    PATH: process.env.PATH,
    AIWFE_DATA_DIR: app.dataDir,
    DATABASE_URL: app.connectionString,
    SECRET_KEY: testMasterSecret,
    PORT: '0',
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [main, 'doctor'], { env }, (error, output) =>
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, output }),
    );
  });
}

describe('S39: doctor verifies the evidence', () => {
  test('finds an intact chain, and names the first event that was changed', async () => {
    const { db, keys, log } = app.platform;
    await signedIn(app, 'evidence@example.org');
    const trail = createAuditTrail({ db, keys, log });
    // The app seals as well: who comes meanwhile seals nothing.
    while ((await trail.verify()).waiting > 0) await trail.seal();
    const intact = await doctor();
    expect(intact.output).toMatch(/ok +audit trail +\d+ events are sealed and unchanged, 0 wait\./);
    expect(intact.status).toBe(0);

    await db.executeQuery(
      CompiledQuery.raw('alter table audit_events disable trigger audit_events_append_only'),
    );
    const { rows } = await db.executeQuery<{ id: string }>(
      CompiledQuery.raw("update audit_events set outcome = 'failure' where action = 'sign_in' returning id"),
    );
    const broken = await doctor();
    expect(broken.output).toMatch(new RegExp(`FAILED +audit trail .*event ${rows[0]?.id} at position \\d+`));
    expect(broken.status).toBe(1);
  });
});
