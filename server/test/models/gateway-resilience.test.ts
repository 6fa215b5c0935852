import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createStepModels } from '../../src/features/workflows/gateway-models.ts';
import { QuotaExceeded, type UsageEntry } from '../../src/platform/models/index.ts';
import { collect, type GatewayWorld, openGatewayWorld, request } from './gateway-world.ts';

let world: GatewayWorld;
beforeAll(async () => {
  world = await openGatewayWorld();
});
afterAll(() => world.stop());
beforeEach(() => world.renew());

const path = '/api/chat';
const tiny = { providerId: 'ollama', model: 'tiny-chat:latest' };
const thinker = { providerId: 'ollama', model: 'thinker:latest' };

describe('fall-backs', () => {
  beforeEach(() => {
    world.assignments.chat = {
      ...tiny,
      fallbacks: [{ providerId: 'ollama', model: 'gone' }, thinker],
      source: { level: 'role', slot: 'chat' },
    };
  });

  test('the next model answers when the first fails before its first word, and it is said', async () => {
    world.peer.script({ path, model: tiny.model, status: 500 });
    const model = await world.gateway.resolve('chat');
    expect(model).toMatchObject({ ...tiny, source: { level: 'role', slot: 'chat' } });
    const { events, error } = await collect(world.gateway, request(model));
    expect(error).toBeUndefined();
    expect(events.filter((event) => event.type === 'fallback')).toMatchObject([
      { model: { model: 'gone' }, because: { code: 'models.bad_response' } },
      { model: { model: 'thinker:latest' }, because: { code: 'models.model_not_found' } },
    ]);
    expect(events.at(-1)).toMatchObject({ type: 'finish' });
  });

  test('nobody takes over in the middle of an answer', async () => {
    world.peer.script({ path, model: tiny.model, tokens: 5, errorAfter: 2 });
    const { events, error } = await collect(world.gateway, request(await world.gateway.resolve('chat')));
    expect(error).toMatchObject({ code: 'models.interrupted' });
    expect(events.some((event) => event.type === 'fallback')).toBe(false);
  });

  test('when all fail, the last failure is told', async () => {
    world.peer.script({ path, status: 503 });
    const { error } = await collect(world.gateway, request(await world.gateway.resolve('chat')));
    expect(error).toMatchObject({ code: 'models.unreachable' });
  });

  test('a model whose provider is switched off is passed over', async () => {
    world.assignments.chat = { providerId: 'openai', model: 'tiny-chat:latest', fallbacks: [thinker] };
    world.providers = world.providers.map((one) => ({ ...one, enabled: one.kind === 'ollama' }));
    expect(await world.gateway.resolve('chat')).toMatchObject(thinker);
    world.providers = world.providers.map((one) => ({ ...one, enabled: false }));
    await expect(world.gateway.resolve('chat')).rejects.toMatchObject({ code: 'models.model_not_found' });
  });
});

describe('options of a slot', () => {
  test('go along with the request, and the request may change them', async () => {
    const options = { temperature: 0.3, contextTokens: 32_768, keepAlive: '10m', systemPrefix: 'Be brief.' };
    world.assignments.chat = { ...thinker, options };
    const model = await world.gateway.resolve('chat');
    expect(model.contextTokens).toBe(32_768);
    const messages = [
      { role: 'system' as const, content: 'You help.' },
      { role: 'user' as const, content: 'hello' },
    ];
    await collect(world.gateway, { ...request(model), messages, options: { maxOutputTokens: 50 } });
    const body = world.peer.requests.findLast((one) => one.path === path)?.body;
    expect(body).toMatchObject({
      keep_alive: '10m',
      options: { temperature: 0.3, num_ctx: 32_768, num_predict: 50 },
      messages: [{ role: 'system', content: 'Be brief.\n\nYou help.' }, { content: 'hello' }],
    });
  });

  test('a window larger than the model was built for is not asked for', async () => {
    world.assignments.chat = { ...tiny, options: { contextTokens: 1_000_000 } };
    expect((await world.gateway.resolve('chat')).contextTokens).toBe(8_192);
  });

  test('count for a model that the request chose as well', async () => {
    world.assignments.chat = { providerId: 'builtin', model: 'none', options: { temperature: 0.1 } };
    expect(await world.gateway.resolve('chat', tiny)).toMatchObject({
      options: { temperature: 0.1 },
      source: { level: 'choice' },
    });
  });
});

