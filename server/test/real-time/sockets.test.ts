import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeOf, signedIn, TestBrowser } from '../identity/client.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { Refused, type SocketOptions, TestSocket, ticketOf } from './test-socket.ts';

let app: TestApp;
let url: string;
beforeAll(async () => {
  app = await createTestApp({ guard: 'real', role: 'api', alone: false });
  url = await app.listen();
});
afterAll(() => app.stop());

const refusal = async (options: Partial<SocketOptions>): Promise<Refused> => {
  const outcome = await TestSocket.open({ url, ...options }).catch((error: unknown) => error);
  if (!(outcome instanceof Refused)) throw new Error('the upgrade was not refused');
  return outcome;
};
let people = 0;
const person = () => signedIn(app, `socket-${++people}@example.org`);

describe('S28: opening a WebSocket', () => {
  test('takes the cookie together with the page’s own Origin', async () => {
    const { browser, id } = await person();
    const socket = await TestSocket.open({ url, browser });
    socket.say({ type: 'hello' });
    await socket.ofType('ready');
    app.platform.userFeed.changed(id, 'document', 'd1');
    // The sample document of a new account makes itself heard as well.
    const changed = { type: 'changed', seq: null, data: { kind: 'document', id: 'd1' } };
    await expect.poll(() => socket.frames).toContainEqual(changed);
    await socket.close();
  });

  test('refuses a foreign Origin before the upgrade, whatever else it brings', async () => {
    const { browser } = await person();
    const origin = 'https://evil.example';
    for (const proof of [{ browser }, { token: await ticketOf(browser) }, {}]) {
      const { status, code } = await refusal({ origin, ...proof });
      expect([status, code]).toEqual([403, 'sockets.bad_origin']);
    }
    const crossSite = await refusal({ browser, headers: { 'sec-fetch-site': 'cross-site' } });
    expect(crossSite.code).toBe('sockets.bad_origin');
  });

  test('does not take the cookie without an Origin: a ticket must come', async () => {
    const { browser } = await person();
    const socket = await TestSocket.open({ url, browser, origin: null });
    socket.say({ type: 'hello' });
    expect(await socket.closed).toEqual({ code: 4401, reason: 'auth.ticket_required' });
    expect(socket.frames).toEqual([]);
  });

  test('takes a ticket in the first frame, once', async () => {
    const { browser } = await person();
    const ticket = await ticketOf(browser);
    const first = await TestSocket.open({ url, origin: null });
    first.say({ type: 'hello', ticket });
    await first.ofType('ready');
    const second = await TestSocket.open({ url, origin: null });
    second.say({ type: 'hello', ticket });
    expect(await second.closed).toEqual({ code: 4401, reason: 'auth.ticket_invalid' });
    await first.close();
  });

  test('takes a ticket in the address, once, and never an access token', async () => {
    const { browser } = await person();
    const token = await ticketOf(browser);
    const socket = await TestSocket.open({ url, origin: null, token });
    await socket.ofType('ready');
    const jwt = browser.jar.get('access_token') ?? '';
    expect(jwt.split('.')).toHaveLength(3);
    for (const bad of [token, 'x'.repeat(32)])
      expect((await refusal({ origin: null, token: bad })).code).toBe('auth.ticket_invalid');
    // A JWT is longer than any ticket, or simply none.
    expect([401, 422]).toContain((await refusal({ origin: null, token: jwt })).status);
    await socket.close();
  });

  test('gives one of many parallel attempts the ticket', async () => {
    const { browser } = await person();
    const token = await ticketOf(browser);
    const attempts = await Promise.allSettled(
      Array.from({ length: 8 }, () => TestSocket.open({ url, origin: null, token })),
    );
    const open = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
    expect(open).toHaveLength(1);
    await open[0]?.close();
  });

  test('refuses a ticket whose sign-in has ended, and one that is too old', async () => {
    const { browser } = await person();
    const token = await ticketOf(browser);
    await browser.request('POST', '/api/v1/auth/logout');
    expect((await refusal({ origin: null, token })).code).toBe('auth.ticket_invalid');

    const other = await person();
    const old = await ticketOf(other.browser);
    await app.platform.db
      .updateTable('challenges' as never)
      .set({ expires_at: new Date(0) } as never)
      .where('user_id' as never, '=', other.id as never)
      .execute();
    expect((await refusal({ origin: null, token: old })).code).toBe('auth.ticket_invalid');
  });

  test('makes tickets for 30 seconds', async () => {
    const { browser } = await person();
    const before = Date.now();
    const response = await browser.request('POST', '/api/v1/auth/ws-ticket');
    const { expires_at } = response.json() as { expires_at: string };
    expect(Date.parse(expires_at)).toBeGreaterThan(before + 29_000);
    expect(Date.parse(expires_at)).toBeLessThanOrEqual(Date.now() + 30_000);
  });

  test('stores only a hash of a ticket', async () => {
    const { browser, id } = await person();
    const ticket = await ticketOf(browser);
    const rows = await app.platform.db
      .selectFrom('challenges' as never)
      .selectAll()
      .where('user_id' as never, '=', id as never)
      .execute();
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(ticket);
  });

  test('gives no ticket without a session', async () => {
    const browser = new TestBrowser(app);
    const response = await browser.request('POST', '/api/v1/auth/ws-ticket');
    expect([response.statusCode, codeOf(response)]).toEqual([401, 'auth.session_required']);
  });

  test('I14: tells a request whose upgrade got lost on the way what is missing', async () => {
    const response = await app.app.inject({ url: '/api/v1/ws/notifications' });
    expect([response.statusCode, codeOf(response)]).toEqual([426, 'sockets.upgrade_required']);
  });

  test('answers an offer of another protocol as plain HTTP', async () => {
    const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': '' };
    const { request } = await import('node:http');
    const status = await new Promise((resolve, reject) => {
      request(`${url}/api/health/live`, { headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
  });
});

describe('S28: an open WebSocket', () => {
  test('ends with a message larger than 64 KB', async () => {
    const { browser } = await person();
    const socket = await TestSocket.open({ url, browser });
    await socket.ofType('ready');
    socket.say(JSON.stringify({ type: 'resume', stream: 'x'.repeat(65 * 1024) }));
    expect((await socket.closed).code).toBe(1009);
  });

  test('ends when messages come too fast', async () => {
    const { browser } = await person();
    const socket = await TestSocket.open({ url, browser });
    await socket.ofType('ready');
    for (let sent = 0; sent < 200; sent++) socket.say({ type: 'pong' });
    expect(await socket.closed).toEqual({ code: 4429, reason: 'sockets.too_many_messages' });
  });

  test('ends with a message that is not understood', async () => {
    const { browser } = await person();
    for (const bad of ['not json', '[]', '{"type":"sing"}', '{"type":"hello","type":"hello"}']) {
      const socket = await TestSocket.open({ url, browser });
      socket.say(bad);
      expect(await socket.closed).toEqual({ code: 4400, reason: 'sockets.bad_frame' });
    }
  });

  test('answers a ping of the client', async () => {
    const { browser } = await person();
    const socket = await TestSocket.open({ url, browser });
    socket.say({ type: 'ping' });
    expect(await socket.ofType('pong')).toEqual({ type: 'pong', seq: null, data: {} });
    await socket.close();
  });

  test('I13: goes on with a new ticket, but not with another person’s', async () => {
    const { browser } = await person();
    const other = await person();
    const socket = await TestSocket.open({ url, browser });
    await socket.ofType('ready');
    socket.say({ type: 'renew', ticket: await ticketOf(browser) });
    expect((await socket.ofType('renewed')).data.renew_before).toMatch(/^\d{4}-/);
    socket.say({ type: 'renew', ticket: await ticketOf(other.browser) });
    expect(await socket.closed).toEqual({ code: 4401, reason: 'auth.ticket_invalid' });
  });

  test('tells of no change of another person', async () => {
    const { browser, id } = await person();
    const other = await person();
    const socket = await TestSocket.open({ url, browser });
    await socket.ofType('ready');
    app.platform.userFeed.changed(other.id, 'document', 'theirs');
    app.platform.userFeed.changed(id, 'document', 'mine');
    const hint = (one: string) => expect.objectContaining({ data: { kind: 'document', id: one } });
    await expect.poll(() => socket.frames).toContainEqual(hint('mine'));
    expect(socket.frames).not.toContainEqual(hint('theirs'));
    await socket.close();
  });
});

describe('S30: streams of others', () => {
  test('an unknown stream and another person’s answer the same', async () => {
    const owner = await person();
    const stranger = await person();
    const streamId = uuidv7();
    await app.platform.eventLog.create(app.platform.db, {
      id: streamId,
      kind: 'generation',
      ownerId: owner.id,
    });
    for (const channel of ['chat', 'progress', 'notifications']) {
      const socket = await TestSocket.open({ url, browser: stranger.browser, channel });
      const answers = [];
      for (const stream of [streamId, uuidv7()]) {
        socket.say({ type: 'resume', stream, after_seq: 0 });
        const { stream: _stream, ...rest } = await socket.frame((frame) => frame.stream === stream);
        answers.push(rest);
      }
      expect(answers[0]).toMatchObject({ type: 'error', data: { code: 'streams.not_found', status: 404 } });
      expect(answers[1]).toEqual(answers[0]);
      await socket.close();
    }
  });
});

test('S28: a restricted session opens no WebSocket', async () => {
  const { browser, sessionId } = await person();
  const open = await TestSocket.open({ url, browser });
  await open.ofType('ready');
  await app.platform.db
    .updateTable('sessions' as never)
    .set({ restriction: 'change_password' } as never)
    .where('id' as never, '=', sessionId as never)
    .execute();
  app.platform.bus.publish('sessions.changed', { session_ids: [sessionId] });
  expect(await open.closed).toEqual({ code: 4403, reason: 'auth.password_change_required' });
  const again = await TestSocket.open({ url, browser });
  expect(await again.closed).toEqual({ code: 4403, reason: 'auth.password_change_required' });
  expect((await browser.request('POST', '/api/v1/auth/ws-ticket')).statusCode).toBe(403);
});
