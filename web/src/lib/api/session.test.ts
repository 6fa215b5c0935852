import type { AuthStatus } from '@aiwfe/api-client';
import { describe, expect, it } from 'vitest';
import { ApiProblem, ConnectionProblem } from './api-problem.ts';
import type { Answer, Method } from './request.ts';
import { type SessionDependencies, SessionState } from './session.svelte.ts';

const lifetime = { id: 's', expires_at: '2027-01-01T00:00:00Z', idle_expires_at: '2026-12-01T00:00:00Z' };
const user = {
  id: 'u',
  email: 'ada@example.org',
  display_name: 'Ada',
  role: 'user',
  status: 'active',
  email_verified: true,
  created_at: '2026-01-01T00:00:00Z',
} as const;
const nowMs = Date.parse('2026-11-20T12:00:00Z');
const inMinutes = (minutes: number) => new Date(nowMs + minutes * 60_000).toISOString();
const signedIn: AuthStatus = {
  authenticated: true,
  user,
  session: lifetime,
  access_expires_at: inMinutes(15),
};
const renewal = { session: lifetime, csrf_token: 'new', access_expires_at: inMinutes(30) };

type Handler = () => unknown;

function setUp(handlers: Record<string, Handler>, hint = true) {
  const calls: string[] = [];
  const timers: { work: () => void; ms: number }[] = [];
  const listeners: ((event: MessageEvent) => void)[] = [];
  const posted: unknown[] = [];
  let chain: Promise<unknown> = Promise.resolve();
  const request = async <Body>(method: Method, path: string): Promise<Answer<Body>> => {
    const key = `${method} ${path}`;
    calls.push(key);
    const body = handlers[key]?.();
    if (body instanceof Error) throw body;
    return { body: body as Body, etag: null, status: 200 };
  };
  const dependencies: SessionDependencies = {
    request: () => request,
    lock: (_, work) => {
      const result = chain.then(work);
      chain = result.catch(() => undefined);
      return result;
    },
    nowMs: () => nowMs,
    setTimer: (work, ms) => timers.push({ work, ms }),
    clearTimer: () => undefined,
    signedInHere: {
      get: () => hint,
      set: (value) => {
        hint = value;
      },
    },
    channel: {
      postMessage: (message: unknown) => posted.push(message),
      addEventListener: (_: string, listener: unknown) =>
        listeners.push(listener as (event: MessageEvent) => void),
    } as SessionDependencies['channel'],
  };
  const session = new SessionState(dependencies);
  const hear = (data: unknown) => {
    for (const listener of listeners) listener({ data } as MessageEvent);
  };
  const count = (key: string) => calls.filter((each) => each === key).length;
  return { session, calls, timers, posted, hear, count, hint: () => hint };
}