describe('a fixed job', () => {
  const job = { ownerId: 'ann', conversationId: null, slot: 'final_answer' as const };

  test('keeps its model, whatever the request or the person chose', async () => {
    world.assignments.chat = { ...tiny, fixed: true };
    expect(await world.gateway.resolve('chat', thinker)).toMatchObject(tiny);
    const source = { level: 'system' as const, slot: 'chat' as const };
    const preferred = { provider_id: thinker.providerId, model: thinker.model };
    const models = createStepModels(world.gateway);
    world.assignments.final_answer = { ...tiny, source };
    expect(await models.resolve({ ...job, preferred }, null)).toMatchObject(thinker);
    world.assignments.final_answer = { ...tiny, source, fixed: true };
    expect(await models.resolve({ ...job, preferred }, null)).toMatchObject(tiny);
    expect(await models.resolve({ ...job, preferred: null }, preferred)).toMatchObject(tiny);
  });

  test('that has no model stays with the built-in engine', async () => {
    world.assignments.chat = { providerId: 'builtin', model: 'none', fixed: true };
    expect(await world.gateway.resolve('chat', thinker)).toMatchObject({ providerKind: 'builtin' });
  });
});

describe('the breaker', () => {
  test('a server that fails again and again is left alone, then tried once', async () => {
    world.peer.script({ path, status: 500 });
    for (let count = 0; count < 5; count++) await world.ask('ollama');
    const asked = world.peer.requests.filter((one) => one.path === path).length;
    const refused = await world.ask('ollama');
    expect(refused.error).toMatchObject({ code: 'models.provider_resting' });
    expect(world.peer.requests.filter((one) => one.path === path)).toHaveLength(asked);
    const [ollama, openai] = world.providers;
    expect(ollama && world.gateway.traffic(ollama).breaker.state).toBe('open');
    expect(openai && world.gateway.traffic(openai).breaker.state).toBe('closed');
    world.clock.now += 15_000;
    world.peer.reset();
    expect((await world.ask('ollama')).error).toBeUndefined();
    expect(ollama && world.gateway.traffic(ollama).breaker.state).toBe('closed');
  });

  test('what is wrong with the request is not held against the server', async () => {
    world.peer.script({ path, status: 400, errorMessage: 'maximum context length is 10 tokens' });
    for (let count = 0; count < 6; count++)
      expect((await world.ask('ollama')).error).toMatchObject({ code: 'models.context_exceeded' });
  });

  test('an answer that its reader stops says neither that the server is well nor that it is not', async () => {
    const state = () => world.gateway.traffic(world.providers[0]!).breaker;
    world.peer.script({ path, status: 500 });
    for (let count = 0; count < 4; count++) await world.ask('ollama');
    world.peer.script({ path, tokens: 5, gateAfter: 0 });
    for (let count = 0; count < 2; count++) {
      world.peer.requests.length = 0;
      const stop = new AbortController();
      const asking = world.ask('ollama', { signal: stop.signal });
      await world.peer.until((one) => one.path === path);
      stop.abort(new Error('stopped by the person'));
      expect((await asking).error).toMatchObject({ message: 'stopped by the person' });
      expect(state()).toMatchObject({ state: 'closed', consecutiveFailures: 4 });
    }
    world.peer.script({ path, status: 500 });
    await world.ask('ollama');
    expect(state().state).toBe('open');
  });

  test('a test that finds the server well closes it', async () => {
    world.peer.script({ path, status: 500 });
    for (let count = 0; count < 5; count++) await world.ask('ollama');
    const [ollama] = world.providers;
    if (!ollama) throw new Error('no provider');
    await world.gateway.health(ollama, new AbortController().signal);
    expect(world.gateway.traffic(ollama).breaker.state).toBe('closed');
  });
});

