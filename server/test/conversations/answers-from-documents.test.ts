import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Message } from '../../src/features/conversations/index.ts';
import { type FakeModelServer, startFakeModelServer } from '../peers/fake-model-server.ts';
import { createTestApp, type TestApp, type TestPerson } from '../test-app.ts';

const text = `The old bridge over the river Kwell was opened in the year 1932 by the mayor of the town.

It was closed for repairs from 1971 to 1974, because the northern pier had sunk by eleven centimetres.`;

describe('answers from documents, in the composed program', () => {
  let app: TestApp;
  let peer: FakeModelServer;
  let person: TestPerson;
  let admin: TestPerson;

  beforeAll(async () => {
    app = await createTestApp();
    peer = await startFakeModelServer();
    person = await app.person();
    admin = await app.person('admin');
    await upload('bridge.txt', text);
  });
  afterAll(async () => {
    await app.stop();
    await peer.close();
  });

  const call = async <Body>(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    body?: object,
    as = person,
  ): Promise<Body> => {
    const url = `/api/v1${path}`;
    const payload = body === undefined ? {} : { payload: body };
    const response = await app.app.inject({ method, url, headers: as.headers, ...payload });
    expect(response.statusCode, response.body).toBeLessThan(300);
    return response.json();
  };
  const upload = async (name: string, content: string): Promise<void> => {
    const form = new FormData();
    form.append('file', new Blob([content], { type: 'text/plain' }), name);
    const encoded = new Response(form);
    const response = await app.app.inject({
      method: 'POST',
      url: '/api/v1/documents',
      headers: { ...person.headers, 'content-type': encoded.headers.get('content-type') ?? '' },
      payload: Buffer.from(await encoded.arrayBuffer()),
    });
    expect(response.statusCode, response.body).toBe(201);
    const id = response.json().items[0].id as string;
    const isReady = async (): Promise<void> =>
      expect((await call<{ state: string }>('GET', `/documents/${id}`)).state).toBe('ready');
    await vi.waitFor(isReady, { timeout: 120_000, interval: 100 });
  };
  const ask = async (content: string, scope: object): Promise<Message> => {
    const { id } = await call<{ id: string }>('POST', '/conversations', { scope });
    const started = await call<{ generation: { id: string } }>('POST', `/conversations/${id}/messages`, {
      content,
    });
    const gone = new AbortController();
    const { eventLog } = app.platform;
    for await (const events of eventLog.follow(started.generation.id, 0, gone.signal)) void events;
    return (await call<{ items: Message[] }>('GET', `/conversations/${id}/messages`)).items[1]!;
  };

  it('are quotations with verified citations while no model is connected, and say so', async () => {
    const answer = await ask('When was the bridge opened?', { kind: 'all' });
    expect(answer).toMatchObject({ status: 'complete', model: { provider_kind: 'builtin' } });
    expect(answer.content).toContain('1932');
    expect(answer.content.toLowerCase()).toContain('no model connected');
    expect(answer.citations[0]).toMatchObject({ document_name: 'bridge.txt', verified: true });
    expect(answer.steps.map((step) => [step.id, step.state])).toEqual([
      ['retrieve', 'done'],
      ['extract', 'done'],
    ]);
  });

  it('say plainly what is possible without model and documents', async () => {
    const answer = await ask('Hello', { kind: 'none' });
    expect(answer).toMatchObject({ status: 'complete', citations: [] });
    expect(answer.content).toContain('No language model is connected');
    expect(answer.notices).toEqual([
      {
        code: 'conversations.server_words',
        params: { words: 'nothing_to_quote' },
        detail: answer.content,
      },
    ]);
  });

  it('S30: find nothing in documents of other people', async () => {
    const stranger = await app.person();
    const { id } = await call<{ id: string }>('POST', '/conversations', { scope: { kind: 'all' } }, stranger);
    const path = `/conversations/${id}/messages`;
    const started = await call<{ generation: { id: string } }>(
      'POST',
      path,
      { content: 'bridge 1932' },
      stranger,
    );
    const { eventLog } = app.platform;
    let last: unknown;
    for await (const events of eventLog.follow(started.generation.id, 0, new AbortController().signal))
      last = events.at(-1);
    expect(JSON.stringify(last)).not.toContain('Kwell');
  });

  it('come from the connected model with citations that are checked against the document', async () => {
    const provider = await call<{ id: string }>(
      'POST',
      '/models/providers',
      { kind: 'ollama', name: 'Peer', base_url: peer.url, allow_local: true },
      admin,
    );
    await call('PUT', '/models/slots/chat', { provider_id: provider.id, model: 'tiny-chat:latest' }, admin);
    peer.script({ path: '/api/chat', quoteSources: 'right' });
    const right = await ask('When was the bridge closed?', { kind: 'all' });
    expect(right).toMatchObject({
      status: 'complete',
      model: { provider_kind: 'ollama', model: 'tiny-chat:latest' },
    });
    expect(right.citations[0]).toMatchObject({ number: 1, document_name: 'bridge.txt', verified: true });
  });
});
