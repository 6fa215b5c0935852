import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseEvents } from '../conversations/stream-viewer.ts';
import { signedIn, type TestBrowser } from '../identity/client.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { TestSocket } from './test-socket.ts';

describe('answers over a WebSocket', () => {
  let app: TestApp;
  let url: string;
  let owner: TestBrowser;
  beforeAll(async () => {
    app = await createTestApp({ guard: 'real' });
    url = await app.listen();
    owner = (await signedIn(app, 'asks@example.org')).browser;
  });
  afterAll(() => app.stop());

  const ask = async (): Promise<string> => {
    const conversation = await owner.request('POST', '/api/v1/conversations', { json: {} });
    const asked = await owner.request('POST', `/api/v1/conversations/${conversation.json().id}/messages`, {
      json: { content: 'What is here?' },
    });
    expect(asked.statusCode, asked.body).toBe(202);
    return asked.json().generation.id;
  };
  const overSocket = async (browser: TestBrowser, stream: string) => {
    const socket = await TestSocket.open({ url, browser, channel: 'chat' });
    socket.say({ type: 'resume', stream, after_seq: 0 });
    const last = await socket.frame(({ type }) => type === 'done' || type === 'error');
    await socket.close();
    return { last, events: socket.frames.filter(({ seq }) => seq !== null) };
  };

  test('are the same events as the server-sent ones', async () => {
    const stream = await ask();
    const { events } = await overSocket(owner, stream);
    expect(events.at(-1)?.type).toBe('end');
    const cookie = [...owner.jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(`${url}/api/v1/generations/${stream}/events`, { headers: { cookie } });
    const sent = [];
    for await (const event of parseEvents(response)) sent.push(event);
    expect(events.map(({ stream: _stream, ...event }) => event)).toEqual(sent);
  });

  test('S30: of another person are unknown', async () => {
    const stranger = (await signedIn(app, 'looks@example.org')).browser;
    const { last, events } = await overSocket(stranger, await ask());
    expect(events).toEqual([]);
    expect(last).toMatchObject({ type: 'error', data: { code: 'streams.not_found', status: 404 } });
  });
});
