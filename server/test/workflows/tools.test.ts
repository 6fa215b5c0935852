import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { multipart } from '../documents/multipart.ts';
import { goodKey, startWebSearchPeer, type WebSearchPeer } from '../peers/web-search-peer.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { chain, type RunAnswer, WorkflowClient } from './workflow-world.ts';

let app: TestApp;
let peer: WebSearchPeer;
let admin: WorkflowClient;
let ada: WorkflowClient;
let bob: WorkflowClient;

beforeAll(async () => {
  [app, peer] = await Promise.all([createTestApp(), startWebSearchPeer()]);
  admin = new WorkflowClient(app, await app.person('superuser'));
  ada = new WorkflowClient(app, await app.person());
  bob = new WorkflowClient(app, await app.person());
});
afterEach(() => peer.behave());
afterAll(async () => {
  await app.stop();
  await peer.close();
});

/** Runs a tool the way workflows do. */
const use = (who: WorkflowClient, tool: string, input: object): Promise<RunAnswer> =>
  who.finish(chain([{ id: 'use', type: 'tool', config: { tool, input } }]));
const result = async <Output>(who: WorkflowClient, tool: string, input: object): Promise<Output> => {
  const run = await use(who, tool, input);
  expect(run, JSON.stringify(run.error)).toMatchObject({ status: 'succeeded' });
  return run.output as Output;
};
const codeOf = async (who: WorkflowClient, tool: string, input: object): Promise<string | undefined> =>
  (await use(who, tool, input)).error?.code;

async function upload(who: WorkflowClient, filename: string, content: string): Promise<string> {
  const { headers, payload } = multipart([{ filename, content }]);
  const answer = await app.app.inject({
    method: 'POST',
    url: '/api/v1/documents',
    headers: { ...who.person.headers, ...headers },
    payload,
  });
  const { id } = answer.json().items[0];
  await vi.waitFor(
    async () => expect((await who.call('GET', `/documents/${id}`)).body).toMatchObject({ state: 'ready' }),
    { timeout: 120_000, interval: 50 },
  );
  return id;
}

async function ask(who: WorkflowClient, content: string): Promise<string> {
  const { body } = await who.call<{ conversation: { id: string } }>('POST', '/conversations/begin', {
    content,
  });
  const { id } = body.conversation;
  await vi.waitFor(
    async () =>
      expect((await who.call('GET', `/conversations/${id}`)).body).toMatchObject({ active_generation: null }),
    { timeout: 120_000, interval: 50 },
  );
  return id;
}

describe('what tools are offered', () => {
  it('each says what it takes, what it is for, and whether it writes', async () => {
    const { body } = await ada.call<{ 'x-tools': { name: string; purpose: string }[] }>(
      'GET',
      '/workflows/schema',
    );
    const tools = body['x-tools'];
    const names = tools.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(
      expect.arrayContaining([
        'documents.search',
        'documents.read',
        'conversations.search',
        'conversations.read',
        'memory.recall',
        'memory.remember',
        'notifications.send',
        'web.search',
      ]),
    );
    for (const tool of tools) {
      expect(tool).toMatchObject({
        input: { type: 'object', additionalProperties: false },
        scope: expect.any(String),
        writes: expect.any(Boolean),
        needs_approval: expect.any(Boolean),
      });
      expect(tool.purpose.length).toBeGreaterThan(80);
    }
  });
});

describe('documents.read', () => {
  interface Read {
    document_id: string;
    document_name: string;
    pages_total: number;
    items: { page: number; text: string }[];
    next: { page: number; offset: number } | null;
  }
  const text = Array.from({ length: 900 }, (_, line) => `Line ${line} of the ledger.`).join('\n');

  it('reads a long text in parts that add up to it', async () => {
    const id = await upload(ada, 'ledger.txt', text);
    const parts: string[] = [];
    let next: Read['next'] = { page: 1, offset: 0 };
    while (next !== null) {
      const read: Read = await result(ada, 'documents.read', {
        document_id: id,
        ...next,
        max_characters: 8_000,
      });
      expect(read.items.map((one) => one.text).join('').length).toBeLessThanOrEqual(8_000);
      parts.push(...read.items.map((one) => one.text));
      next = read.next;
    }
    expect(parts.length).toBeGreaterThan(2);
    expect(parts.join('').replaceAll(/\s+/g, ' ')).toBe(text.replaceAll(/\s+/g, ' '));
  });

  it('finds a document by its name, and says which there are when several fit', async () => {
    await upload(ada, 'minutes-march.md', '# March\n\nThe boiler was mended.');
    await upload(ada, 'minutes-april.md', '# April\n\nThe boiler broke.');
    const read = await result<Read>(ada, 'documents.read', { name: 'Minutes-March.md' });
    expect(read).toMatchObject({ document_name: 'minutes-march.md', next: null });
    expect(read.items[0]?.text).toContain('mended');
    const run = await use(ada, 'documents.read', { name: 'minutes' });
    expect(run.error).toMatchObject({ code: 'documents.name_ambiguous' });
    expect(run.error?.detail).toContain('minutes-april.md');
  });

  it('S30: a document of somebody else is an unknown one, by id and by name', async () => {
    const id = await upload(bob, 'diary-of-bob.txt', 'Only for Bob.');
    for (const input of [{ document_id: id }, { name: 'diary-of-bob.txt' }, {}])
      expect(await codeOf(ada, 'documents.read', input)).toBe('documents.not_found');
    expect(await codeOf(ada, 'documents.read', { document_id: 'no-id' })).toBe('workflows.config_invalid');
  });
});

