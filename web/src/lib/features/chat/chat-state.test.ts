// @vitest-environment jsdom
import type { Conversation, Message, Slot } from '@aiwfe/api-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ChatState } from './chat-state.svelte.ts';
import { Drafts } from './drafts.ts';

const conversation = {
  id: 'c',
  title: 'Why?',
  mode: 'simple',
  scope: { kind: 'all' },
  active_generation: null,
} as Conversation;
const message = (id: string, role: Message['role']) =>
  ({ id, role, content: id, status: 'complete', citations: [], steps: [] }) as unknown as Message;
const begun = {
  conversation,
  started: {
    user_message: message('q', 'user'),
    assistant_message: message('a', 'assistant'),
    generation: { id: 'g' },
  },
};

let sent: { path: string; key: string | null; body: unknown }[];
let answer: () => Promise<Response>;

beforeEach(() => {
  localStorage.clear();
  sent = [];
  answer = async () => Response.json(begun, { status: 201 });
  vi.stubGlobal('fetch', async (input: string, init: RequestInit = {}) => {
    const path = new URL(input, 'http://localhost').pathname.replace('/api/v1', '');
    if (path === '/auth/csrf-token') return Response.json({ csrf_token: 't' });
    if (init.method !== 'POST') return new Response('', { status: 200 });
    const body: unknown = JSON.parse(String(init.body));
    sent.push({ path, key: new Headers(init.headers).get('idempotency-key'), body });
    return answer();
  });
});
afterEach(() => vi.unstubAllGlobals());

describe('chat', () => {
  it('begins a conversation with its first question in one request and leaves no draft', async () => {
    const chat = new ChatState(localStorage, 'ada');
    chat.suggest('Why?');
    await chat.send('Why?');
    expect(sent.map(({ path, body }) => [path, body])).toEqual([
      ['/conversations/begin', { content: 'Why?', scope: { kind: 'all' } }],
    ]);
    expect(chat.thread?.stored.map(({ id }) => id)).toEqual(['q', 'a']);
    expect([chat.drafts.read(null), chat.drafts.underWay(null)]).toEqual(['', undefined]);
    chat.thread?.close();
  });

  it.each([
    ['system', { locked: false, locked_by: 'system' }, 'system'],
    ['role', { locked: false, locked_by: 'role' }, 'role'],
    ['the person', { locked: true, locked_by: null }, 'person'],
  ] as const)('takes no choice of a model for the answer while %s has fixed it', async (_, lock, by) => {
    const chat = new ChatState(localStorage, 'ada');
    await chat.setModel({ provider_id: 'p', model: 'chosen before' });
    expect([chat.modelLock, chat.model?.model]).toEqual([null, 'chosen before']);
    chat.slot = { ...lock, effective: { provider_kind: 'builtin' } } as Slot;
    expect([chat.modelLock, chat.model, chat.isExtractive]).toEqual([by, null, true]);
    chat.slot = { locked: false, locked_by: null, effective: { provider_kind: 'ollama' } } as Slot;
    expect([chat.modelLock, chat.model?.model]).toEqual([null, 'chosen before']);
  });

  it('begins a conversation in the mode of the link or the menu, and the next one as usual again', async () => {
    const chat = new ChatState(localStorage, 'ada');
    chat.takeParameters(new URLSearchParams('mode=experts'));
    expect(chat.mode).toBe('experts');
    await chat.setMode('fast');
    await chat.send('Why?');
    expect(sent[0]?.body).toEqual({ content: 'Why?', scope: { kind: 'all' }, mode: 'fast' });
    chat.open(null);
    expect(chat.mode).toBe('simple');
  });

  it('takes no mode from a link that it does not know', () => {
    const chat = new ChatState(localStorage, 'ada');
    chat.takeParameters(new URLSearchParams('mode=telepathy'));
    expect(chat.mode).toBe('simple');
  });

  it('sends a question in the mode that is shown, also while its change is on its way', async () => {
    const chat = new ChatState(localStorage, 'ada');
    await chat.send('Why?');
    answer = () => new Promise(() => undefined);
    void chat.setMode('experts');
    void chat.send('And?');
    await expect
      .poll(() => sent.map(({ body }) => body))
      .toContainEqual({ content: 'And?', mode: 'experts' });
    chat.thread?.close();
  });

  it('sends the same question with the same key after a reload in the moment of sending', async () => {
    answer = () => new Promise(() => undefined);
    const left = new ChatState(localStorage, 'ada');
    void left.send('Why?');
    await expect.poll(() => sent.length).toBe(1);
    answer = async () => Response.json(begun, { status: 201 });
    const reloaded = new ChatState(localStorage, 'ada');
    expect(reloaded.drafts.read(null)).toBe('');
    await reloaded.resume();
    expect(sent[1]).toEqual(sent[0]);
    expect(reloaded.thread?.id).toBe('c');
    expect(new Drafts(localStorage, 'ada').underWay(null)).toBeUndefined();
    reloaded.thread?.close();
  });

  it('keeps a question on its way when leaving the page broke its request', async () => {
    answer = async () => {
      window.dispatchEvent(new Event('pagehide'));
      throw new TypeError('aborted');
    };
    const chat = new ChatState(localStorage, 'ada');
    await chat.send('Why?');
    expect(new Drafts(localStorage, 'ada').underWay(null)?.question.content).toBe('Why?');
  });

  it('gives a refused question back as a draft', async () => {
    answer = async () =>
      Response.json({ code: 'conversations.question_too_long', status: 413 }, { status: 413 });
    const chat = new ChatState(localStorage, 'ada');
    await expect(chat.send('Why?')).rejects.toThrow();
    expect([chat.drafts.read(null), chat.drafts.underWay(null), chat.thread]).toEqual([
      'Why?',
      undefined,
      null,
    ]);
  });
});
