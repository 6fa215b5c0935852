import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type FakeModelServer, startFakeModelServer } from '../peers/fake-model-server.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { connectModel, definition, WorkflowClient } from './workflow-world.ts';

const models = ['tiny-chat:latest', 'other-chat:latest'] as const;

let app: TestApp;
let peer: FakeModelServer;
let ada: WorkflowClient;
let provider: string;

beforeAll(async () => {
  const completion = { capabilities: ['completion' as const], sizeBytes: 1_000, contextLength: 8_192 };
  [app, peer] = await Promise.all([
    createTestApp(),
    startFakeModelServer({ models: models.map((name) => ({ name, ...completion })) }),
  ]);
  provider = (await connectModel(app, peer.url)).provider_id;
  ada = new WorkflowClient(app, await app.person());
});
afterEach(() => peer.reset());
afterAll(async () => {
  await app.stop();
  await peer.close();
});

const ask = (id: string, model: string, prompt = id) => ({
  id,
  type: 'prompt',
  config: { prompt, model: { provider_id: provider, model } },
});
/** The models in the order in which they were asked, and how often the server had to load another one. */
const asked = () =>
  peer.requests
    .filter(({ path }) => path === '/api/chat')
    .map(({ body }) => String((body as { model: string }).model));
const swaps = () => asked().filter((model, index, all) => index > 0 && model !== all[index - 1]).length;

describe('a server that holds one model at a time', () => {
  it('is asked model by model where branches are free in their order', async () => {
    peer.script({ path: '/api/chat', tokens: 5 });
    // Nothing is answered before all that ask the first model have asked.
    peer.script({ path: '/api/chat', tokens: 5, gateAfter: 1, times: 4 });
    const branches = Array.from({ length: 8 }, (_, index) => ask(`b${index}`, models[index % 2] ?? ''));
    const drawn = definition(
      [{ id: 'fork', type: 'parallel' }, ...branches, { id: 'join', type: 'join' }],
      ['start>fork', ...branches.flatMap(({ id }) => [`fork>${id}`, `${id}>join`])],
    );
    const run = await ada.start(await ada.create(drawn));
    await expect.poll(() => asked().length).toBe(4);
    const status = async () => {
      peer.release();
      return (await ada.run(run)).status;
    };
    await expect.poll(status).toBe('succeeded');
    expect(asked()).toHaveLength(8);
    expect(swaps()).toBe(1);
  });

  it('swaps once for several items of a loop that ask two models each, not once for each question', async () => {
    peer.script({ path: '/api/chat', tokens: 5, gateAfter: 1 });
    const loop = definition(
      [
        { id: 'each', type: 'loop', config: { items: '{{input.list}}', max_parallel: 4 } },
        ask('one', models[0], 'One {{item}}'),
        ask('two', models[1], 'Two {{item}}'),
      ],
      ['start>each', 'each:each>one', 'one>two'],
    );
    const run = await ada.start(await ada.create(loop), { list: [1, 2, 3, 4, 5, 6, 7, 8] });
    // Four items at a time: one, two, one, two.
    for (let wave = 0; wave < 4; wave += 1) {
      await peer.held(4);
      peer.release();
    }
    expect(await ada.until(run)).toMatchObject({ status: 'succeeded' });
    expect(asked()).toHaveLength(16);
    expect(swaps()).toBe(3);
  });

  it('does not wait for a branch that gave up', async () => {
    // It was asked last, so its turn comes first.
    peer.script({ path: '/api/chat', model: models[1], stallAfter: 1, tokens: 5 });
    const slow = { ...ask('slow', models[1]), timeout_seconds: 1 };
    const run = await ada.finish(
      definition(
        [{ id: 'fork', type: 'parallel' }, slow, ask('other', models[0]), { id: 'join', type: 'join' }],
        ['start>fork', 'fork>slow', 'fork>other', 'slow>join', 'slow:error>join', 'other>join'],
      ),
    );
    expect(run).toMatchObject({ status: 'succeeded', output: { slow: { code: 'workflows.step_timeout' } } });
    expect(asked()).toContain(models[0]);
  });
});
