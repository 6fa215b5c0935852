import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import {
  type Exchange,
  type FakeModel,
  type PeerState,
  type RecordedRequest,
  sendError,
  sendJson,
} from './fake-model-exchange.ts';
import type { Behaviour } from './fake-model-script.ts';
import { answerOllama } from './fake-ollama.ts';
import { answerOpenAi } from './fake-openai.ts';

export type { FakeModel, RecordedRequest } from './fake-model-exchange.ts';
export type { Behaviour } from './fake-model-script.ts';

export interface FakeModelServerOptions {
  port?: number;
  host?: string;
  models?: FakeModel[];
  dimensions?: number;
  /** Refuse requests that do not carry it as a bearer token. */
  apiKey?: string;
  version?: string;
}

export interface FakeModelServer {
  url: string;
  requests: RecordedRequest[];
  /** Adds a behaviour; the newest matching one wins. */
  script(behaviour: Behaviour): void;
  /** Back to normal answers; the record of requests is emptied too. */
  reset(): void;
  /** Lets every held stream go on. */
  release(): void;
  /** Resolves when at least so many streams are held. */
  held(count: number): Promise<void>;
  /** Stops listening on the port, so that connections are refused, until `accept()`. */
  refuse(): Promise<void>;
  accept(): Promise<void>;
  /** Resolves when a recorded request meets the condition. */
  until(condition: (request: RecordedRequest) => boolean): Promise<RecordedRequest>;
  close(): Promise<void>;
}

export const defaultModels: FakeModel[] = [
  {
    name: 'tiny-chat:latest',
    capabilities: ['completion', 'tools'],
    sizeBytes: 1_200_000_000,
    contextLength: 8192,
  },
  {
    name: 'thinker:latest',
    capabilities: ['completion', 'thinking'],
    sizeBytes: 4_700_000_000,
    contextLength: 40_960,
  },
  { name: 'embedder:latest', capabilities: ['embedding'], sizeBytes: 274_000_000, contextLength: 2048 },
];

/** Starts a server on loopback that speaks Ollama's and OpenAI's protocols and fails on command. */
export async function startFakeModelServer(options: FakeModelServerOptions = {}): Promise<FakeModelServer> {
  const state: PeerState = {
    models: [...(options.models ?? defaultModels)],
    loaded: (options.models ?? defaultModels).slice(0, 1).map((model) => model.name),
    dimensions: options.dimensions ?? 128,
    version: options.version ?? '0.12.6',
    requests: [],
    scripts: [],
    gates: new Set(),
    watchers: new Set(),
  };
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    handle(state, options.apiKey, request, response).catch((error: unknown) =>
      response.destroy(error as Error),
    );
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const host = options.host ?? '127.0.0.1';
  const listen = async (port: number): Promise<void> => {
    server.listen(port, host);
    await once(server, 'listening');
  };
  await listen(options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    const closed = server.listening ? once(server, 'close') : Promise.resolve();
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    ...controls(state),
    url: `http://${host}:${port}`,
    refuse: stop,
    accept: () => listen(port),
    close: stop,
  };
}

function controls(
  state: PeerState,
): Pick<FakeModelServer, 'requests' | 'script' | 'reset' | 'release' | 'held' | 'until'> {
  return {
    requests: state.requests,
    script: (behaviour) => void state.scripts.push({ ...behaviour }),
    reset: () => reset(state),
    release: () => release(state),
    held: (count) => held(state, count),
    until: (condition) => watch(state, () => state.requests.find(condition)),
  };
}

/** Resolves with what the look finds, now or after a change. */
function watch<Found>(state: PeerState, find: () => Found | undefined): Promise<Found> {
  return new Promise((resolve) => {
    const look = (): void => {
      const found = find();
      if (found === undefined) return;
      state.watchers.delete(look);
      resolve(found);
    };
    state.watchers.add(look);
    look();
  });
}

