import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FakeModelServer, startFakeModelServer } from '../../../test/peers/fake-model-server.ts';
import { createTestApp, type TestApp, type TestPerson } from '../../../test/test-app.ts';
import { announceModelChange } from './model-changes.ts';
import { withModelTables } from './models.tables.ts';

const apiKey = 'sk-never-to-be-seen';
let peer: FakeModelServer;
let testApp: TestApp;
let admin: TestPerson;
let member: TestPerson;

beforeAll(async () => {
  peer = await startFakeModelServer({ apiKey });
  testApp = await createTestApp();
  [admin, member] = await Promise.all([testApp.person('admin'), testApp.person('user')]);
});
afterAll(async () => {
  await testApp.stop();
  await peer.close();
});
beforeEach(async () => {
  peer.reset();
  const db = withModelTables(testApp.platform.db);
  await db.deleteFrom('model_slot_assignments').execute();
  await db.deleteFrom('model_providers').execute();
  announceModelChange(testApp.platform.bus);
});

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
interface Answer {
  status: number;
  body: Record<string, never> & {
    items: Record<string, unknown>[];
    id: string;
    code: string;
    detail: string;
  };
  text: string;
}

async function call(person: TestPerson, method: Method, url: string, payload?: object): Promise<Answer> {
  const response = await testApp.app.inject({
    method,
    url: `/api/v1/models${url}`,
    headers: person.headers,
    ...(payload ? { payload } : {}),
  });
  return { status: response.statusCode, body: response.json(), text: response.body };
}

async function addOllama(more: object = {}): Promise<string> {
  const payload = {
    kind: 'ollama',
    name: 'Home server',
    base_url: peer.url,
    allow_local: true,
    api_key: apiKey,
    ...more,
  };
  const added = await call(admin, 'POST', '/providers', payload);
  expect(added.status).toBe(201);
  return added.body.id;
}

async function pullEvents(
  pullId: string,
  afterSeq = 0,
): Promise<{ seq: number; type: string; data: Record<string, unknown> }[]> {
  const response = await testApp.app.inject({
    method: 'GET',
    url: `/api/v1/models/pulls/${pullId}/events?after_seq=${afterSeq}`,
    headers: member.headers,
  });
  return [...response.body.matchAll(/id: (\d+)\nevent: (\w+)\ndata: (.*)\n/g)].map((match) => ({
    seq: Number(match[1]),
    type: match[2] ?? '',
    data: JSON.parse(match[3] ?? '') as Record<string, unknown>,
  }));
}

