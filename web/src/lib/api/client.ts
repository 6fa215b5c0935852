import { delay } from './backoff.ts';
import { connection } from './connection.svelte.ts';
import { createRequester, type Method, type RequestOptions } from './request.ts';
import { SessionState } from './session.svelte.ts';
import { stepUp } from './step-up.svelte.ts';

const signedInKey = 'aiwfe.signed-in';

const request = createRequester({
  fetch: (...input) => fetch(...input),
  session: () => session,
  noteAnswer: () => connection.noteAnswer(),
  noteFailure: () => connection.noteFailure(),
  stepUp: () => stepUp.ask(),
  wait: delay,
});

export const session: SessionState = new SessionState({
  request: () => request,
  lock: async (name, work) => {
    if (!navigator.locks) return await work();
    return (await navigator.locks.request(name, work)) as Awaited<ReturnType<typeof work>>;
  },
  nowMs: () => Date.now(),
  setTimer: (work, ms) => setTimeout(work, ms),
  clearTimer: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
  signedInHere: {
    get: () => localStorage.getItem(signedInKey) !== null,
    set: (signedIn) =>
      signedIn ? localStorage.setItem(signedInKey, '1') : localStorage.removeItem(signedInKey),
  },
  channel: typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('aiwfe.session'),
});

/** Sends one request and answers its body and ETag; see {@link createRequester} for what it throws. */
export const send = request;

async function body<Body>(method: Method, path: string, options?: RequestOptions): Promise<Body> {
  return (await request<Body>(method, path, options)).body;
}

/**
 * The API by verb: `await api.get<Page<Document>>('/documents', { query: { limit: 50 } })`. Paths are below
 * `/api/v1`. Throws `ApiProblem` when the server refused and `ConnectionProblem` when no answer came.
 */
export const api = {
  get: <Body>(path: string, options?: RequestOptions) => body<Body>('GET', path, options),
  post: <Body>(path: string, json?: unknown, options?: RequestOptions) =>
    body<Body>('POST', path, { ...options, body: json }),
  put: <Body>(path: string, json: unknown, options?: RequestOptions) =>
    body<Body>('PUT', path, { ...options, body: json }),
  patch: <Body>(path: string, json: unknown, options?: RequestOptions) =>
    body<Body>('PATCH', path, { ...options, body: json }),
  delete: <Body>(path: string, options?: RequestOptions) => body<Body>('DELETE', path, options),
};