function changed(state: PeerState): void {
  for (const watcher of [...state.watchers]) watcher();
}

async function held(state: PeerState, count: number): Promise<void> {
  await watch(state, () => (state.gates.size >= count ? true : undefined));
}

function reset(state: PeerState): void {
  state.scripts.length = 0;
  state.requests.length = 0;
  release(state);
}

function release(state: PeerState): void {
  for (const open of state.gates) open();
  state.gates.clear();
}

async function handle(
  state: PeerState,
  apiKey: string | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://peer').pathname;
  const body = await readJson(request);
  if (path.startsWith('/__')) return control(state, path, body, response);
  keepRecord(
    state,
    { method: request.method ?? '', path, headers: request.headers, body, state: 'open' },
    response,
  );
  if (apiKey !== undefined && request.headers.authorization !== `Bearer ${apiKey}`)
    return sendError(path, response, 401, 'Incorrect API key provided');
  const behaviour = takeBehaviour(state, path, String(body.model ?? body.name ?? ''), body.messages);
  if (behaviour.responseDelayMs !== undefined) await delay(behaviour.responseDelayMs);
  if (failAtOnce(behaviour, path, response)) return;
  const exchange: Exchange = {
    path,
    body,
    request,
    response,
    behaviour,
    state,
    gate: () => gate(state, response),
  };
  if (path.startsWith('/v1/')) await answerOpenAi(exchange);
  else await answerOllama(exchange);
}

function keepRecord(state: PeerState, record: RecordedRequest, response: ServerResponse): void {
  state.requests.push(record);
  response.on('close', () => {
    record.state = response.writableFinished ? 'done' : 'cut';
    changed(state);
  });
  changed(state);
}

function failAtOnce(behaviour: Behaviour, path: string, response: ServerResponse): boolean {
  if (behaviour.retryAfterSeconds !== undefined)
    response.setHeader('retry-after', behaviour.retryAfterSeconds);
  if (behaviour.dropConnection) response.destroy();
  else if (behaviour.redirectTo !== undefined)
    response.writeHead(307, { location: behaviour.redirectTo }).end();
  else if (behaviour.status !== undefined)
    sendError(
      path,
      response,
      behaviour.status,
      behaviour.errorMessage ?? `told to answer ${behaviour.status}`,
    );
  else return false;
  return true;
}

function gate(state: PeerState, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const open = (): void => {
      state.gates.delete(open);
      resolve();
    };
    state.gates.add(open);
    response.on('close', open);
    changed(state);
  });
}

function takeBehaviour(state: PeerState, path: string, model: string, messages: unknown): Behaviour {
  const said = Array.isArray(messages)
    ? (messages as { content?: unknown }[]).map(({ content }) => String(content)).join('\n')
    : '';
  const found = state.scripts.findLast(
    (script) =>
      (script.model === undefined || script.model === model) &&
      (script.path === undefined || script.path === path) &&
      (script.mentions === undefined || said.includes(script.mentions)) &&
      script.times !== 0,
  );
  if (found?.times !== undefined) found.times -= 1;
  return found ?? {};
}

async function control(
  state: PeerState,
  path: string,
  body: Record<string, unknown>,
  response: ServerResponse,
): Promise<void> {
  if (path === '/__script') state.scripts.push(body as Behaviour);
  else if (path === '/__reset') reset(state);
  else if (path === '/__release') release(state);
  else if (path === '/__held') await held(state, Number(body.count));
  const known = ['/__script', '/__reset', '/__release', '/__held', '/__requests'].includes(path);
  if (known) sendJson(response, 200, { requests: state.requests });
  else sendError(path, response, 404, 'no such control');
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString('utf8');
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '0' }, 'api-key': { type: 'string' } },
  });
  const peer = await startFakeModelServer({ port: Number(values.port), apiKey: values['api-key'] });
  console.log(peer.url);
  const stop = (): void => void peer.close();
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}