describe('conversations.search and conversations.read', () => {
  it('find what was said and read it', async () => {
    const id = await ask(ada, 'How do I prune the quince tree?');
    const { items } = await result<{ items: { conversation_id: string; title: string }[] }>(
      ada,
      'conversations.search',
      { query: 'quince' },
    );
    expect(items).toMatchObject([{ conversation_id: id }]);
    const read = await result<{ title: string; messages: object[]; earlier: null }>(
      ada,
      'conversations.read',
      { conversation_id: id },
    );
    expect(read.messages).toMatchObject([
      { role: 'user', text: 'How do I prune the quince tree?' },
      { role: 'assistant' },
    ]);
    expect(read.earlier).toBeNull();
  });

  it('read in parts, the latest first', async () => {
    const id = await ask(ada, 'A question about gutters');
    const part = { conversation_id: id, limit: 1 };
    const read = await result<{ messages: { id: string; role: string }[]; earlier: string }>(
      ada,
      'conversations.read',
      part,
    );
    expect(read.messages.map(({ role }) => role)).toEqual(['assistant']);
    expect(read.earlier).toBe(read.messages[0]?.id);
    const before = await result<typeof read>(ada, 'conversations.read', { ...part, before: read.earlier });
    expect(before).toMatchObject({ messages: [{ role: 'user' }], earlier: null });
  });

  it('keep their results small, however long the messages are', async () => {
    const id = await ask(ada, 'Long answers about lichens');
    await sql`update messages set content = repeat('lichen ', 20000) where conversation_id = ${id}`.execute(
      app.platform.db,
    );
    const read = await result<{ messages: { text: string }[] }>(ada, 'conversations.read', {
      conversation_id: id,
    });
    expect(JSON.stringify(read).length).toBeLessThan(30_000);
    expect(read.messages.at(-1)?.text).toMatch(/\[…\]$/);
  });

  it('S30: a conversation of somebody else is an unknown one', async () => {
    const id = await ask(bob, 'Where is my zither?');
    expect(await result(ada, 'conversations.search', { query: 'zither' })).toEqual({ items: [] });
    expect(await codeOf(ada, 'conversations.read', { conversation_id: id })).toBe('conversations.not_found');
  });
});

describe('web.search', () => {
  it('is refused until an administrator turns it on, and then finds pages', async () => {
    expect(await codeOf(ada, 'web.search', { query: 'bridges' })).toBe('web_search.disabled');
    expect(peer.requests).toHaveLength(0);
    const saved = await admin.call('PUT', '/admin/web-search', {
      enabled: true,
      searches_per_person: 2,
      providers: [
        {
          ...{ kind: 'brave', enabled: true, allow_local: true, api_key: goodKey },
          base_url: `${peer.url}/brave`,
        },
      ],
    });
    expect(saved.status, JSON.stringify(saved.body)).toBe(200);
    const { items } = await result<{ items: object[] }>(ada, 'web.search', { query: 'bridges', count: 3 });
    expect(items[0]).toEqual({
      title: 'The bridge over the Kwell',
      url: 'https://bridges.example/kwell',
      snippet: expect.any(String),
      published_at: expect.any(String),
    });
    expect(items.length).toBeLessThanOrEqual(3);
  });

  it('counts against what a person may search in an hour', async () => {
    const queries = ['one', 'two', 'three'].map((word) => ({ query: `bob ${word}` }));
    const codes: (string | undefined)[] = [];
    for (const query of queries) codes.push(await codeOf(bob, 'web.search', query));
    expect(codes).toEqual([undefined, undefined, 'web_search.too_many']);
  });
});
