import { type Exchange, type FakeModel, sendError, sendJson } from './fake-model-exchange.ts';
import { answerPieces, type Behaviour, type ChatMessage, embedText } from './fake-model-script.ts';
import { type StreamFrames, streamPieces } from './fake-model-stream.ts';

const createdAt = '2026-01-01T00:00:00.000000Z';

/** Answers one request of Ollama's protocol. */
export async function answerOllama(exchange: Exchange): Promise<void> {
  const { path, response, state } = exchange;
  if (path === '/')
    return void response.writeHead(200, { 'content-type': 'text/plain' }).end('Ollama is running');
  if (path === '/api/version') return sendJson(response, 200, { version: state.version });
  if (path === '/api/tags') return sendJson(response, 200, { models: state.models.map(tag) });
  if (path === '/api/ps')
    return sendJson(response, 200, {
      models: state.models.filter((model) => state.loaded.includes(model.name)).map(running),
    });
  if (path === '/api/pull') return pull(exchange);
  const model = findModel(exchange);
  if (model === undefined)
    return sendError(path, response, 404, `model '${String(exchange.body.model)}' not found`);
  if (path === '/api/show') return sendJson(response, 200, show(model));
  if (path === '/api/generate') return load(exchange, model);
  if (path === '/api/embed') return embed(exchange, model);
  if (path === '/api/chat') return chat(exchange, model);
  if (path === '/api/delete') {
    state.models.splice(state.models.indexOf(model), 1);
    return sendJson(response, 200, {});
  }
  sendError(path, response, 404, 'path not found');
}

function findModel({ body, state }: Exchange): FakeModel | undefined {
  const name = String(body.model ?? body.name ?? '');
  return state.models.find((model) => model.name === name || model.name === `${name}:latest`);
}

function tag(model: FakeModel): unknown {
  return {
    name: model.name,
    model: model.name,
    modified_at: createdAt,
    size: model.sizeBytes,
    digest: 'f'.repeat(64),
    details: { format: 'gguf', family: 'fake', parameter_size: '1B', quantization_level: 'Q4_K_M' },
  };
}

function running(model: FakeModel): unknown {
  return {
    name: model.name,
    model: model.name,
    size: model.sizeBytes,
    size_vram: model.sizeBytes,
    expires_at: createdAt,
    context_length: model.contextLength,
  };
}

function show(model: FakeModel): unknown {
  return {
    capabilities: model.capabilities,
    details: { family: 'fake', parameter_size: '1B' },
    model_info: { 'general.architecture': 'fake', 'fake.context_length': model.contextLength },
  };
}

/** Without a prompt: loads the model, or with `keep_alive` 0 lets it go. */
function load({ body, response, state }: Exchange, model: FakeModel): void {
  const unload = body.keep_alive === 0;
  state.loaded = state.loaded.filter((name) => name !== model.name);
  if (!unload) state.loaded.push(model.name);
  const reason = unload ? 'unload' : 'load';
  sendJson(response, 200, { model: model.name, created_at: createdAt, done: true, done_reason: reason });
}

function embed({ body, path, response, state }: Exchange, model: FakeModel): void {
  if (!model.capabilities.includes('embedding')) {
    sendError(path, response, 400, 'this model does not support embeddings');
    return;
  }
  const inputs = Array.isArray(body.input) ? (body.input as string[]) : [String(body.input)];
  sendJson(response, 200, {
    model: model.name,
    embeddings: inputs.map((input) => embedText(input, state.dimensions)),
    total_duration: 1_000_000,
    prompt_eval_count: inputs.length,
  });
}

async function chat(exchange: Exchange, model: FakeModel): Promise<void> {
  const { behaviour, body, path, response } = exchange;
  if (!model.capabilities.includes('completion'))
    return sendError(path, response, 400, `"${model.name}" does not support chat`);
  const messages = (body.messages ?? []) as ChatMessage[];
  const pieces = answerPieces(behaviour, messages);
  const line = chatLine(model.name);
  const finish = { done: true, done_reason: behaviour.finishReason ?? 'stop', ...counts(messages, pieces) };
  if (body.stream === false) {
    const message = { role: 'assistant', content: pieces.join(''), ...toolCalls(behaviour) };
    return sendJson(response, 200, { model: model.name, created_at: createdAt, message, ...finish });
  }
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  if (behaviour.thinking !== undefined)
    response.write(line({ role: 'assistant', content: '', thinking: behaviour.thinking }, { done: false }));
  const frames: StreamFrames = {
    token: (text) => line({ role: 'assistant', content: text }, { done: false }),
    error: (message) => `${JSON.stringify({ error: message })}\n`,
    malformed: () => '{"model":"broken, "message":{\n',
  };
  if ((await streamPieces(exchange, pieces, frames)) === 'ended') return;
  if (behaviour.toolCalls !== undefined)
    response.write(line({ role: 'assistant', content: '', ...toolCalls(behaviour) }, { done: false }));
  response.end(line({ role: 'assistant', content: '' }, finish));
}

function chatLine(model: string): (message: unknown, rest: Record<string, unknown>) => string {
  return (message, rest) => `${JSON.stringify({ model, created_at: createdAt, message, ...rest })}\n`;
}

function toolCalls(behaviour: Behaviour): Record<string, unknown> {
  if (behaviour.toolCalls === undefined) return {};
  return {
    tool_calls: behaviour.toolCalls.map((call, index) => ({
      ...(behaviour.omitToolIds ? {} : { id: `call_${index}` }),
      function: { name: call.name, arguments: call.arguments },
    })),
  };
}

function counts(messages: ChatMessage[], pieces: string[]): Record<string, number> {
  const promptCharacters = messages.reduce((sum, message) => sum + message.content.length, 0);
  return {
    total_duration: 5_000_000,
    load_duration: 1_000_000,
    prompt_eval_count: Math.ceil(promptCharacters / 4),
    prompt_eval_duration: 1_000_000,
    eval_count: pieces.length,
    eval_duration: 3_000_000,
  };
}

/** Progress of a download in ten steps; names that begin with `missing` do not exist in the library. */
async function pull(exchange: Exchange): Promise<void> {
  const { body, response, state } = exchange;
  const name = String(body.model ?? body.name);
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  const line = (value: unknown): string => `${JSON.stringify(value)}\n`;
  response.write(line({ status: 'pulling manifest' }));
  if (name.startsWith('missing'))
    return void response.end(line({ error: 'pull model manifest: file does not exist' }));
  const digest = `sha256:${'a'.repeat(64)}`;
  const total = 1_000_000;
  const steps = Array.from({ length: 10 }, (_, index) => String(((index + 1) * total) / 10));
  const frames: StreamFrames = {
    token: (completed) =>
      line({ status: `pulling ${digest.slice(7, 19)}`, digest, total, completed: Number(completed) }),
    error: (message) => line({ error: message }),
    malformed: () => '{"status":\n',
  };
  if ((await streamPieces(exchange, steps, frames)) === 'ended') return;
  const capabilities: FakeModel['capabilities'] = name.includes('embed') ? ['embedding'] : ['completion'];
  if (!state.models.some((model) => model.name === name))
    state.models.push({ name, capabilities, sizeBytes: total, contextLength: 4096 });
  response.write(line({ status: 'verifying sha256 digest' }));
  response.end(line({ status: 'success' }));
}
