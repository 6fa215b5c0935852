import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createTestApp, type TestApp } from '../test-app.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { createKillableWorker, type KillableWorker } from '../workflows/killable-worker.ts';
import { chain, WorkflowClient } from '../workflows/workflow-world.ts';
import { toldTo } from './told.ts';

const kills = 4;
const runCount = 8;

let database: TestDatabase;
let api: TestApp;
let ada: WorkflowClient;
let worker: KillableWorker;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await createTestApp({ connectionString: database.connectionString, role: 'api', alone: false });
  worker = createKillableWorker(database.connectionString);
  ada = new WorkflowClient(api, await api.person());
});
afterAll(async () => {
  await worker?.kill();
  await api?.stop();
  await database?.drop();
});

const tell = (id: string) => ({
  id,
  type: 'tool',
  config: { tool: 'notifications.send', input: { title: `${id} {{run.id}}` } },
});
const drawn = chain([
  tell('before'),
  { id: 'rest', type: 'wait', config: { seconds: 0.3 } },
  tell('between'),
  { id: 'ask', type: 'approval', config: { title: 'Go on with {{run.id}}?' } },
]);

it('tells everything exactly once, however often workers are killed', async () => {
  const workflowId = await ada.create(drawn);
  const runs = await Promise.all(Array.from({ length: runCount }, () => ada.start(workflowId)));
  for (let killed = 0; killed < kills; killed += 1) {
    await worker.start();
    const before = (await toldTo(ada)).items.length;
    // In the middle of it: as soon as something more was told, or all is.
    await vi.waitFor(
      async () => {
        const { items } = await toldTo(ada);
        expect(items.length > before || items.length === 3 * runCount).toBe(true);
      },
      { timeout: 120_000, interval: 5 },
    );
    await worker.kill();
  }
  await worker.start();
  for (const id of runs) await ada.until(id, ['waiting']);
  const expected = runs.flatMap((id) => [
    `before ${id}`,
    `between ${id}`,
    `Your decision is needed: Go on with ${id}?`,
  ]);
  await vi.waitFor(
    async () =>
      expect((await toldTo(ada)).items.map((one) => one.title).toSorted()).toEqual(expected.toSorted()),
    { timeout: 120_000 },
  );
});
