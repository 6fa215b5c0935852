import { ApiProblem, ConnectionProblem, isTransient, problemFromAnswer } from './api-problem.ts';
import { backoffMs, delay } from './backoff.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type QueryValue = string | number | boolean | null | undefined;

export interface RequestOptions {
  query?: Record<string, QueryValue>;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  timeoutMs?: number;
  /** GETs are repeated after a time-out, a broken connection or 502–504 unless this is 0. */
  retries?: number;
}

export interface Answer<Body> {
  body: Body;
  etag: string | null;
  status: number;
}

/** What the request layer needs from the session; the session needs the request layer, hence an interface. */
export interface SessionPort {
  /** The CSRF token in memory, fetched when there is none. */
  csrfToken(): Promise<string>;
  /** Takes over a newer token that an answer carried. */
  takeCsrfToken(token: string): void;
  /** Forgets `token` if it is still the current one. */
  dropCsrfToken(token: string): void;
  /** Renews the access cookie: `renewed`, `ended` after a definite 401, or throws when no answer came. */
  refresh(): Promise<'renewed' | 'ended'>;
  /** Called once when a definite 401 ended the session. */
  ended(): void;
}

export interface RequestDependencies {
  fetch: typeof globalThis.fetch;
  session: () => SessionPort;
  noteAnswer: () => void;
  noteFailure: () => void;
  /** Lets the person show once more who they are; `false` when they do not want to. */
  stepUp?: () => Promise<boolean>;
  wait?: typeof delay;
}

export const apiBase = '/api/v1';
export const csrfHeader = 'x-csrf-token';
const defaultTimeoutMs = 30_000;
const unavailableStatuses = new Set([502, 503, 504]);
/** 401 codes that speak about the session; another 401 (a wrong password) does not end it. */
const sessionCodes = new Set(['auth.session_expired', 'auth.session_required']);

/** The address of an API path with its query; undefined and null values are left out. */
export function apiUrl(path: string, query: Record<string, QueryValue> = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  const base = /^\/(api\/|native\/|health$)/.test(path) ? path : `${apiBase}${path}`;
  return text ? `${base}?${text}` : base;
}

/** True for refusals that a new CSRF token mends (I5); `csrf_bad_origin` is not one of them. */
export function isMendableCsrfProblem(error: unknown): boolean {
  return (
    error instanceof ApiProblem &&
    error.status === 403 &&
    error.code.replace(/^auth\./, '').startsWith('csrf_') &&
    !error.code.endsWith('csrf_bad_origin')
  );
}

/**
 * Sends typed requests to the API and mends what the person should not notice: an old CSRF token once, an
 * expired access cookie once, and broken connections of GETs by jittered back-off. Throws {@link ApiProblem}
 * when the server refused and {@link ConnectionProblem} when no answer came.
 */
export function createRequester(dependencies: RequestDependencies) {
  const wait = dependencies.wait ?? delay;

  async function sendOnce<Body>(method: Method, path: string, options: RequestOptions, csrf?: string) {
    const headers: Record<string, string> = { accept: 'application/json', ...options.headers };
    if (options.body !== undefined) headers['content-type'] = 'application/json';
    if (csrf !== undefined) headers[csrfHeader] = csrf;
    const timeout = AbortSignal.timeout(options.timeoutMs ?? defaultTimeoutMs);
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
    try {
      const response = await dependencies.fetch(apiUrl(path, options.query), {
        method,
        headers,
        signal,
        credentials: 'same-origin',
        body: options.body === undefined ? undefined : JSON.stringify(options.body),
      });
      const fresh = response.headers.get(csrfHeader);
      if (fresh) dependencies.session().takeCsrfToken(fresh);
      return await readAnswer<Body>(response);
    } catch (error) {
      if (error instanceof ApiProblem || options.signal?.aborted) throw error;
      throw new ConnectionProblem(timeout.aborted ? 'timeout' : offlineReason());
    }
  }

  async function readAnswer<Body>(response: Response): Promise<Answer<Body>> {
    const text = await response.text();
    const type = response.headers.get('content-type');
    if (!response.ok) {
      throw problemFromAnswer(response.status, type, text, response.headers.get('retry-after'));
    }
    const body = (text && type?.includes('json') ? JSON.parse(text) : undefined) as Body;
    return { body, etag: response.headers.get('etag'), status: response.status };
  }

  async function sendWithCsrf<Body>(method: Method, path: string, options: RequestOptions) {
    if (method === 'GET') return await sendOnce<Body>(method, path, options);
    const token = await dependencies.session().csrfToken();
    try {
      return await sendOnce<Body>(method, path, options, token);
    } catch (error) {
      if (!isMendableCsrfProblem(error)) throw error;
      dependencies.session().dropCsrfToken(token);
      return await sendOnce<Body>(method, path, options, await dependencies.session().csrfToken());
    }
  }

  async function sendWithSession<Body>(method: Method, path: string, options: RequestOptions) {
    try {
      return await sendWithCsrf<Body>(method, path, options);
    } catch (error) {
      const definite = error instanceof ApiProblem && error.status === 401 && sessionCodes.has(error.code);
      if (!definite || path === '/auth/refresh') throw error;
      if ((await dependencies.session().refresh()) === 'renewed') {
        return await sendWithCsrf<Body>(method, path, options);
      }
      dependencies.session().ended();
      throw error;
    }
  }

  /** What is sensitive wants a fresh proof (403 `auth.step_up_required`): the person gives it and the request goes on. */
  async function sendWithProof<Body>(method: Method, path: string, options: RequestOptions) {
    try {
      return await sendWithSession<Body>(method, path, options);
    } catch (error) {
      const wanted = error instanceof ApiProblem && error.code === 'auth.step_up_required';
      if (!wanted || !(await dependencies.stepUp?.())) throw error;
      return await sendWithSession<Body>(method, path, options);
    }
  }

  /** Sends one request and answers the parsed body with its ETag. */
  return async function request<Body>(
    method: Method,
    path: string,
    options: RequestOptions = {},
  ): Promise<Answer<Body>> {
    const retries = options.retries ?? (method === 'GET' ? 2 : 0);
    for (let attempt = 0; ; attempt += 1) {
      try {
        const answer = await sendWithProof<Body>(method, path, options);
        dependencies.noteAnswer();
        return answer;
      } catch (error) {
        noteReachability(error, dependencies);
        if (attempt >= retries || !isRepeatable(error)) throw error;
        await wait(backoffMs(attempt), options.signal);
      }
    }
  };
}

function offlineReason(): 'offline' | 'network' {
  return typeof navigator !== 'undefined' && navigator.onLine === false ? 'offline' : 'network';
}

function isRepeatable(error: unknown): boolean {
  if (!isTransient(error)) return false;
  return error instanceof ConnectionProblem || unavailableStatuses.has((error as ApiProblem).status);
}

function noteReachability(error: unknown, dependencies: RequestDependencies): void {
  if (error instanceof ConnectionProblem) dependencies.noteFailure();
  else if (error instanceof ApiProblem && unavailableStatuses.has(error.status)) {
    dependencies.noteFailure();
  } else if (error instanceof ApiProblem) dependencies.noteAnswer();
}
