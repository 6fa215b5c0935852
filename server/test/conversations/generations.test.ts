import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Message } from '../../src/features/conversations/index.ts';
import { numberedWords } from '../peers/fake-model-script.ts';
import { type FakeModelServer, startFakeModelServer } from '../peers/fake-model-server.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { type ConversationWorld, createConversationWorld } from './conversation-world.ts';
import { createFakePassages, fakePassage } from './fake-passages.ts';
import { endMessage, type SeenEvent, shownText, viewStream } from './stream-viewer.ts';

interface Started {
  user_message: Message;
  assistant_message: Message;
  generation: { id: string; status: string };
}

describe('generations', () => {
  let database: TestDatabase;
  let peer: FakeModelServer;
  let world: ConversationWorld;
  let base: string;
  let headers: Record<string, string>;
  const source = fakePassage('Report.pdf', 'The bridge was opened in the year 1932 by the mayor.');

  beforeAll(async () => {
    database = await createTestDatabase();
    peer = await startFakeModelServer();
    world = await createConversationWorld({
      connectionString: database.connectionString,
      peerUrl: peer.url,
      passages: createFakePassages([source]),
    });
    base = await world.listen();
    ({ headers } = await world.person());
  });
  afterEach(() => peer.reset());
  afterAll(async () => {
    await world.stop();
    await peer.close();
    await database.drop();
  });

  const call = async (method: string, path: string, body?: unknown, extra: Record<string, string> = {}) => {
    const response = await fetch(`${base}/api/v1${path}`, {
      method,
      headers: {
        ...headers,
        ...extra,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as never };
  };
  const newConversation = async (scope = 'none'): Promise<string> => {
    const { body } = await call('POST', '/conversations', { scope: { kind: scope } });
    return (body as { id: string }).id;
  };
  const ask = async (id: string, content: string, more: object = {}): Promise<Started> => {
    const { status, body } = await call('POST', `/conversations/${id}/messages`, { content, ...more });
    expect(status).toBe(202);
    return body;
  };
  const view = (
    id: string,
    options: { afterSeq?: number; until?: (event: SeenEvent, all: SeenEvent[]) => boolean } = {},
  ) => viewStream({ url: `${base}/api/v1/generations/${id}/events`, headers, ...options });
  const branch = async (id: string, query = ''): Promise<{ items: Message[]; has_more: boolean }> =>
    (await call('GET', `/conversations/${id}/messages${query}`)).body;

  it('streams an answer whose text, end event and stored message are the same', async () => {
    peer.script({ tokens: 300, path: '/api/chat' });
    const id = await newConversation();
    const started = await ask(id, 'Count to three hundred');
    expect(started.assistant_message.status).toBe('streaming');
    expect(started.generation.status).toBe('queued');
    const events = await view(started.generation.id);
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
    expect(events[0]).toMatchObject({
      type: 'started',
      data: { attempt: 1, message_id: started.assistant_message.id },
    });
    const text = numberedWords(300).join('');
    expect(shownText(events)).toBe(text);
    expect(endMessage(events)).toMatchObject({
      content: text,
      status: 'complete',
      usage: { output_tokens: 300 },
    });
    const { items } = await branch(id);
    expect(items).toHaveLength(2);
    expect(items[1]).toEqual(endMessage(events));
  });

  it('gives a viewer that comes back every event after its last one exactly once', async () => {
    peer.script({ tokens: 50, gateAfter: 25, path: '/api/chat', flushEachToken: true });
    const { generation } = await ask(await newConversation(), 'Count');
    const half = numberedWords(25).join('');
    const first = await view(generation.id, { until: (_, all) => shownText(all) === half });
    peer.release();
    const rest = await view(generation.id, { afterSeq: first.at(-1)!.seq });
    const all = [...first, ...rest];
    expect(all.map((event) => event.seq)).toEqual(all.map((_, index) => index + 1));
    expect(shownText(all)).toBe(numberedWords(50).join(''));
    const again = await fetch(`${base}/api/v1/generations/${generation.id}/events?after_seq=${all.length}`, {
      headers,
    });
    expect(again.status).toBe(204);
  });

  it('keeps the text written so far when it is stopped while streaming', async () => {
    peer.script({ tokens: 50, gateAfter: 10, path: '/api/chat' });
    const id = await newConversation();
    const { generation } = await ask(id, 'Count');
    const ten = numberedWords(10).join('');
    await view(generation.id, { until: (_, all) => shownText(all) === ten });
    const { status } = await call('POST', `/generations/${generation.id}/stop`);
    expect(status).toBe(202);
    const events = await view(generation.id);
    expect(endMessage(events)).toMatchObject({ status: 'stopped', content: shownText(events), error: null });
    expect(endMessage(events).content).toBe(ten);
    expect((await branch(id)).items[1]).toEqual(endMessage(events));
  });

  it('S19: ends a stream whose session has ended', async () => {
    peer.script({ tokens: 5, gateAfter: 1, path: '/api/chat' });
    const { generation } = await ask(await newConversation(), 'Count');
    const person = headers['x-test-person']!;
    let ended = false;
    const seen = await view(generation.id, {
      until: (event) => {
        if (event.type === 'delta' && !ended) world.userFeed.changed(person, 'session', person);
        ended ||= event.type === 'delta';
        return false;
      },
    });
    expect(seen.at(-1)?.type).toBe('delta');
    await call('POST', `/generations/${generation.id}/stop`);
  });

  it('shows a provider error as what it is and keeps the partial text', async () => {
    peer.script({ tokens: 50, errorAfter: 10, path: '/api/chat' });
    const { generation } = await ask(await newConversation(), 'Count');
    const message = endMessage(await view(generation.id));
    expect(message).toMatchObject({
      status: 'failed',
      error: {
        code: 'models.interrupted',
        reason: 'broken_off_said',
        params: { provider: 'Peer', said: expect.stringContaining('stopped') },
        retryable: true,
      },
    });
    expect(message.content).toBe(numberedWords(10).join(''));
  });

  it('says so when it tries again before the first word', async () => {
    peer.script({ status: 503, times: 1, path: '/api/chat' });
    const { generation } = await ask(await newConversation(), 'Count');
    const events = await view(generation.id);
    expect(events.filter((event) => event.type === 'notice')).toHaveLength(1);
    expect(endMessage(events).status).toBe('complete');
  });

  it('keeps with the message what still matters of its notices, for every later reader', async () => {
    peer.script({ tokens: 3, finishReason: 'length', path: '/api/chat' });
    peer.script({ status: 503, times: 1, path: '/api/chat' });
    const id = await newConversation();
    const { generation } = await ask(id, 'Count');
    const events = await view(generation.id);
    const said = events.filter((event) => event.type === 'notice').map(({ data }) => data);
    expect(said).toMatchObject([
      {
        code: 'conversations.trying_again',
        params: { because_code: expect.stringMatching(/^models\./), try: 2, tries: 3 },
      },
      { code: 'conversations.answer_cut', params: {} },
    ]);
    expect(endMessage(events).notices).toEqual(said.slice(1));
    expect((await branch(id)).items.map(({ notices }) => notices)).toEqual([[], said.slice(1)]);
  });

  it('keeps the notices of each version of an answer', async () => {
    peer.script({ tokens: 3, path: '/api/chat' });
    peer.script({ tokens: 3, finishReason: 'length', times: 1, path: '/api/chat' });
    const id = await newConversation();
    const first = await ask(id, 'Count');
    await view(first.generation.id);
    const path = `/conversations/${id}/messages/${first.assistant_message.id}`;
    const again = (await call('POST', `${path}/regenerate`, {})).body as Started;
    await view(again.generation.id);
    expect((await branch(id)).items[1]?.notices).toEqual([]);
    await call('POST', `/conversations/${id}/branch`, { message_id: first.assistant_message.id });
    expect((await branch(id)).items[1]?.notices).toMatchObject([{ code: 'conversations.answer_cut' }]);
  });

  it('does not try again where it cannot help', async () => {
    const id = await newConversation();
    const { generation } = await ask(id, 'Count', {
      model: { provider_id: '01900000-0000-7000-8000-00000000feed', model: 'missing:latest' },
    });
    const events = await view(generation.id);
    expect(events.filter((event) => event.type === 'notice')).toHaveLength(0);
    expect(endMessage(events).error).toMatchObject({
      code: 'models.model_not_found',
      reason: 'missing',
      params: { provider: 'Peer', model: 'missing:latest' },
      retryable: false,
    });
  });

  it('answers from the sources of the conversation and cites them', async () => {
    peer.script({ quoteSources: 'right', path: '/api/chat' });
    const { generation } = await ask(await newConversation('all'), 'When was the bridge opened?');
    const events = await view(generation.id);
    const message = endMessage(events);
    expect(message.citations).toMatchObject([{ number: 1, document_name: 'Report.pdf', verified: true }]);
    expect(message.steps.map((step) => [step.id, step.state])).toEqual([
      ['retrieve', 'done'],
      ['prompt', 'done'],
    ]);
    expect(message.steps[0]).toMatchObject({
      detail: '1 passage from 1 document',
      code: 'found',
      params: { passages: 1, documents: 1 },
      node_id: null,
    });
    expect(message.steps[1]).toMatchObject({
      code: 'prepared',
      params: { sources: 1, tokens: expect.any(Number) },
    });
    expect(message.content).toContain('[1]');
    expect(events.find((event) => event.type === 'sources')).toBeDefined();
  });

  it('shows steps of earlier versions, which have neither codes nor parameters', async () => {
    peer.script({ tokens: 3, path: '/api/chat' });
    const id = await newConversation();
    const { generation, assistant_message: answer } = await ask(id, 'Count');
    await view(generation.id);
    const old = {
      id: 's',
      kind: 'retrieve',
      title: 'Search',
      state: 'done',
      detail: '3 passages',
      duration_ms: 1,
    };
    await sql`update messages set steps = ${JSON.stringify([old])} where id = ${answer.id}`.execute(world.db);
    const now = { text: null, approval_id: null, node_id: null, code: null, params: {} };
    expect((await branch(id)).items[1]?.steps).toEqual([{ ...old, ...now }]);
  });

  it('sends the branch so far and nothing of other branches to the model', async () => {
    peer.script({ tokens: 3, path: '/api/chat' });
    const id = await newConversation();
    const first = await ask(id, 'First question');
    await view(first.generation.id);
    const second = await ask(id, 'Second question');
    await view(second.generation.id);
    const edited = await ask(id, 'Second question, edited', { parent_id: second.user_message.parent_id });
    await view(edited.generation.id);
    const request = peer.requests.findLast((candidate) => candidate.path === '/api/chat');
    const { messages } = request!.body as { messages: { role: string; content: string }[] };
    expect(messages.slice(1).map((message) => message.content)).toEqual([
      'First question',
      numberedWords(3).join(''),
      'Second question, edited',
    ]);
    const { items } = await branch(id);
    expect(items[2]?.siblings).toEqual({
      index: 1,
      ids: [second.user_message.id, edited.user_message.id],
    });
    await call('POST', `/conversations/${id}/branch`, { message_id: second.user_message.id });
    expect((await branch(id)).items.map((message) => message.id)).toEqual([
      first.user_message.id,
      first.assistant_message.id,
      second.user_message.id,
      second.assistant_message.id,
    ]);
  });

  it('adds another answer beside the first when asked to answer again', async () => {
    peer.script({ tokens: 3, path: '/api/chat' });
    const id = await newConversation();
    const first = await ask(id, 'Question');
    await view(first.generation.id);
    const path = `/conversations/${id}/messages/${first.assistant_message.id}/regenerate`;
    const again = (await call('POST', path, {})).body as Started;
    await view(again.generation.id);
    expect(again.user_message.id).toBe(first.user_message.id);
    const { items } = await branch(id);
    expect(items[1]?.siblings.ids).toEqual([first.assistant_message.id, again.assistant_message.id]);
    expect(items[1]?.id).toBe(again.assistant_message.id);
  });

  it('refuses a second question on a branch where an answer is being written', async () => {
    peer.script({ tokens: 5, gateAfter: 1, path: '/api/chat' });
    const id = await newConversation();
    const { generation, assistant_message: answer } = await ask(id, 'One');
    const refused = await call('POST', `/conversations/${id}/messages`, { content: 'Two' });
    expect(refused).toMatchObject({ status: 409, body: { code: 'conversations.generation_running' } });
    const again = await call('POST', `/conversations/${id}/messages/${answer.id}/regenerate`, {});
    expect(again.status).toBe(409);
    await call('POST', `/generations/${generation.id}/stop`);
    await view(generation.id);
  });

  it('answers a repeated request with what the first one started', async () => {
    const id = await newConversation();
    const key = { 'idempotency-key': 'the-same' };
    const path = `/conversations/${id}/messages`;
    const both = await Promise.all([
      call('POST', path, { content: 'Once' }, key),
      call('POST', path, { content: 'Once' }, key),
    ]);
    const ids = both.map((answer) => (answer.body as Started).generation.id);
    expect(ids[0]).toBe(ids[1]);
    await view(ids[0]!);
    expect((await branch(id)).items).toHaveLength(2);
    const other = await call('POST', path, { content: 'Something else' }, key);
    expect(other).toMatchObject({ status: 422, body: { code: 'conversations.idempotency_key_reused' } });
  });

  it('refuses questions that are too long, empty or not text', async () => {
    const id = await newConversation();
    const refuse = async (content: string) => call('POST', `/conversations/${id}/messages`, { content });
    expect(await refuse('é'.repeat(51_201))).toMatchObject({
      status: 413,
      body: { code: 'conversations.question_too_long' },
    });
    expect(await refuse(' \n ')).toMatchObject({
      status: 422,
      body: { code: 'conversations.question_empty' },
    });
    expect(await refuse('a\0b')).toMatchObject({
      status: 422,
      body: { code: 'conversations.question_unreadable' },
    });
    expect((await branch(id)).items).toHaveLength(0);
  });

  it('takes a question of 100 KB and never drops it, whatever the model can read', async () => {
    peer.script({ tokens: 3, path: '/api/chat' });
    const { generation } = await ask(await newConversation(), 'é'.repeat(51_200));
    const events = await view(generation.id);
    expect(endMessage(events).error?.code).toBe('models.context_exceeded');
  });
});
