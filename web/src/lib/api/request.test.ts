import { describe, expect, it } from 'vitest';
import { ApiProblem, ConnectionProblem, parseRetryAfter } from './api-problem.ts';
import { apiUrl, createRequester, type SessionPort } from './request.ts';

interface Call {
  method: string;
  path: string;
  csrf: string | null;
}
type Reply = Response | Error | ((call: Call) => Response | Error);

const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
const problem = (status: number, code: string) =>
  new Response(JSON.stringify({ status, code, title: code, detail: 'why', request_id: 'r1' }), {
    status,
    headers: { 'content-type': 'application/problem+json' },
  });

function setUp(replies: Reply[], refresh: () => Promise<'renewed' | 'ended'> = async () => 'renewed') {
  const calls: Call[] = [];
  const tokens = ['first', 'second', 'third'];
  const log = { refreshed: 0, ended: 0, failures: 0, waits: 0 };
  const session: SessionPort = {
    csrfToken: async () => tokens[0] ?? 'none',
    takeCsrfToken: (token) => void tokens.unshift(token),
    dropCsrfToken: (token) => {
      if (tokens[0] === token) tokens.shift();
    },
    refresh: async () => {
      log.refreshed += 1;
      return await refresh();
    },
    ended: () => {
      log.ended += 1;
    },
  };
  const request = createRequester({
    fetch: async (path, init) => {
      const headers = new Headers(init?.headers);
      const call = { method: init?.method ?? '', path: String(path), csrf: headers.get('x-csrf-token') };
      calls.push(call);
      const next = replies.shift();
      const reply = typeof next === 'function' ? next(call) : next;
      if (!reply || reply instanceof Error) throw reply ?? new Error('No reply left for this request.');
      return reply;
    },
    session: () => session,
    noteAnswer: () => undefined,
    noteFailure: () => {
      log.failures += 1;
    },
    wait: async () => {
      log.waits += 1;
    },
  });
  return { request, calls, log };
}

describe('request', () => {
  it('uses the newer CSRF token that an answer carried', async () => {
    const { request, calls } = setUp([json({}, 200, { 'x-csrf-token': 'fresh' }), json({})]);
    await request('POST', '/documents');
    await request('POST', '/documents');
    expect(calls.map((call) => call.csrf)).toEqual(['first', 'fresh']);
  });

  it('answers the body and the ETag', async () => {
    const { request } = setUp([json({ id: 'a' }, 200, { etag: '"3"' })]);
    expect(await request('GET', '/profile')).toEqual({ body: { id: 'a' }, etag: '"3"', status: 200 });
  });

  it('S24: sends the CSRF token with unsafe methods only', async () => {
    const { request, calls } = setUp([json({}), json({})]);
    await request('GET', '/profile');
    await request('PATCH', '/profile', { body: {} });
    expect(calls.map((call) => call.csrf)).toEqual([null, 'first']);
  });

  it.each([
    'csrf_expired',
    'csrf_mismatch',
    'csrf_wrong_session',
    'csrf_missing_cookie',
    'csrf_bad_signature',
  ])('I5: mends %s with a new token without the person noticing', async (code) => {
    const { request, calls } = setUp([problem(403, code), json({ ok: true })]);
    expect((await request('POST', '/collections', { body: {} })).body).toEqual({ ok: true });
    expect(calls.map((call) => call.csrf)).toEqual(['first', 'second']);
  });

  it('I5: mends a CSRF refusal once, then says what it is', async () => {
    const { request, calls } = setUp([problem(403, 'csrf_expired'), problem(403, 'csrf_expired')]);
    await expect(request('POST', '/collections', { body: {} })).rejects.toMatchObject({
      code: 'csrf_expired',
    });
    expect(calls).toHaveLength(2);
  });

  it('does not repeat a request from a wrong origin', async () => {
    const { request, calls } = setUp([problem(403, 'csrf_bad_origin')]);
    await expect(request('POST', '/collections', { body: {} })).rejects.toMatchObject({ status: 403 });
    expect(calls).toHaveLength(1);
  });

  it('renews an expired session and repeats the request', async () => {
    const { request, log } = setUp([problem(401, 'auth.session_expired'), json({ ok: true })]);
    expect((await request('GET', '/documents')).body).toEqual({ ok: true });
    expect(log).toMatchObject({ refreshed: 1, ended: 0 });
  });

  it('I12: a definite 401 ends the session', async () => {
    const { request, log } = setUp([problem(401, 'auth.session_expired')], async () => 'ended');
    await expect(request('GET', '/documents')).rejects.toMatchObject({ status: 401 });
    expect(log.ended).toBe(1);
  });

  it('I12: a renewal without an answer does not end the session', async () => {
    const lost = async () => {
      throw new ConnectionProblem('network');
    };
    const { request, log } = setUp([problem(401, 'auth.session_expired')], lost);
    await expect(request('POST', '/collections', { body: {} })).rejects.toBeInstanceOf(ConnectionProblem);
    expect(log.ended).toBe(0);
  });

  it.each([
    ['a broken connection', () => new TypeError('failed to fetch')],
    ['502', () => problem(502, 'proxy')],
    ['503', () => problem(503, 'busy')],
    ['504', () => problem(504, 'proxy')],
  ])('I12: %s repeats a GET with a pause and ends no session', async (_, failure) => {
    const { request, log } = setUp([failure(), failure(), json({ ok: true })]);
    expect((await request('GET', '/documents')).body).toEqual({ ok: true });
    expect(log).toMatchObject({ waits: 2, ended: 0, refreshed: 0 });
  });

  it('never repeats a POST whose connection broke, since it may have arrived', async () => {
    const { request, calls, log } = setUp([new TypeError('failed to fetch')]);
    await expect(request('POST', '/conversations', { body: {} })).rejects.toBeInstanceOf(ConnectionProblem);
    expect(calls).toHaveLength(1);
    expect(log.failures).toBe(1);
  });

  it('does not take a wrong password for an ended session', async () => {
    const { request, log } = setUp([problem(401, 'auth.invalid_credentials')]);
    await expect(request('POST', '/auth/jwt/login', { body: {} })).rejects.toMatchObject({ status: 401 });
    expect(log).toMatchObject({ refreshed: 0, ended: 0 });
  });

  it('names the field problems and the request of a refusal', async () => {
    const errors = [{ field: '/password', detail: 'Too short.' }];
    const body = { status: 422, code: 'validation', detail: 'Check.', request_id: 'r9', errors };
    const { request } = setUp([json(body, 422)]);
    const error = await request('POST', '/auth/register', { body: {} }).catch((each: unknown) => each);
    expect(error).toBeInstanceOf(ApiProblem);
    expect((error as ApiProblem).fieldError('password')).toBe('Too short.');
    expect((error as ApiProblem).requestId).toBe('r9');
  });

  it('understands a refusal by a proxy that sends HTML', async () => {
    const html = new Response('<h1>Bad gateway</h1>', {
      status: 502,
      headers: { 'content-type': 'text/html' },
    });
    const { request } = setUp([html]);
    await expect(request('GET', '/profile', { retries: 0 })).rejects.toMatchObject({ code: 'http.502' });
  });
});

