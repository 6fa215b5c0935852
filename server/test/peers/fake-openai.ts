import { type Exchange, type FakeModel, sendError, sendJson } from './fake-model-exchange.ts';
import { answerPieces, type Behaviour, type ChatMessage, embedText } from './fake-model-script.ts';
import { type StreamFrames, streamPieces } from './fake-model-stream.ts';

/** Answers one request of OpenAI's protocol. */
export async function answerOpenAi(exchange: Exchange): Promise<void> {
  const { body, path, response, state } = exchange;
  if (path === '/v1/models')
    return sendJson(response, 200, {
      object: 'list',
      data: state.models.map((model) => ({ id: model.name, object: 'model', created: 1, owned_by: 'fake' })),
    });
  const model = state.models.find((candidate) => candidate.name === body.model);
  if (model === undefined)
    return sendError(path, response, 404, `The model '${String(body.model)}' does not exist`);
  if (path === '/v1/embeddings') return embeddings(exchange, model);
  if (path === '/v1/chat/completions') return completions(exchange, model);
  sendError(path, response, 404, 'Unknown request URL');
}

function embeddings({ body, response, state }: Exchange, model: FakeModel): void {
  const inputs = Array.isArray(body.input) ? (body.input as string[]) : [String(body.input)];
  const base64 = body.encoding_format === 'base64';
  sendJson(response, 200, {
    object: 'list',
    model: model.name,
    data: inputs.map((input, index) => {
      const vector = embedText(input, state.dimensions);
      const embedding = base64 ? Buffer.from(Float32Array.from(vector).buffer).toString('base64') : vector;
      return { object: 'embedding', index, embedding };
    }),
    usage: { prompt_tokens: inputs.length, total_tokens: inputs.length },
  });
}

async function completions(exchange: Exchange, model: FakeModel): Promise<void> {
  const { behaviour, body, response } = exchange;
  const messages = (body.messages ?? []) as ChatMessage[];
  const pieces = answerPieces(behaviour, messages);
  const usage = { prompt_tokens: 11, completion_tokens: pieces.length, total_tokens: 11 + pieces.length };
  const finishReason = behaviour.finishReason ?? 'stop';
  const head = { id: 'chatcmpl-fake', created: 1, model: model.name };
  if (body.stream !== true) {
    const message = { role: 'assistant', content: pieces.join('') };
    const choices = [{ index: 0, message, finish_reason: finishReason }];
    return sendJson(response, 200, { ...head, object: 'chat.completion', choices, usage });
  }
  const chunk = (delta: unknown, finish: string | null, more: Record<string, unknown> = {}): string =>
    data({
      ...head,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, finish_reason: finish }],
      ...more,
    });
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  writeOpening(exchange, chunk);
  const frames: StreamFrames = {
    token: (text) => chunk({ content: text }, null),
    error: (message) => data({ error: { message, type: 'server_error', code: null } }),
    malformed: () => 'data: {"id":"chatcmpl-fake","choices":[{\n\n',
  };
  if ((await streamPieces(exchange, pieces, frames)) === 'ended') return;
  writeToolCalls(behaviour, response.write.bind(response), chunk);
  const place = behaviour.usage ?? 'own-chunk';
  response.write(chunk({}, finishReason, place === 'finish-chunk' ? { usage } : {}));
  if (place === 'own-chunk')
    response.write(data({ ...head, object: 'chat.completion.chunk', choices: [], usage }));
  response.end('data: [DONE]\n\n');
}

type Chunk = (delta: unknown, finish: string | null) => string;

function writeOpening({ behaviour, response }: Exchange, chunk: Chunk): void {
  if (!behaviour.omitRole) response.write(chunk({ role: 'assistant', content: '' }, null));
  if (behaviour.thinking !== undefined)
    response.write(chunk({ reasoning_content: behaviour.thinking }, null));
}

/**
 * Tool calls arrive in pieces: the names with the ids, then the arguments of all calls in turns, two parts each, tied
 * together by the index only.
 */
function writeToolCalls(behaviour: Behaviour, write: (text: string) => unknown, chunk: Chunk): void {
  const calls = behaviour.toolCalls ?? [];
  for (const [index, call] of calls.entries()) {
    const id = behaviour.omitToolIds ? {} : { id: `call_${index}` };
    const opening = { index, ...id, type: 'function', function: { name: call.name, arguments: '' } };
    write(chunk({ tool_calls: [opening] }, null));
  }
  for (const half of [0, 1])
    for (const [index, call] of calls.entries()) {
      const json = JSON.stringify(call.arguments);
      const middle = Math.ceil(json.length / 2);
      const part = half === 0 ? json.slice(0, middle) : json.slice(middle);
      write(chunk({ tool_calls: [{ index, function: { arguments: part } }] }, null));
    }
}

function data(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}
