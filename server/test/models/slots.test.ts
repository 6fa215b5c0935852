import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { TestPerson } from '../test-app.ts';
import { type Answer, type ModelsWorld, openModelsWorld } from './models-world.ts';

let world: ModelsWorld;
beforeAll(async () => {
  world = await openModelsWorld();
});
afterAll(() => world.stop());
beforeEach(async () => {
  for (const level of ['system', 'role', 'person', 'conversation'])
    await sql`delete from model_slot_assignments where level = ${level}`.execute(world.testApp.platform.db);
});

const pick = (model: string, more: object = {}) => ({ provider_id: world.providerId, model, ...more });
const tiny = () => pick('tiny-chat:latest');
const thinker = () => pick('thinker:latest');
const put = (person: TestPerson, at: string, body: object): Promise<Answer> =>
  world.call(person, 'PUT', `/models/slots/${at}`, body);

async function seen(person: TestPerson, slot: string, query = '?for=me'): Promise<Record<string, unknown>> {
  const { body } = await world.call(person, 'GET', `/models/slots${query}`);
  const found = body.items.find((one) => one.slot === slot);
  if (!found) throw new Error(`no slot ${slot}: ${JSON.stringify(body)}`);
  return found;
}

describe('levels', () => {
  test('every declared slot is listed with its group, its sentence and the slot it falls back to', async () => {
    const { body } = await world.call(world.member, 'GET', '/models/slots');
    expect(body.items.length).toBeGreaterThanOrEqual(25);
    expect(await seen(world.member, 'plan_check')).toMatchObject({
      group: 'agents',
      parent: 'planning',
      effective: { provider_kind: 'builtin' },
      source: null,
    });
  });

  test('role wins over system, person over role, conversation over person; each says where it is from', async () => {
    const conversation = await world.conversation(world.member);
    await put(world.admin, 'chat', tiny());
    expect(await seen(world.member, 'chat')).toMatchObject({
      assignment: null,
      source: { level: 'system', slot: 'chat' },
      reason: 'Chosen by an administrator.',
    });
    await put(world.admin, 'chat/roles/user', thinker());
    expect(await seen(world.member, 'summary')).toMatchObject({
      effective: { model: 'thinker:latest' },
      source: { level: 'role', slot: 'chat' },
    });
    expect(await seen(world.admin, 'chat')).toMatchObject({ source: { level: 'system' } });
    await put(world.member, 'chat/me', pick('seer:latest'));
    expect(await seen(world.member, 'chat')).toMatchObject({
      assignment: pick('seer:latest'),
      source: { level: 'person', slot: 'chat' },
      reason: 'Chosen by you.',
    });
    expect(await seen(world.other, 'chat')).toMatchObject({ source: { level: 'role' } });
    await put(world.member, `chat/conversations/${conversation}`, tiny());
    const query = `?for=conversation&conversation_id=${conversation}`;
    expect(await seen(world.member, 'chat', query)).toMatchObject({
      effective: { model: 'tiny-chat:latest' },
      source: { level: 'conversation', slot: 'chat' },
    });
    expect((await seen(world.member, 'chat')).source).toEqual({ level: 'person', slot: 'chat' });
    const cleared = await world.call(world.member, 'DELETE', '/models/slots/chat/me');
    expect(cleared.body).toMatchObject({ assignment: null, source: { level: 'role' } });
  });

  test('fall-backs and options are kept, shown and put together', async () => {
    const options = { temperature: 0.2, context_tokens: 4_096, keep_alive: '10m', system_prefix: 'Be kind.' };
    await put(world.admin, 'chat', { ...tiny(), fallbacks: [thinker()], options });
    await put(world.member, 'chat/me', { provider_id: null, model: null, options: { temperature: 0.9 } });
    expect(await seen(world.member, 'chat')).toMatchObject({
      assignment: null,
      options: { temperature: 0.9 },
      effective: {
        model: 'tiny-chat:latest',
        fallbacks: [{ model: 'thinker:latest', label: 'thinker:latest · Home server' }],
        options: { ...options, temperature: 0.9 },
      },
    });
    const one = await world.call(world.member, 'GET', '/models/slots/chat');
    expect(one.body).toMatchObject({ fallbacks: [thinker()], options });
  });

  test('nobody gets past a locked choice, and it is said', async () => {
    await put(world.admin, 'chat/roles/user', { ...tiny(), locked: true });
    expect(await put(world.member, 'chat/me', thinker())).toMatchObject({
      status: 403,
      body: { code: 'models.slot_locked' },
    });
    expect(await seen(world.member, 'chat')).toMatchObject({ locked_by: 'role' });
    expect((await put(world.admin, 'chat/me', thinker())).status).toBe(200);
  });

  test('what is searched with is one for everybody, pictures want eyes, and fall-backs are looked at too', async () => {
    expect((await put(world.member, 'embedding/me', pick('embedder:latest'))).body.code).toBe(
      'models.slot_for_all_only',
    );
    expect((await put(world.admin, 'vision', tiny())).body.code).toBe('models.wrong_capability');
    expect((await put(world.admin, 'vision', pick('seer:latest'))).status).toBe(200);
    const blind = { ...tiny(), fallbacks: [pick('embedder:latest')] };
    expect((await put(world.admin, 'chat', blind)).body).toMatchObject({
      code: 'models.wrong_capability',
      errors: [{ field: 'fallbacks' }],
    });
  });

  test('options beyond reason and unknown slots are refused', async () => {
    expect((await put(world.admin, 'chat', { ...tiny(), options: { temperature: 3 } })).status).toBe(422);
    expect((await put(world.admin, 'chat', { ...tiny(), options: { top_p: 1 } })).status).toBe(422);
    expect((await put(world.admin, 'chat', { ...tiny(), options: { keep_alive: 'long' } })).status).toBe(422);
    expect((await put(world.admin, 'nonsense', tiny())).body.code).toBe('models.slot_not_found');
  });
});

