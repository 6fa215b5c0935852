import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { numberedWords } from '../../../test/peers/fake-model-script.ts';
import { type FakeModelServer, startFakeModelServer } from '../../../test/peers/fake-model-server.ts';
import { Secret } from '../crypto/secret.ts';
import { createOutboundDoor, type OutboundDoor } from '../outbound-http/index.ts';
import { createLogger } from '../telemetry/logger.ts';
import { isRetryable } from './model-errors.ts';
import { createModelGateway, type ModelGateway } from './model-gateway.ts';
import type {
  ChatEvent,
  ModelChoice,
  ProviderConnection,
  RemoteProviderKind,
  SlotName,
} from './model-types.ts';

let peer: FakeModelServer;
let door: OutboundDoor;
let gateway: ModelGateway;
let providers: ProviderConnection[];
let assignments: Partial<Record<SlotName, ModelChoice>>;
const apiKey = 'sk-very-secret-key';

beforeAll(async () => {
  peer = await startFakeModelServer({ apiKey });
  door = createOutboundDoor({ userAgent: 'test' });
});
afterAll(async () => {
  await door.close();
  await peer.close();
});
beforeEach(() => {
  peer.reset();
  const provider = (kind: RemoteProviderKind): ProviderConnection => ({
    id: kind,
    kind,
    name: `My ${kind}`,
    baseUrl: kind === 'ollama' ? peer.url : `${peer.url}/v1`,
    allowLocal: true,
    enabled: true,
    apiKey: new Secret(apiKey),
  });
  providers = [provider('ollama'), provider('openai')];
  assignments = {};
  gateway = openGateway({});
});

function openGateway(limits: { firstTokenTimeoutMs?: number; idleTimeoutMs?: number }): ModelGateway {
  return createModelGateway({
    door,
    limits: { firstTokenTimeoutMs: 5_000, idleTimeoutMs: 5_000, ...limits },
    directory: {
      findProvider: async (id) => providers.find((provider) => provider.id === id),
      listProviders: async () => providers,
      findAssignment: async (slot) => assignments[slot],
    },
  });
}

interface Asked {
  text: string;
  thinking: string;
  events: ChatEvent[];
  error: { code?: string; detail?: string } | undefined;
}

interface AskOptions {
  model?: string;
  signal?: AbortSignal;
  content?: string;
  from?: ModelGateway;
}

async function ask(kind: RemoteProviderKind, options: AskOptions = {}): Promise<Asked> {
  const asked: Asked = { text: '', thinking: '', events: [], error: undefined };
  const from = options.from ?? gateway;
  const model = await from.resolve('chat', { providerId: kind, model: options.model ?? 'tiny-chat:latest' });
  try {
    for await (const event of from.streamChat({
      model,
      messages: [{ role: 'user', content: options.content ?? 'hello' }],
      signal: options.signal ?? new AbortController().signal,
      idempotencyKey: 'message-1',
    })) {
      asked.events.push(event);
      if (event.type === 'text') asked.text += event.text;
      if (event.type === 'thinking') asked.thinking += event.text;
    }
  } catch (error) {
    asked.error = error as Asked['error'];
  }
  return asked;
}

const chatPath = { ollama: '/api/chat', openai: '/v1/chat/completions' } as const;