describe('SessionState', () => {
  it('renews once however many requests meet an expired session at a time', async () => {
    const { session, count } = setUp({ 'POST /auth/refresh': () => renewal });
    expect(await Promise.all([session.refresh(), session.refresh(), session.refresh()])).toEqual([
      'renewed',
      'renewed',
      'renewed',
    ]);
    expect(count('POST /auth/refresh')).toBe(1);
  });

  it('does not renew again when another tab did while this one waited for the lock', async () => {
    const { session, hear, count } = setUp({ 'POST /auth/refresh': () => renewal });
    const waiting = session.refresh();
    hear({ kind: 'renewed', accessExpiresAt: inMinutes(15) });
    expect(await waiting).toBe('renewed');
    expect(count('POST /auth/refresh')).toBe(0);
  });

  it('renews ahead of the end of the access cookie', async () => {
    const { session, timers } = setUp({ 'GET /auth/status': () => signedIn });
    await session.load();
    expect(timers.at(-1)?.ms).toBe(14 * 60_000);
  });

  it('tries to renew before it takes a person for signed out', async () => {
    let renewed = false;
    const { session } = setUp({
      'GET /auth/status': () => (renewed ? signedIn : { authenticated: false }),
      'POST /auth/refresh': () => {
        renewed = true;
        return renewal;
      },
    });
    expect((await session.load()).authenticated).toBe(true);
    expect(session.user?.id).toBe('u');
  });

  it('spares a visitor who never signed in here the attempt to renew', async () => {
    const { session, count } = setUp({ 'GET /auth/status': () => ({ authenticated: false }) }, false);
    expect((await session.load()).authenticated).toBe(false);
    expect(count('POST /auth/refresh')).toBe(0);
  });

  it('I12: a lost connection keeps the person signed in', async () => {
    let lost = false;
    const { session } = setUp({
      'GET /auth/status': () => (lost ? new ConnectionProblem('network') : signedIn),
    });
    await session.load();
    lost = true;
    await expect(session.load()).rejects.toBeInstanceOf(ConnectionProblem);
    expect(session.user?.id).toBe('u');
  });

  it.each([
    ['a time-out', new ConnectionProblem('timeout')],
    ['a fault of the server', new ApiProblem({ status: 500, code: 'internal' })],
    ['a busy server', new ApiProblem({ status: 503, code: 'busy' })],
  ])('I12: %s while renewing throws and ends nothing', async (_, failure) => {
    const { session } = setUp({ 'GET /auth/status': () => signedIn, 'POST /auth/refresh': () => failure });
    await session.load();
    await expect(session.refresh()).rejects.toBe(failure);
    expect(session.user?.id).toBe('u');
  });

  it('S18: a renewal that another request won reads the sign-in again and keeps it', async () => {
    const superseded = new ApiProblem({ status: 401, code: 'auth.refresh_superseded' });
    const { session } = setUp({
      'GET /auth/status': () => signedIn,
      'POST /auth/refresh': () => superseded,
    });
    expect(await session.refresh()).toBe('renewed');
    expect(session.user?.id).toBe('u');
  });

  it('ends when there is no refresh token to renew with', async () => {
    const { session } = setUp({
      'POST /auth/refresh': () => new ApiProblem({ status: 401, code: 'auth.refresh_required' }),
    });
    expect(await session.refresh()).toBe('ended');
  });

  it('tries to renew when the server says that it may help, and not when it says that it cannot', async () => {
    const status = { authenticated: false, can_refresh: true };
    const { session, count } = setUp(
      {
        'GET /auth/status': () => ({ ...status }),
        'POST /auth/refresh': () => new ApiProblem({ status: 401, code: 'auth.session_expired' }),
      },
      false,
    );
    await session.load();
    expect(count('POST /auth/refresh')).toBe(1);
    status.can_refresh = false;
    await session.load();
    expect(count('POST /auth/refresh')).toBe(1);
  });

  it('I12: only a definite 401 to the renewal counts as the end', async () => {
    const { session } = setUp({
      'POST /auth/refresh': () => new ApiProblem({ status: 401, code: 'auth.session_expired' }),
    });
    expect(await session.refresh()).toBe('ended');
  });

  it('S24: fetches a CSRF token once and keeps it until it is dropped', async () => {
    let number = 0;
    const { session, count } = setUp({ 'GET /auth/csrf-token': () => ({ csrf_token: `t${++number}` }) });
    expect(await Promise.all([session.csrfToken(), session.csrfToken()])).toEqual(['t1', 't1']);
    session.dropCsrfToken('an older one');
    expect(await session.csrfToken()).toBe('t1');
    session.dropCsrfToken('t1');
    expect(await session.csrfToken()).toBe('t2');
    expect(count('GET /auth/csrf-token')).toBe(2);
  });

  it('takes over the CSRF token of a sign-in', async () => {
    const { session, count, hint } = setUp({}, false);
    session.adopt({ user, session: lifetime, csrf_token: 'signed-in' });
    expect(await session.csrfToken()).toBe('signed-in');
    expect(count('GET /auth/csrf-token')).toBe(0);
    expect(hint()).toBe(true);
  });

  it('signs out when another tab signed out', async () => {
    const { session, hear } = setUp({ 'GET /auth/status': () => signedIn });
    await session.load();
    let told = 0;
    session.onEnded(() => {
      told += 1;
    });
    hear({ kind: 'signed_out' });
    expect([session.user, told]).toEqual([null, 1]);
  });
});
