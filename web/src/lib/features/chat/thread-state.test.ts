// @vitest-environment jsdom
import type { Conversation, Generation, Message } from '@aiwfe/api-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ThreadState } from './thread-state.svelte.ts';

type Handler = (body: Record<string, unknown>) => unknown;

const message = (id: string, parent_id: string | null, changes: Partial<Message> = {}): Message => ({
  id,
  conversation_id: 'c',
  parent_id,
  role: 'assistant',
  content: '',
  status: 'complete',
  mode: 'simple',
  model: null,
  citations: [],
  steps: [],
  notices: [],
  error: null,
  usage: null,
  generation_id: null,
  run_id: null,
  siblings: { index: 0, ids: [id] },
  created_at: '2026-01-01T00:00:00Z',
  ...changes,
});
const conversation = (changes: Partial<Conversation> = {}): Conversation => ({
  id: 'c',
  title: 'T',
  pinned: false,
  scope: { kind: 'all' },
  mode: 'simple',
  model: null,
  message_count: 2,
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
  snippet: null,
  active_generation: null,
  ...changes,
});
const generation = { id: 'g', conversation_id: 'c', message_id: 'a2' } as Generation;
const question = message('q', null, { role: 'user', content: 'Why?' });
const answer = message('a', 'q', { content: 'First' });
const events = (list: [string, unknown][]) =>
  list
    .map(([type, data], index) => `id: ${index + 1}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`)
    .join('');

let routes: Record<string, Handler>;
let requests: { route: string; body: Record<string, unknown> }[];

beforeEach(() => {
  requests = [];
  routes = {
    'GET /auth/csrf-token': () => ({ csrf_token: 't' }),
    'GET /conversations/c': () => conversation(),
    'GET /conversations/c/messages': () => ({ items: [question, answer], has_more: false }),
  };
  vi.stubGlobal('fetch', async (input: string, init: RequestInit = {}) => {
    const path = new URL(input, 'http://localhost').pathname.replace('/api/v1', '');
    const route = `${init.method ?? 'GET'} ${path}`;
    const body = typeof init.body === 'string' ? JSON.parse(init.body) : {};
    requests.push({ route, body });
    const answered = routes[route]?.(body);
    if (answered === undefined) return Response.json({ code: 'not_found', status: 404 }, { status: 404 });
    if (typeof answered === 'string') return new Response(answered);
    return Response.json(answered);
  });
});
afterEach(() => vi.unstubAllGlobals());

describe('thread', () => {
  it('follows the answer to a question until it is the stored message', async () => {
    const stored = message('a2', 'q2', { content: 'Whole answer', generation_id: 'g' });
    routes['POST /conversations/c/messages'] = () => ({
      user_message: message('q2', 'a', { role: 'user', content: 'And?' }),
      assistant_message: message('a2', 'q2', { status: 'streaming' }),
      generation,
    });
    routes['GET /generations/g/events'] = () =>
      events([
        ['delta', { text: 'Whole ' }],
        ['end', { status: 'completed', message: stored }],
      ]);
    const thread = new ThreadState('c');
    await thread.load();
    await thread.ask({ content: 'And?' });
    await expect.poll(() => thread.isAnswering).toBe(false);
    expect(thread.stored.map(({ id, content }) => [id, content])).toEqual([
      ['q', 'Why?'],
      ['a', 'First'],
      ['q2', 'And?'],
      ['a2', 'Whole answer'],
    ]);
    expect(requests.find(({ route }) => route.startsWith('POST'))?.body).toEqual({ content: 'And?' });
  });

  it('follows an answer that was being written when the page was opened', async () => {
    const active = { id: 'g', message_id: 'a', last_seq: 7 };
    routes['GET /conversations/c'] = () => conversation({ active_generation: active });
    routes['GET /generations/g/events'] = () => events([['delta', { text: 'from the start' }]]);
    const thread = new ThreadState('c');
    await thread.load();
    await expect.poll(() => thread.live?.view.text).toBe('from the start');
    thread.close();
  });

  it('sends an edited question beside the old one, also the first of all', async () => {
    routes['POST /conversations/c/messages'] = () => ({
      user_message: message('q3', null, { role: 'user' }),
      assistant_message: message('a2', 'q3'),
      generation,
    });
    const thread = new ThreadState('c');
    await thread.load();
    await thread.ask({ content: 'How?', parentId: question.parent_id });
    expect(requests.find(({ route }) => route.startsWith('POST'))?.body).toEqual({
      content: 'How?',
      parent_id: null,
    });
    expect(thread.stored.map(({ id }) => id)).toEqual(['q3', 'a2']);
    thread.close();
  });

  it('shows a question once that the server had before the page was reloaded', async () => {
    const thread = new ThreadState('c');
    await thread.load();
    const keys: (string | null)[] = [];
    const base = globalThis.fetch;
    vi.stubGlobal('fetch', async (input: string, init: RequestInit = {}) => {
      if (init.method === 'POST') keys.push(new Headers(init.headers).get('idempotency-key'));
      return base(input, init);
    });
    routes['POST /conversations/c/messages'] = () => ({
      user_message: question,
      assistant_message: answer,
      generation,
    });
    await thread.ask({ content: 'Why?' }, 'kept-key');
    expect(keys).toEqual(['kept-key']);
    expect(thread.stored).toEqual([question, answer]);
    expect(thread.isAnswering).toBe(false);
  });

  it('writes another answer in another mode, which becomes that of the conversation', async () => {
    routes['POST /conversations/c/messages/a/regenerate'] = () => ({
      user_message: question,
      assistant_message: message('a2', 'q', { mode: 'experts' }),
      generation,
    });
    const thread = new ThreadState('c');
    await thread.load();
    await thread.regenerate(answer, { mode: 'experts' });
    expect(requests.findLast(({ route }) => route.startsWith('POST'))?.body).toEqual({ mode: 'experts' });
    expect(thread.stored.map(({ id }) => id)).toEqual(['q', 'a2']);
    expect(thread.conversation?.mode).toBe('experts');
    thread.close();
  });

  it('shows the messages as they were when a question is refused', async () => {
    const thread = new ThreadState('c');
    await thread.load();
    await expect(thread.ask({ content: 'x', parentId: null })).rejects.toThrow();
    expect(thread.stored).toEqual([question, answer]);
    expect(thread.pendingQuestion).toBeNull();
  });

  it('shows another branch after the server made it the active one', async () => {
    const thread = new ThreadState('c');
    await thread.load();
    const other = message('b', 'q', { content: 'Other', siblings: { index: 1, ids: ['a', 'b'] } });
    routes['POST /conversations/c/branch'] = () => conversation();
    routes['GET /conversations/c/messages'] = () => ({ items: [question, other], has_more: false });
    await thread.showBranch('b');
    expect(thread.stored).toEqual([question, other]);
    expect(requests.findLast(({ route }) => route.startsWith('POST'))?.body).toEqual({ message_id: 'b' });
  });

  it('adds older messages before the loaded ones', async () => {
    routes['GET /conversations/c/messages'] = () => ({ items: [answer], has_more: true });
    const thread = new ThreadState('c');
    await thread.load();
    routes['GET /conversations/c/messages'] = () => ({ items: [question], has_more: false });
    expect(await thread.loadOlder()).toBe(true);
    expect(thread.stored).toEqual([question, answer]);
    expect(await thread.loadOlder()).toBe(false);
  });
});