describe.each(['ollama', 'openai'] as const)('%s', (kind) => {
  const path = chatPath[kind];

  test('streams every token once, in order, and finishes with the usage', async () => {
    peer.script({ path, tokens: 500 });
    const asked = await ask(kind);
    expect(asked.error).toBeUndefined();
    expect(asked.text).toBe(numberedWords(500).join(''));
    expect(asked.events.at(-1)).toMatchObject({
      type: 'finish',
      reason: 'stop',
      usage: { outputTokens: 500 },
    });
  });

  test('keeps thinking apart from the answer', async () => {
    peer.script({ path, thinking: 'Let me see.', answer: 'Done.' });
    expect(await ask(kind)).toMatchObject({ thinking: 'Let me see.', text: 'Done.' });
  });

  test('says when the answer hit its length limit', async () => {
    peer.script({ path, finishReason: 'length' });
    expect((await ask(kind)).events.at(-1)).toMatchObject({ type: 'finish', reason: 'length' });
  });

  test.each([
    [{ status: 401 }, 'models.unauthorized', false, /did not accept the API key/],
    [{ status: 404 }, 'models.model_not_found', false, /does not have the model tiny-chat:latest/],
    [{ status: 429, retryAfterSeconds: 7 }, 'models.rate_limited', true, /Try again/],
    [{ status: 500 }, 'models.bad_response', true, /It says: told to answer 500/],
    [{ status: 503 }, 'models.unreachable', true, /not ready/],
    [
      { status: 400, errorMessage: 'maximum context length is 8192 tokens' },
      'models.context_exceeded',
      false,
      /longer/,
    ],
    [{ errorAfter: 3 }, 'models.interrupted', true, /the model runner has stopped/],
    [{ truncateAfter: 3 }, 'models.truncated', true, /without saying why/],
    [{ dropAfter: 3 }, 'models.interrupted', true, /broke/],
    [{ malformedAfter: 3 }, 'models.bad_response', true, /cannot be read/],
    [{ dropConnection: true }, 'models.unreachable', true, /could not be reached/],
    [{ redirectTo: 'http://127.0.0.1:9/' }, 'models.unreachable', true, /sends the request on to/],
  ])('%o fails as %s', async (behaviour, code, retryable, sentence) => {
    peer.script({ path, tokens: 10, ...behaviour });
    const asked = await ask(kind);
    expect(asked.error).toMatchObject({ code, params: { provider: `My ${kind}` } });
    expect(asked.error?.detail).toMatch(sentence);
    expect(asked.error?.detail).not.toContain(apiKey);
    expect(isRetryable(asked.error)).toBe(retryable);
  });

  test.each([{ errorAfter: 3 }, { malformedAfter: 3 }, { truncateAfter: 3 }])(
    'delivers the tokens before the fault (%o)',
    async (behaviour) => {
      peer.script({ path, tokens: 10, ...behaviour });
      expect((await ask(kind)).text).toBe(numberedWords(3).join(''));
    },
  );

  test('says how long to wait after a rate limit', async () => {
    peer.script({ path, status: 429, retryAfterSeconds: 7 });
    expect((await ask(kind)).error).toMatchObject({ retryAfterSeconds: 7 });
  });

  test('a refused connection is named as such', async () => {
    await peer.refuse();
    const asked = await ask(kind);
    await peer.accept();
    expect(asked.error).toMatchObject({
      code: 'models.refused',
      detail: expect.stringContaining(`My ${kind}`),
      params: { provider: `My ${kind}` },
    });
  });

  test('a slow first token and a stall in the middle are time-outs, each with its sentence', async () => {
    peer.script({ path, stallAfter: 0 });
    const slow = await ask(kind, { from: openGateway({ firstTokenTimeoutMs: 150 }) });
    expect(slow.error).toMatchObject({
      code: 'models.timeout',
      detail: expect.stringContaining('begun'),
      reason: 'not_begun',
      params: { provider: `My ${kind}`, limit_seconds: 0.15 },
    });
    peer.script({ path, stallAfter: 2 });
    const stalled = await ask(kind, { from: openGateway({ idleTimeoutMs: 150 }) });
    expect(stalled.error).toMatchObject({
      code: 'models.timeout',
      detail: expect.stringContaining('silent'),
      reason: 'silent',
      params: { provider: `My ${kind}`, limit_seconds: 0.15 },
    });
    // The second word may itself have come too late.
    const [first = '', second] = numberedWords(2);
    expect([first, `${first}${second}`]).toContain(stalled.text);
  });

  test('an abort during a stall closes the connection and throws the reason of the abort', async () => {
    peer.script({ path, stallAfter: 2 });
    const controller = new AbortController();
    const reason = new Error('stopped by the person');
    const asking = ask(kind, { signal: controller.signal });
    await peer.until((request) => request.path === path);
    controller.abort(reason);
    expect((await asking).error).toBe(reason);
    await peer.until((request) => request.path === path && request.state === 'cut');
  });

  test('leaving the stream early closes the connection', async () => {
    peer.script({ path, tokens: 5, gateAfter: 2 });
    const model = await gateway.resolve('chat', { providerId: kind, model: 'tiny-chat:latest' });
    for await (const event of gateway.streamChat({
      model,
      messages: [{ role: 'user', content: 'hello' }],
      signal: new AbortController().signal,
      idempotencyKey: 'message-1',
    })) {
      expect(event).toEqual({ type: 'text', text: 'w0001 ' });
      break;
    }
    await peer.until((request) => request.path === path && request.state === 'cut');
  });

  test('sends the key, the idempotency key and nothing about this machine', async () => {
    await ask(kind);
    const request = peer.requests.find((one) => one.path === path);
    expect(request?.headers).toMatchObject({
      authorization: `Bearer ${apiKey}`,
      'idempotency-key': 'message-1',
    });
    expect(Object.keys(request?.headers ?? {}).filter((name) => name.startsWith('x-stainless'))).toEqual([]);
    expect(request?.headers['user-agent']).toBe('test');
  });

  test('refuses a conversation that cannot fit without asking the model', async () => {
    if (kind === 'openai') return;
    const asked = await ask(kind, { content: 'word '.repeat(20_000) });
    expect(asked.error).toMatchObject({ code: 'models.context_exceeded' });
    expect(peer.requests.some((request) => request.path === path)).toBe(false);
  });

  test('S34: an address that became local is refused when it is not allowed', async () => {
    providers = providers.map((provider) => ({ ...provider, allowLocal: false }));
    expect((await ask(kind)).error).toMatchObject({ code: 'models.address_not_allowed' });
  });

  test('embeds in batches, similar texts near each other', async () => {
    assignments.embedding = { providerId: kind, model: 'embedder:latest' };
    const texts = Array.from({ length: 70 }, (_, index) => `text number ${index}`);
    const { vectors, dimensions, model } = await gateway.embed({
      texts,
      signal: new AbortController().signal,
    });
    expect([vectors.length, dimensions, model]).toEqual([70, 128, 'embedder:latest']);
    expect(vectors[0]).toBeInstanceOf(Float32Array);
    const requests = peer.requests.filter((request) => request.path.includes('embed'));
    expect(requests).toHaveLength(3);
  });

  test('an embedding that fails has a code of the taxonomy', async () => {
    assignments.embedding = { providerId: kind, model: 'gone' };
    await expect(gateway.embed({ texts: ['a'], signal: new AbortController().signal })).rejects.toMatchObject(
      {
        code: 'models.model_not_found',
      },
    );
  });
});