describe('providers', () => {
  test('an added provider was asked for its version and shows its health', async () => {
    await addOllama();
    const { body } = await call(member, 'GET', '/providers');
    expect(body.items).toMatchObject([
      { name: 'Home server', has_api_key: true, health: { state: 'ok', version: '0.12.6' } },
      { id: 'builtin', kind: 'builtin', base_url: null },
    ]);
  });

  test('S34: a local address needs the explicit permission, and the field is named', async () => {
    const payload = { kind: 'ollama', name: 'Home', base_url: peer.url };
    const refused = await call(admin, 'POST', '/providers', payload);
    expect(refused.status).toBe(422);
    expect(refused.body).toMatchObject({
      code: 'models.address_not_allowed',
      reason: 'local',
      params: { address: '127.0.0.1' },
      errors: [{ field: 'base_url' }],
    });
  });

  test('S34: a metadata address is refused even with the permission', async () => {
    const payload = { kind: 'ollama', name: 'Cloud', base_url: 'http://169.254.169.254', allow_local: true };
    expect((await call(admin, 'POST', '/providers', payload)).body.code).toBe('models.address_not_allowed');
  });

  test('a server that is off may be added; its health says what is wrong', async () => {
    await peer.refuse();
    const payload = { kind: 'ollama', name: 'Asleep', base_url: peer.url, allow_local: true };
    const added = await call(admin, 'POST', '/providers', payload);
    await peer.accept();
    expect(added.body).toMatchObject({ health: { state: 'error', code: 'models.refused' } });
  });

  test('what is wrong is kept with its values, and forgotten when the server is well again', async () => {
    await peer.refuse();
    const id = await addOllama();
    const healthOf = async () => (await call(member, 'GET', '/providers')).body.items[0]?.health;
    expect(await healthOf()).toMatchObject({
      detail: 'Home server refused the connection. Is the server running at its address?',
      reason: 'provider',
      params: { provider: 'Home server' },
    });
    await peer.accept();
    await call(admin, 'POST', `/providers/${id}/test`);
    expect(await healthOf()).toEqual({
      state: 'ok',
      code: null,
      detail: null,
      version: '0.12.6',
      checked_at: expect.any(String),
    });
  });

  test('a failure that was kept before values were says whether its sentence is the one of its code', async () => {
    await addOllama();
    const { db } = testApp.platform;
    const keep = (detail: string) =>
      withModelTables(db)
        .updateTable('model_providers')
        .set({ health_state: 'error', health_code: 'models.timeout', health_detail: detail })
        .execute();
    const healthOf = async () => (await call(member, 'GET', '/providers')).body.items[0]?.health;
    await keep('Home server did not answer in time.');
    expect(await healthOf()).toMatchObject({ code: 'models.timeout', reason: 'other' });
    await keep('The model did not answer in time.');
    expect(await healthOf()).not.toHaveProperty('reason');
  });

  test('two providers cannot have one name', async () => {
    await addOllama();
    const again = { kind: 'ollama', name: 'Home server', base_url: peer.url, allow_local: true };
    expect(await call(admin, 'POST', '/providers', again)).toMatchObject({
      status: 409,
      body: { code: 'models.provider_name_taken' },
    });
  });

  test('S40: the key is in no answer and not readable in the database', async () => {
    const id = await addOllama();
    const answers = await Promise.all([
      call(admin, 'GET', '/providers'),
      call(admin, 'PATCH', `/providers/${id}`, { name: 'Renamed' }),
      call(admin, 'POST', `/providers/${id}/test`),
      call(admin, 'GET', ''),
    ]);
    for (const answer of answers) expect(answer.text).not.toContain(apiKey);
    const rows = await withModelTables(testApp.platform.db)
      .selectFrom('model_providers')
      .selectAll()
      .execute();
    expect(JSON.stringify(rows)).not.toContain(apiKey);
    expect(peer.requests.every((request) => request.headers.authorization === `Bearer ${apiKey}`)).toBe(true);
  });

  test('a key does not follow a provider to another server', async () => {
    const id = await addOllama();
    const elsewhere = await startFakeModelServer();
    const moved = await call(admin, 'PATCH', `/providers/${id}`, { base_url: elsewhere.url });
    expect(moved).toMatchObject({ status: 422, body: { code: 'models.key_for_other_server' } });
    const withoutKey = await call(admin, 'PATCH', `/providers/${id}`, {
      base_url: elsewhere.url,
      api_key: null,
    });
    expect(withoutKey.body).toMatchObject({ has_api_key: false, health: { state: 'ok' } });
    expect(elsewhere.requests.map((request) => request.headers.authorization)).toEqual([undefined]);
    await elsewhere.close();
  });

  test('a wrong key is named by the test', async () => {
    const id = await addOllama({ api_key: 'wrong' });
    const tested = await call(admin, 'POST', `/providers/${id}/test`);
    expect(tested.body).toMatchObject({ health: { state: 'error', code: 'models.unauthorized' } });
  });

  test('unknown keys, kinds and ids are refused clearly', async () => {
    const valid = { kind: 'ollama', name: 'X', base_url: peer.url };
    expect((await call(admin, 'POST', '/providers', { ...valid, extra: 1 })).status).toBe(422);
    expect((await call(admin, 'POST', '/providers', { ...valid, kind: 'builtin' })).status).toBe(422);
    expect((await call(admin, 'POST', '/providers', { ...valid, base_url: 'ftp://x' })).status).toBe(422);
    expect((await call(admin, 'PATCH', '/providers/nonsense', { name: 'Y' })).status).toBe(404);
  });
});

describe('models and slots', () => {
  test('lists models with what they can do, the built-in engine among them', async () => {
    await addOllama();
    const { body } = await call(member, 'GET', '?capability=chat');
    expect(body.items.map((model) => model.model)).toEqual([
      'tiny-chat:latest',
      'thinker:latest',
      'extractive',
    ]);
    expect(body.items[0]).toMatchObject({ context_length: 8192, loaded: true, size_bytes: 1_200_000_000 });
  });

  test('a provider that is down is named beside the models of the others', async () => {
    await addOllama();
    await addOllama({ name: 'Down', base_url: 'http://127.0.0.1:9' });
    const { body, status } = await call(member, 'GET', '');
    expect(status).toBe(200);
    expect(body.items.length).toBe(4);
    expect(body).toMatchObject({ unreachable: [{ code: 'models.refused' }] });
  });

  test('nothing is assigned by itself; the reason says what to do', async () => {
    const before = (await call(member, 'GET', '/slots')).body.items[0];
    expect(before).toMatchObject({ slot: 'chat', assignment: null, effective: { provider_kind: 'builtin' } });
    expect(before?.reason).toContain('No model server is connected');
    await addOllama();
    const after = (await call(member, 'GET', '/slots')).body.items[0];
    expect(after).toMatchObject({ assignment: null });
    expect(after?.reason).toContain('Choose one of the models of Home server');
  });

  test('an assigned chat model does the titles too', async () => {
    const id = await addOllama();
    const choice = { provider_id: id, model: 'tiny-chat:latest' };
    expect((await call(admin, 'PUT', '/slots/chat', choice)).body).toMatchObject({ assignment: choice });
    const [chat, embedding, title] = (await call(member, 'GET', '/slots')).body.items;
    expect(chat).toMatchObject({ effective: { label: 'tiny-chat:latest · Home server' } });
    expect(embedding).toMatchObject({ effective: { provider_kind: 'builtin', model: 'none' } });
    expect(title).toMatchObject({
      assignment: null,
      effective: { model: 'tiny-chat:latest' },
      reason: 'Uses the chat model.',
    });
    const cleared = await call(admin, 'PUT', '/slots/chat', { provider_id: null, model: null });
    expect(cleared.body).toMatchObject({ assignment: null, effective: { provider_kind: 'builtin' } });
  });

  test('a model that is not there or cannot do the job is refused', async () => {
    const id = await addOllama();
    const assign = (slot: string, model: string): Promise<Answer> =>
      call(admin, 'PUT', `/slots/${slot}`, { provider_id: id, model });
    expect((await assign('chat', 'nobody')).body.code).toBe('models.model_not_found');
    expect((await assign('chat', 'embedder:latest')).body.code).toBe('models.wrong_capability');
    expect((await assign('embedding', 'tiny-chat:latest')).body.code).toBe('models.wrong_capability');
    expect((await assign('embedding', 'embedder:latest')).status).toBe(200);
  });

  test('a removed provider takes its assignments with it, and the slot says so', async () => {
    const id = await addOllama();
    await call(admin, 'PUT', '/slots/chat', { provider_id: id, model: 'tiny-chat:latest' });
    expect((await call(admin, 'DELETE', `/providers/${id}`)).status).toBe(200);
    const chat = (await call(member, 'GET', '/slots')).body.items[0];
    expect(chat).toMatchObject({ assignment: null, effective: { provider_kind: 'builtin' } });
    expect(chat?.reason).toContain('Home server, whose model did this job, was removed');
    expect((await call(admin, 'DELETE', `/providers/${id}`)).status).toBe(404);
  });
});