describe('the line', () => {
  test('a provider takes as many at once as it was given, and the others are told their place', async () => {
    world.providers = world.providers.map((one) => ({ ...one, maxConcurrent: 1 }));
    world.peer.script({ path, tokens: 1, gateAfter: 0 });
    const model = await world.gateway.resolve('chat', tiny);
    const first = collect(world.gateway, request(model));
    await world.peer.until((one) => one.path === path);
    const second = collect(world.gateway, { ...request(model), fairnessKey: 'ann' });
    const third = collect(world.gateway, { ...request(model), fairnessKey: 'ben' });
    const [ollama] = world.providers;
    await expect
      .poll(() => ollama && world.gateway.traffic(ollama))
      .toMatchObject({
        running: 1,
        waiting: 2,
        maxRunning: 1,
      });
    world.peer.script({ path, tokens: 1 });
    world.peer.release();
    const positions = async (asked: typeof first): Promise<number[]> =>
      (await asked).events.flatMap((event) => (event.type === 'waiting' ? [event.position] : []));
    expect(await positions(first)).toEqual([]);
    expect(await positions(second)).toEqual([1]);
    expect(await positions(third)).toEqual([2, 1]);
  });

  test('a provider that is given more places takes the next of the line at once', async () => {
    const places = (maxConcurrent: number): void => {
      world.providers = world.providers.map((one) => ({ ...one, maxConcurrent }));
    };
    places(1);
    world.peer.script({ path, tokens: 1, gateAfter: 0 });
    const model = await world.gateway.resolve('chat', tiny);
    const asked = [collect(world.gateway, request(model))];
    await world.peer.until((one) => one.path === path);
    asked.push(collect(world.gateway, request(model)));
    const traffic = () => world.gateway.traffic(world.providers[0]!);
    await expect.poll(traffic).toMatchObject({ running: 1, waiting: 1 });
    places(2);
    expect(traffic()).toMatchObject({ running: 2, waiting: 0, maxRunning: 2 });
    await expect.poll(() => world.peer.requests.filter((one) => one.path === path)).toHaveLength(2);
    world.peer.release();
    for (const { error } of await Promise.all(asked)) expect(error).toBeUndefined();
  });

  test('who leaves the line makes room, and a place that came at the same moment is given back', async () => {
    world.providers = world.providers.map((one) => ({ ...one, maxConcurrent: 1 }));
    world.peer.script({ path, tokens: 1, gateAfter: 0 });
    const model = await world.gateway.resolve('chat', tiny);
    const first = collect(world.gateway, request(model));
    await world.peer.until((one) => one.path === path);
    for await (const event of world.gateway.streamChat(request(model))) {
      expect(event).toEqual({ type: 'waiting', position: 1 });
      break;
    }
    world.peer.release();
    await first;
    const [ollama] = world.providers;
    expect(ollama && world.gateway.traffic(ollama)).toMatchObject({ running: 0, waiting: 0 });
  });
});