describe('apiUrl', () => {
  it('leaves out what is not set', () => {
    expect(apiUrl('/documents', { q: '', cursor: null, limit: 5 })).toBe('/api/v1/documents?limit=5');
    expect(apiUrl('/api/health')).toBe('/api/health');
  });
});

describe('parseRetryAfter', () => {
  it('reads seconds and dates', () => {
    expect(parseRetryAfter('42', 0)).toBe(42);
    expect(parseRetryAfter('Thu, 01 Jan 1970 00:01:00 GMT', 30_000)).toBe(30);
    expect(parseRetryAfter('soon', 0)).toBeNull();
    expect(parseRetryAfter(null, 0)).toBeNull();
  });
});

describe('a request that wants a fresh proof', () => {
  const proof = { asked: 0, proved: true };
  const dependencies = (replies: Response[]) => ({
    fetch: async () => replies.shift() ?? json({ missing: true }),
    session: (): SessionPort => ({
      csrfToken: async () => 'token',
      takeCsrfToken: () => undefined,
      dropCsrfToken: () => undefined,
      refresh: async () => 'renewed',
      ended: () => undefined,
    }),
    noteAnswer: () => undefined,
    noteFailure: () => undefined,
    stepUp: async () => {
      proof.asked += 1;
      return proof.proved;
    },
  });

  it('is repeated once the person gave it', async () => {
    Object.assign(proof, { asked: 0, proved: true });
    const request = createRequester(
      dependencies([problem(403, 'auth.step_up_required'), json({ ok: true })]),
    );
    expect((await request('POST', '/auth/2fa/totp/disable')).body).toEqual({ ok: true });
    expect(proof.asked).toBe(1);
  });

  it('fails with the refusal when the person did not', async () => {
    Object.assign(proof, { asked: 0, proved: false });
    const request = createRequester(
      dependencies([problem(403, 'auth.step_up_required'), json({ ok: true })]),
    );
    await expect(request('POST', '/auth/2fa/totp/disable')).rejects.toMatchObject({
      code: 'auth.step_up_required',
    });
    expect(proof.asked).toBe(1);
  });
});
