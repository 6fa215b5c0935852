import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import WebSocket from 'ws';

export interface HttpAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  cookies: string[];
  json: Record<string, unknown> | undefined;
}

interface Question {
  timeoutMs: number;
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
}

const maxBodyBytes = 1024 * 1024;

/** One request as a client of that address sends it; redirections are answers too. */
export function ask(base: URL, path: string, question: Question): Promise<HttpAnswer> {
  const { timeoutMs, method = 'GET', headers = {}, body } = question;
  const { request } = base.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, base), { method, headers, signal: AbortSignal.timeout(timeoutMs) });
    sent.once('error', reject);
    sent.once('response', (response) => readAnswer(response).then(resolve, reject));
    sent.end(body);
  });
}

async function readAnswer(response: IncomingMessage): Promise<HttpAnswer> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) {
    text += chunk;
    if (text.length > maxBodyBytes) break;
  }
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    cookies: response.headers['set-cookie'] ?? [],
    json: parseObject(text),
  };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // A page of a proxy, which is an answer as well.
    return undefined;
  }
}

export type SocketOutcome =
  | { kind: 'closed'; code: number }
  | { kind: 'refused'; status: number | string; code: string | undefined }
  | { kind: 'silent' };

/** Opens a WebSocket, sends a ticket that is none, and waits for what comes of it. */
export function openSocket(base: URL, path: string, options: { timeoutMs: number }): Promise<SocketOutcome> {
  const address = new URL(path, base);
  address.protocol = base.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(address, {
    origin: base.origin,
    handshakeTimeout: options.timeoutMs,
    perMessageDeflate: false,
  });
  return new Promise((resolve) => {
    const timer = setTimeout(() => end({ kind: 'silent' }), options.timeoutMs * 2);
    const end = (outcome: SocketOutcome): void => {
      clearTimeout(timer);
      resolve(outcome);
      socket.terminate();
    };
    socket.once('open', () => socket.send(JSON.stringify({ type: 'hello', ticket: 'doctor' })));
    socket.once('close', (code) => end({ kind: 'closed', code }));
    socket.once('unexpected-response', (_request, response) => {
      readAnswer(response).then(
        ({ status, json }) =>
          end({ kind: 'refused', status, code: typeof json?.code === 'string' ? json.code : undefined }),
        () => end({ kind: 'refused', status: response.statusCode ?? 0, code: undefined }),
      );
    });
    socket.on('error', (error: NodeJS.ErrnoException) =>
      end({ kind: 'refused', status: error.code ?? error.message, code: undefined }),
    );
  });
}