describe('use', () => {
  test('an answer is written by the model that the person chose, and counted as theirs', async () => {
    await put(world.admin, 'chat', tiny());
    await put(world.member, 'chat/me', thinker());
    const resolved = await gatewayModel(world.member);
    expect(resolved).toMatchObject({ model: 'thinker:latest', source: { level: 'person' } });
    expect(await gatewayModel(world.other)).toMatchObject({ model: 'tiny-chat:latest' });
  });

  test('an answer is written by what was chosen for the role, or for the conversation itself', async () => {
    await put(world.admin, 'chat', tiny());
    await put(world.admin, 'chat/roles/user', thinker());
    expect(await modelOf(world.other, {})).toBe('thinker:latest');
    expect(await modelOf(world.admin, {})).toBe('tiny-chat:latest');
    const id = await world.conversation(world.other);
    await put(world.other, `chat/conversations/${id}`, pick('seer:latest'));
    expect(await modelOf(world.other, {}, id)).toBe('seer:latest');
    expect(await modelOf(world.other, {})).toBe('thinker:latest');
  });

  test('a model that a question brings along does not get past a locked choice', async () => {
    await put(world.admin, 'chat/roles/user', { ...tiny(), locked: true });
    expect(await modelOf(world.member, { model: thinker() })).toBe('tiny-chat:latest');
    expect(await modelOf(world.admin, { model: thinker() })).toBe('thinker:latest');
  });

  /** The model that is asked for an answer to this person. */
  async function modelOf(person: TestPerson, more: object, conversationId?: string): Promise<string> {
    world.peer.reset();
    const id = conversationId ?? (await world.conversation(person));
    const asked = await world.testApp.app.inject({
      method: 'POST',
      url: `/api/v1/conversations/${id}/messages`,
      headers: { ...person.headers, 'idempotency-key': uuidv7() },
      payload: { content: 'hello', ...more },
    });
    expect(asked.statusCode, asked.body).toBeLessThan(300);
    const { body } = await world.peer.until((one) => one.path === '/api/chat');
    return (body as { model: string }).model;
  }

  /** What the answer to a question of this person is written by, as the stream says. */
  async function gatewayModel(person: TestPerson): Promise<Record<string, unknown>> {
    const slot = await seen(person, 'chat');
    const id = await world.conversation(person);
    const asked = await world.testApp.app.inject({
      method: 'POST',
      url: `/api/v1/conversations/${id}/messages`,
      headers: { ...person.headers, 'idempotency-key': uuidv7() },
      payload: { content: 'hello' },
    });
    expect(asked.statusCode, asked.body).toBeLessThan(300);
    const { model } = slot.effective as { model: string };
    const wasAsked = await world.peer.until(
      (one) => one.path === '/api/chat' && (one.body as { model: string }).model === model,
    );
    return { model: (wasAsked.body as { model: string }).model, source: slot.source };
  }
});

describe('refusals', () => {
  test.each([
    ['PUT', '/models/slots/chat', true],
    ['DELETE', '/models/slots/chat', false],
    ['GET', '/models/slots/chat/roles/user', false],
    ['PUT', '/models/slots/chat/roles/user', true],
    ['DELETE', '/models/slots/chat/roles/user', false],
    ['GET', '/models/slots?for=role&role=user', false],
  ] as const)('%s %s is for administrators', async (method, url, withBody) => {
    const { status } = await world.call(world.member, method, url, withBody ? tiny() : undefined);
    expect(status).toBe(403);
  });

  test.each(['GET', 'PUT', 'DELETE'] as const)(
    'S30: %s for a conversation of somebody else answers as for one that does not exist',
    async (method) => {
      const conversation = await world.conversation(world.other);
      const ask = (id: string): Promise<Answer> =>
        world.call(
          world.member,
          method,
          `/models/slots/chat/conversations/${id}`,
          method === 'PUT' ? tiny() : undefined,
        );
      const [theirs, unknown, nonsense] = await Promise.all([ask(conversation), ask(uuidv7()), ask('x')]);
      for (const answer of [theirs, unknown, nonsense])
        expect(answer).toMatchObject({ status: 404, body: { code: 'models.conversation_not_found' } });
    },
  );

  test('S30: the list for a conversation of somebody else is not to be had', async () => {
    const id = await world.conversation(world.other);
    const asked = await world.call(
      world.admin,
      'GET',
      `/models/slots?for=conversation&conversation_id=${id}`,
    );
    expect(asked.status).toBe(404);
  });
});