describe('accounts', () => {
  test('every call is recorded with what it used, failed ones and estimates marked', async () => {
    const entries: UsageEntry[] = [];
    world.renew({ admit: async () => () => undefined, record: async (entry) => void entries.push(entry) });
    world.peer.script({ path: '/v1/chat/completions', tokens: 7 });
    await world.ask('openai', { userId: 'ann' });
    world.peer.script({ path: '/v1/chat/completions', tokens: 7, usage: 'none' });
    await world.ask('openai', { userId: 'ann' });
    world.peer.script({ path: '/v1/chat/completions', tokens: 7, errorAfter: 3 });
    await world.ask('openai', { userId: 'ann' });
    const common = { userId: 'ann', slot: 'chat', providerName: 'My openai', model: 'tiny-chat:latest' };
    expect(entries).toMatchObject([
      { ...common, promptTokens: 11, completionTokens: 7, estimated: false, failed: false },
      { ...common, estimated: true, failed: false },
      { ...common, estimated: true, failed: true },
    ]);
    expect(entries[1]?.completionTokens).toBeGreaterThan(0);
    expect(entries[2]?.completionTokens).toBeLessThan(entries[1]?.completionTokens ?? 0);
  });

  test('who may not ask is refused before the server hears of it, fall-backs or not', async () => {
    const admit = async (): Promise<never> => {
      throw QuotaExceeded.with();
    };
    world.renew({ admit, record: async () => undefined });
    world.assignments.chat = { ...tiny, fallbacks: [thinker] };
    const model = await world.gateway.resolve('chat');
    const { error, events } = await collect(world.gateway, { ...request(model), userId: 'ann' });
    expect(error).toMatchObject({ code: 'models.quota_exceeded' });
    expect(events).toEqual([]);
    expect(world.peer.requests.some((one) => one.path === path)).toBe(false);
  });

  test('what is stopped from outside is recorded as no failure, and nobody takes over', async () => {
    const entries: UsageEntry[] = [];
    world.renew({ admit: async () => () => undefined, record: async (entry) => void entries.push(entry) });
    world.assignments.chat = { ...tiny, fallbacks: [thinker] };
    world.peer.script({ path, stallAfter: 0 });
    const stop = new AbortController();
    const asking = collect(world.gateway, {
      ...request(await world.gateway.resolve('chat')),
      signal: stop.signal,
    });
    await world.peer.until((one) => one.path === path);
    stop.abort(new Error('stopped by the person'));
    const { error, events } = await asking;
    expect(error).toMatchObject({ message: 'stopped by the person' });
    expect(events).toEqual([]);
    expect(entries).toMatchObject([{ failed: false, model: tiny.model }]);
  });

  test('a call that never reached its server is in no books', async () => {
    const entries: UsageEntry[] = [];
    world.renew({ admit: async () => () => undefined, record: async (entry) => void entries.push(entry) });
    world.peer.script({ path, status: 500 });
    for (let count = 0; count < 5; count++) await world.ask('ollama');
    expect((await world.ask('ollama')).error).toMatchObject({ code: 'models.provider_resting' });
    expect(entries).toHaveLength(5);
  });

  test('what was set aside for a call is free again however it ends', async () => {
    const held = { tokens: 0 };
    const entries: UsageEntry[] = [];
    world.renew({
      async admit({ promptTokens }) {
        held.tokens += promptTokens;
        return () => {
          held.tokens -= promptTokens;
        };
      },
      record: async (entry) => void entries.push(entry),
    });
    world.assignments.embedding = { providerId: 'ollama', model: 'embedder:latest' };
    const signal = new AbortController().signal;
    const embed = () => world.gateway.embed({ texts: ['one', 'two'], userId: 'ann', signal });
    await world.ask('ollama', { userId: 'ann' });
    await embed();
    world.peer.script({ path, status: 500 });
    world.peer.script({ path: '/api/embed', status: 500 });
    expect((await world.ask('ollama', { userId: 'ann' })).error).toBeDefined();
    await expect(embed()).rejects.toMatchObject({ code: 'models.bad_response' });
    expect(held.tokens).toBe(0);
    const used = { userId: 'ann', slot: 'embedding', completionTokens: 0, estimated: true };
    const embedded = entries.filter((one) => one.slot === 'embedding');
    expect(embedded).toMatchObject([
      { ...used, failed: false },
      { ...used, failed: true, promptTokens: 0 },
    ]);
    expect(embedded[0]?.promptTokens).toBeGreaterThan(0);
  });

  test('texts that a person has embedded are within their quota, and rest with their provider', async () => {
    world.renew({
      async admit({ promptTokens }) {
        if (promptTokens > 100) throw QuotaExceeded.with();
        return () => undefined;
      },
      record: async () => undefined,
    });
    world.providers = world.providers.map((one) => ({ ...one, maxConcurrent: 1 }));
    world.assignments.embedding = { providerId: 'ollama', model: 'embedder:latest' };
    const signal = new AbortController().signal;
    const embed = (text: string) => world.gateway.embed({ texts: [text], userId: 'ann', signal });
    const asked = () => world.peer.requests.filter((one) => one.path === '/api/embed').length;
    await expect(embed('word '.repeat(1_000))).rejects.toMatchObject({ code: 'models.quota_exceeded' });
    expect(asked()).toBe(0);
    world.peer.script({ path: '/api/embed', status: 500 });
    // One place: each of them has given it back.
    for (let count = 0; count < 5; count++)
      await expect(embed('one')).rejects.toMatchObject({ code: 'models.bad_response' });
    await expect(embed('one')).rejects.toMatchObject({ code: 'models.provider_resting' });
    expect(asked()).toBe(5);
  });

  test('embedding that is stopped from outside is no failure of anybody', async () => {
    const entries: UsageEntry[] = [];
    world.renew({ admit: async () => () => undefined, record: async (entry) => void entries.push(entry) });
    world.assignments.embedding = { providerId: 'ollama', model: 'embedder:latest' };
    world.peer.script({ path: '/api/embed', stallAfter: 0 });
    const stop = new AbortController();
    const embedding = world.gateway.embed({ texts: ['one'], userId: 'ann', signal: stop.signal });
    await world.peer.until((one) => one.path === '/api/embed');
    stop.abort(new Error('stopped by the person'));
    await expect(embedding).rejects.toThrow('stopped by the person');
    expect(entries).toEqual([]);
  });

  test('a stopped answer is recorded as far as it came, and is no failure', async () => {
    const entries: UsageEntry[] = [];
    world.renew({ admit: async () => () => undefined, record: async (entry) => void entries.push(entry) });
    world.peer.script({ path, tokens: 5, gateAfter: 2 });
    const model = await world.gateway.resolve('chat', tiny);
    const stop = new AbortController();
    for await (const event of world.gateway.streamChat({ ...request(model), signal: stop.signal })) {
      expect(event.type).toBe('text');
      stop.abort();
      break;
    }
    expect(entries).toMatchObject([{ failed: false, estimated: true, userId: null }]);
  });
});
