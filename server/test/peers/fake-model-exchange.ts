import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Behaviour } from './fake-model-script.ts';

export interface FakeModel {
  name: string;
  capabilities: ('completion' | 'embedding' | 'tools' | 'vision' | 'thinking')[];
  sizeBytes: number;
  contextLength: number;
}

export interface RecordedRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: unknown;
  /** `open` while being answered, `done` when answered whole, `cut` when the connection closed before that. */
  state: 'open' | 'done' | 'cut';
}

/** One request being answered, as the two protocols see it. */
export interface Exchange {
  path: string;
  body: Record<string, unknown>;
  request: IncomingMessage;
  response: ServerResponse;
  behaviour: Behaviour;
  state: PeerState;
  /** Holds until the peer is told to go on or the connection closes. */
  gate(): Promise<void>;
}

export interface PeerState {
  models: FakeModel[];
  /** Names of the models in memory. */
  loaded: string[];
  dimensions: number;
  version: string;
  requests: RecordedRequest[];
  scripts: Behaviour[];
  gates: Set<() => void>;
  watchers: Set<() => void>;
}

/** Sends a JSON answer. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Sends an error in the form of the protocol that the path belongs to. */
export function sendError(path: string, response: ServerResponse, status: number, message: string): void {
  const body = path.startsWith('/v1/')
    ? { error: { message, type: 'invalid_request_error', code: null, param: null } }
    : { error: message };
  sendJson(response, status, body);
}
