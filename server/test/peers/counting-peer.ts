import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A server that honours `Idempotency-Key`: what was sent under a key takes effect once, however often it comes. */
export interface CountingPeer {
  /** `host:port`. */
  host: string;
  url: string;
  /** The bodies that took effect, in their order. */
  effects: unknown[];
  /** How often it was asked, and how often at the same time at most. */
  readonly requests: number;
  readonly mostAtOnce: number;
  /** Milliseconds before each answer from now on. */
  answerAfter(ms: number): void;
  /** Answers nobody until the returned function is called. */
  hold(): () => void;
  /** Answers this status to the next requests, after their effect. */
  failNext(times: number, status: number): void;
  close(): Promise<void>;
}

export async function startCountingPeer(): Promise<CountingPeer> {
  const seen = new Set<string>();
  const effects: unknown[] = [];
  const state = { requests: 0, failures: 0, status: 500, open: 0, most: 0, delayMs: 0 };
  let held = Promise.resolve();
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
    state.requests += 1;
    state.open += 1;
    state.most = Math.max(state.most, state.open);
    response.once('close', () => {
      state.open -= 1;
    });
    const key = String(request.headers['idempotency-key'] ?? `none ${state.requests}`);
    if (!seen.has(key)) effects.push(JSON.parse(text));
    seen.add(key);
    if (state.delayMs > 0) await delay(state.delayMs);
    await held;
    const fails = state.failures > 0;
    if (fails) state.failures -= 1;
    response.writeHead(fails ? state.status : 200, { 'content-type': 'application/json' });
    response.end('{"ok":true}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `http://${host}/`,
    effects,
    get requests() {
      return state.requests;
    },
    get mostAtOnce() {
      return state.most;
    },
    answerAfter(ms) {
      state.delayMs = ms;
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
    failNext(times, status) {
      state.failures = times;
      state.status = status;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