test('S40: the key is in no log line, not even when the provider repeats it', async () => {
  const lines: string[] = [];
  const log = createLogger({ level: 'trace', destination: { write: (line) => void lines.push(line) } });
  for (const failure of [{ status: 400 }, { status: 401 }, { errorAfter: 1 }, { dropConnection: true }]) {
    peer.script({ ...failure, errorMessage: `the key ${apiKey} is strange` });
    for (const kind of ['ollama', 'openai'] as const) {
      const { error } = await ask(kind);
      log.error({ err: error, provider: providers[0], detail: error?.detail }, 'asking a model failed');
      log.error(`${error?.detail} ${String(providers[0]?.apiKey)}`);
    }
  }
  expect(lines.join('')).toContain('[secret] is strange');
  expect(lines.join('')).not.toContain(apiKey);
});

test('openai: usage on the finish chunk and a missing role are understood', async () => {
  peer.script({ usage: 'finish-chunk', omitRole: true, tokens: 3 });
  const asked = await ask('openai');
  expect(asked.text).toBe('w0001 w0002 w0003 ');
  expect(asked.events.at(-1)).toMatchObject({ usage: { inputTokens: 11, outputTokens: 3 } });
  peer.script({ usage: 'none', tokens: 3 });
  expect((await ask('openai')).events.at(-1)).toMatchObject({ type: 'finish', usage: null });
});

