import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ModelsWorld, openModelsWorld } from './models-world.ts';

let world: ModelsWorld;
beforeAll(async () => {
  world = await openModelsWorld();
});
afterAll(() => world.stop());

const at = (rest: string, providerId = world.providerId): string => `/models/providers/${providerId}/${rest}`;

test('shows what a model can do', async () => {
  const { body } = await world.call(world.member, 'GET', at('model?model=seer:latest'));
  expect(body).toMatchObject({
    capabilities: ['chat', 'vision'],
    context_length: 8_192,
    family: 'fake',
    parameter_size: '1B',
  });
  const missing = await world.call(world.member, 'GET', at('model?model=nobody'));
  expect(missing.body.code).toBe('models.model_not_found');
});

test('shows what is in memory, loads a model and takes it out again', async () => {
  const before = await world.call(world.member, 'GET', at('running'));
  expect(before.body.items).toMatchObject([{ model: 'tiny-chat:latest', vram_bytes: 1_200_000_000 }]);
  const loaded = await world.call(world.admin, 'POST', at('keep-alive'), {
    model: 'seer:latest',
    keep_alive: '10m',
  });
  expect(loaded.body.items.map((one) => one.model)).toEqual(['tiny-chat:latest', 'seer:latest']);
  const unloaded = await world.call(world.admin, 'POST', at('keep-alive'), {
    model: 'tiny-chat:latest',
    keep_alive: '0',
  });
  expect(unloaded.body.items.map((one) => one.model)).toEqual(['seer:latest']);
  const sent = world.peer.requests.filter((one) => one.path === '/api/generate').map((one) => one.body);
  expect(sent).toMatchObject([{ keep_alive: '10m' }, { keep_alive: 0 }]);
});

test('removes a model from the disk of its server', async () => {
  expect((await world.call(world.admin, 'DELETE', at('model?model=thinker:latest'))).status).toBe(200);
  const { body } = await world.call(world.member, 'GET', '/models');
  expect(body.items.map((one) => one.model)).not.toContain('thinker:latest');
});

test('a provider shows how busy it is, and takes as many requests at once as it is given', async () => {
  await world.call(world.admin, 'PATCH', `/models/providers/${world.providerId}`, { max_concurrent: 2 });
  const { body } = await world.call(world.member, 'GET', '/models/providers');
  expect(body.items[0]).toMatchObject({
    max_concurrent: 2,
    traffic: { running: 0, waiting: 0, max_running: 2, breaker: { state: 'closed', retry_at: null } },
  });
});

test('only Ollama servers let their models be looked after', async () => {
  const added = await world.call(world.admin, 'POST', '/models/providers', {
    kind: 'openai',
    name: 'Other',
    base_url: `${world.peer.url}/v1`,
    allow_local: true,
  });
  const asked = await world.call(world.admin, 'GET', at('running', String(added.body.id)));
  expect(asked).toMatchObject({ status: 422, body: { code: 'models.care_not_supported' } });
});

test.each([
  ['DELETE', 'model?model=tiny-chat:latest', undefined],
  ['POST', 'keep-alive', { model: 'tiny-chat:latest', keep_alive: '0' }],
] as const)('refuses %s %s to a person without the rank', async (method, url, payload) => {
  expect((await world.call(world.member, method, at(url), payload)).status).toBe(403);
});