describe('downloads', () => {
  test('a download reports its progress as numbered events and ends with the model ready', async () => {
    const id = await addOllama();
    const pull = await call(admin, 'POST', `/providers/${id}/pull`, { model: 'new-chat:1b' });
    expect(pull).toMatchObject({ status: 202, body: { status: 'running', model: 'new-chat:1b' } });
    const events = await pullEvents(pull.body.id);
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.at(-1)).toMatchObject({
      type: 'end',
      data: { status: 'done', completed_bytes: 1_000_000 },
    });
    expect(await pullEvents(pull.body.id, events.length - 1)).toHaveLength(1);
    expect((await call(member, 'GET', '')).text).toContain('new-chat:1b');
    expect((await call(member, 'GET', '/pulls')).body.items[0]).toMatchObject({ status: 'done' });
  });

  test.each([
    ['missing', {}, 'models.model_not_found'],
    [
      'fails:1b',
      { path: '/api/pull', errorAfter: 2, errorMessage: 'no space left on device' },
      'models.interrupted',
    ],
    ['cut:1b', { path: '/api/pull', dropAfter: 2 }, 'models.interrupted'],
    ['short:1b', { path: '/api/pull', truncateAfter: 2 }, 'models.bad_response'],
  ])('the download of %s ends as failed and says why', async (model, behaviour, code) => {
    const id = await addOllama();
    peer.script(behaviour);
    const pull = await call(admin, 'POST', `/providers/${id}/pull`, { model });
    const end = (await pullEvents(pull.body.id)).at(-1);
    const error = { code, reason: expect.not.stringMatching(/^other$/), params: { provider: 'Home server' } };
    expect(end).toMatchObject({ type: 'end', data: { status: 'failed', error } });
  });

  test('a download can be cancelled, and the connection to the server closes', async () => {
    const id = await addOllama();
    peer.script({ path: '/api/pull', stallAfter: 3 });
    const pull = await call(admin, 'POST', `/providers/${id}/pull`, { model: 'big:70b' });
    await peer.until((request) => request.path === '/api/pull');
    const again = await call(admin, 'POST', `/providers/${id}/pull`, { model: 'big:70b' });
    expect(again.body.id).toBe(pull.body.id);
    expect((await call(admin, 'DELETE', `/pulls/${pull.body.id}`)).status).toBe(202);
    expect((await pullEvents(pull.body.id)).at(-1)).toMatchObject({
      type: 'end',
      data: { status: 'cancelled' },
    });
    await peer.until((request) => request.path === '/api/pull' && request.state === 'cut');
  });

  test('an OpenAI-compatible server downloads nothing', async () => {
    const id = await addOllama({ kind: 'openai', name: 'Other', base_url: `${peer.url}/v1` });
    const pull = await call(admin, 'POST', `/providers/${id}/pull`, { model: 'x' });
    expect(pull).toMatchObject({ status: 422, body: { code: 'models.pull_not_supported' } });
  });
});

test.each([
  ['POST', '/providers', { kind: 'ollama', name: 'X', base_url: 'http://127.0.0.1:1' }],
  ['PATCH', '/providers/{provider}', { name: 'Y' }],
  ['DELETE', '/providers/{provider}', undefined],
  ['POST', '/providers/{provider}/test', undefined],
  ['POST', '/providers/{provider}/pull', { model: 'x' }],
  ['DELETE', '/pulls/{provider}', undefined],
  ['PUT', '/slots/chat', { provider_id: null, model: null }],
] as const)('refuses %s %s to a person without the rank', async (method, url, payload) => {
  const id = await addOllama();
  const refused = await call(member, method, url.replace('{provider}', id), payload);
  expect(refused.status).toBe(403);
});