test('ollama: asks for the context window that it counts with', async () => {
  await ask('ollama');
  const request = peer.requests.find((one) => one.path === '/api/chat');
  expect(request?.body).toMatchObject({ options: { num_ctx: 8192 } });
});

test('without an assignment the built-in engine is named, and there is no embedding', async () => {
  expect(await gateway.resolve('chat')).toMatchObject({ providerKind: 'builtin', model: 'extractive' });
  await expect(gateway.embed({ texts: ['a'], signal: new AbortController().signal })).rejects.toMatchObject({
    code: 'models.no_embedding_model',
  });
});

test('a chosen model whose provider was removed is named as gone', async () => {
  await expect(gateway.resolve('chat', { providerId: 'nobody', model: 'x' })).rejects.toMatchObject({
    code: 'models.model_not_found',
  });
});

test('one provider that is down does not break the list of models', async () => {
  providers[1] = { ...providers[1]!, baseUrl: 'http://127.0.0.1:9/v1' };
  const { items, unreachable } = await gateway.listModels(new AbortController().signal);
  expect(items.map((item) => item.model)).toEqual(['tiny-chat:latest', 'thinker:latest', 'embedder:latest']);
  expect(items[1]).toMatchObject({
    capabilities: ['chat', 'thinking'],
    contextLength: 40_960,
    loaded: false,
  });
  expect(unreachable).toMatchObject([{ providerId: 'openai', code: 'models.refused' }]);
});

test('health tells the version, or what is wrong', async () => {
  const signal = new AbortController().signal;
  expect(await gateway.health(providers[0]!, signal)).toMatchObject({ state: 'ok', version: '0.12.6' });
  const wrongKey = { ...providers[0]!, apiKey: new Secret('wrong') };
  expect(await gateway.health(wrongKey, signal)).toMatchObject({
    state: 'error',
    failure: { code: 'models.unauthorized', reason: 'provider' },
  });
  const webPage = { ...providers[1]!, baseUrl: `${peer.url}/nothing` };
  expect(await gateway.health(webPage, signal)).toMatchObject({
    state: 'error',
    failure: { code: 'models.bad_response' },
  });
});

test('a download reports its progress and fails on the error line', async () => {
  const signal = new AbortController().signal;
  const seen: (number | null)[] = [];
  for await (const progress of gateway.pull({ providerId: 'ollama', model: 'new:1b' }, signal))
    seen.push(progress.completedBytes);
  expect(seen).toContain(500_000);
  const failing = async (): Promise<void> => {
    for await (const _ of gateway.pull({ providerId: 'ollama', model: 'missing' }, signal));
  };
  await expect(failing()).rejects.toMatchObject({
    detail: expect.stringContaining('no model named missing'),
  });
});

test('questions of different people take turns when a provider is busy', async () => {
  peer.script({ tokens: 1, gateAfter: 0 });
  const finished: string[] = [];
  const model = await gateway.resolve('chat', { providerId: 'ollama', model: 'tiny-chat:latest' });
  const request = async (person: string, name: string): Promise<void> => {
    const messages = [{ role: 'user' as const, content: name }];
    const signal = new AbortController().signal;
    for await (const _ of gateway.streamChat({
      model,
      messages,
      signal,
      idempotencyKey: name,
      fairnessKey: person,
    }));
    finished.push(name);
  };
  const running = Array.from({ length: 4 }, (_, index) => request('ann', `a${index}`));
  const waiting = [request('ann', 'a4'), request('ann', 'a5'), request('ann', 'a6'), request('ben', 'b0')];
  await peer.until(() => peer.requests.filter((one) => one.path === '/api/chat').length === 4);
  peer.script({ tokens: 1 });
  peer.release();
  await Promise.all([...running, ...waiting]);
  const order = peer.requests
    .filter((one) => one.path === '/api/chat')
    .map((one) => (one.body as { messages: { content: string }[] }).messages[0]!.content);
  expect(order.indexOf('b0')).toBeLessThan(order.indexOf('a5'));
  expect(finished).toHaveLength(8);
});
