import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Message } from '../../src/features/conversations/index.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { type ConversationWorld, createConversationWorld } from './conversation-world.ts';
import { createFakePassages } from './fake-passages.ts';

interface Begun {
  conversation: { id: string; title: string; message_count: number };
  started: { user_message: Message; assistant_message: Message; generation: { id: string } };
}

describe('a conversation begun with its first question', () => {
  let database: TestDatabase;
  let world: ConversationWorld;
  let unread = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    world = await createConversationWorld({
      connectionString: database.connectionString,
      passages: { ...createFakePassages([]), countUnread: async () => unread },
    });
  });
  afterAll(async () => {
    await world.stop();
    await database.drop();
  });

  const post = (url: string, payload: object, headers: Record<string, string>) =>
    world.app.inject({ method: 'POST', url: `/api/v1${url}`, payload, headers });
  const countOf = async (headers: Record<string, string>): Promise<number> => {
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from conversations where owner_id = ${headers['x-test-person']}::uuid`.execute(
      world.db,
    );
    return rows[0]?.count ?? -1;
  };
  const answerTo = async (begun: Begun, headers: Record<string, string>): Promise<Message> => {
    const gone = new AbortController();
    for await (const events of world.eventLog.follow(begun.started.generation.id, 0, gone.signal))
      void events;
    const url = `/api/v1/conversations/${begun.conversation.id}/messages`;
    return (await world.app.inject({ method: 'GET', url, headers })).json().items[1];
  };

  it('is stored whole and answered, with the scope it was asked with', async () => {
    const { headers } = await world.person();
    const response = await post(
      '/conversations/begin',
      { content: 'What is this?', scope: { kind: 'none' } },
      headers,
    );
    expect(response.statusCode, response.body).toBe(201);
    const begun: Begun = response.json();
    expect(begun.conversation).toMatchObject({ title: 'What is this?', message_count: 2 });
    expect(begun.started.user_message).toMatchObject({ content: 'What is this?', parent_id: null });
    expect((await answerTo(begun, headers)).status).toBe('complete');
  });

  it('exists once however often a reloaded page sends it, also at the same time', async () => {
    const { headers: own } = await world.person();
    const headers = { ...own, 'idempotency-key': 'kept-with-the-draft' };
    const send = () => post('/conversations/begin', { content: 'Once?' }, headers);
    const answers = [...(await Promise.all([send(), send(), send()])), await send()];
    expect(answers.map((answer) => answer.statusCode)).toEqual([201, 201, 201, 201]);
    const begun: Begun[] = answers.map((answer) => answer.json());
    expect(new Set(begun.map(({ started }) => started.user_message.id)).size).toBe(1);
    expect(await countOf(own)).toBe(1);
    const other = await post('/conversations/begin', { content: 'Another?' }, headers);
    expect(other).toMatchObject({ statusCode: 422 });
    expect(other.json().code).toBe('conversations.idempotency_key_reused');
    expect(await countOf(own)).toBe(1);
  });

  it('leaves no empty conversation behind when the question is refused', async () => {
    const { headers } = await world.person();
    const refused = await post('/conversations/begin', { content: ' \n ' }, headers);
    expect(refused.json()).toMatchObject({ status: 422, code: 'conversations.question_empty' });
    const used = { ...headers, 'idempotency-key': 'used-elsewhere' };
    await post('/conversations', {}, used);
    expect((await post('/conversations/begin', { content: 'Now?' }, used)).statusCode).toBe(422);
    expect(await countOf(headers)).toBe(1);
  });

  it('S30: an idempotency key of one person answers nothing to another', async () => {
    const [first, second] = [await world.person(), await world.person()];
    const key = { 'idempotency-key': 'same-key' };
    const one = await post('/conversations/begin', { content: 'Private' }, { ...first.headers, ...key });
    const two = await post('/conversations/begin', { content: 'Private' }, { ...second.headers, ...key });
    expect(two.json().conversation.id).not.toBe(one.json().conversation.id);
  });

  it('says that documents are still being read instead of answering that nothing was found', async () => {
    const { headers } = await world.person();
    unread = 2;
    const begun: Begun = (
      await post('/conversations/begin', { content: 'What do they say?' }, headers)
    ).json();
    const answer = await answerTo(begun, headers);
    expect(answer).toMatchObject({
      status: 'failed',
      error: { code: 'conversations.documents_being_read', retryable: true },
    });
    expect(answer.error?.detail).toContain('2 documents are still being read');
    expect(answer.steps[0]).toMatchObject({
      detail: 'nothing found, 2 documents are still being read',
      code: 'nothing_found_unread',
      params: { count: 2 },
    });
    unread = 0;
    const path = `/conversations/${begun.conversation.id}/messages/${answer.id}/regenerate`;
    const again = (await post(path, {}, headers)).json();
    const gone = new AbortController();
    for await (const events of world.eventLog.follow(again.generation.id, 0, gone.signal)) void events;
    const url = `/api/v1/conversations/${begun.conversation.id}/messages`;
    const { items } = (await world.app.inject({ method: 'GET', url, headers })).json();
    expect(items[1]).toMatchObject({ status: 'complete', error: null });
  });
});
