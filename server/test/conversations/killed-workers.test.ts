import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Message } from '../../src/features/conversations/index.ts';
import { numberedWords } from '../peers/fake-model-script.ts';
import { type FakeModelServer, startFakeModelServer } from '../peers/fake-model-server.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { type ConversationProcess, startConversationProcess } from './conversation-process-handle.ts';
import { type ConversationWorld, createConversationWorld } from './conversation-world.ts';
import { endMessage, type SeenEvent, shownText, viewStream } from './stream-viewer.ts';

/** By a cautious estimate more than the model of the peer reads. */
const tooLong = 'Count. '.repeat(3_700);
const isText = (event: SeenEvent): boolean => event.type === 'delta';

describe('workers that die', () => {
  let database: TestDatabase;
  let peer: FakeModelServer;
  let api: ConversationWorld;
  let base: string;
  let headers: Record<string, string>;
  const processes: ConversationProcess[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    peer = await startFakeModelServer();
    api = await createConversationWorld({ ...shared(), role: 'api', alone: false });
    base = await api.listen();
    ({ headers } = await api.person());
  });
  afterEach(async () => {
    peer.reset();
    await Promise.all(processes.splice(0).map((process) => process.kill()));
  });
  afterAll(async () => {
    await api.stop();
    await peer.close();
    await database.drop();
  });

  const shared = () => ({ connectionString: database.connectionString, peerUrl: peer.url });
  /** `alone` knows that every other executor is dead and resumes at once; `false` waits for missing heartbeats. */
  const startWorker = async (alone: boolean): Promise<ConversationProcess> => {
    const process = await startConversationProcess({
      ...shared(),
      role: 'worker',
      alone: false,
      soleExecutor: alone,
    });
    processes.push(process);
    return process;
  };
  const call = async (method: string, path: string, body: object = {}): Promise<never> => {
    const response = await fetch(`${base}/api/v1${path}`, {
      method,
      headers: { ...headers, ...(method === 'GET' ? {} : { 'content-type': 'application/json' }) },
      ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
    });
    return (await response.json()) as never;
  };
  const ask = async (content: string): Promise<{ conversationId: string; generationId: string }> => {
    const { id } = (await call('POST', '/conversations', { scope: { kind: 'none' } })) as { id: string };
    const started = await call('POST', `/conversations/${id}/messages`, { content });
    return { conversationId: id, generationId: (started as { generation: { id: string } }).generation.id };
  };
  const view = (id: string, until?: (event: SeenEvent, all: SeenEvent[]) => boolean): Promise<SeenEvent[]> =>
    viewStream({ url: `${base}/api/v1/generations/${id}/events`, headers, ...(until ? { until } : {}) });
  const stored = async (conversationId: string): Promise<Message> => {
    const { items } = (await call('GET', `/conversations/${conversationId}/messages`)) as {
      items: Message[];
    };
    return items[1]!;
  };

  it('go on at the next executor: a restart is visible, and every viewer ends with the stored text', async () => {
    peer.script({ tokens: 200, path: '/api/chat' });
    peer.script({ tokens: 200, gateAfter: 60, times: 1, path: '/api/chat' });
    const first = await startWorker(true);
    const { conversationId, generationId } = await ask('Count');
    const whole = view(generationId);
    const before = await view(generationId, (_, all) => shownText(all) === numberedWords(60).join(''));
    await first.kill();
    await startWorker(true);
    const events = await whole;
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.slice(0, before.length)).toEqual(before);
    expect(events.filter((event) => event.type === 'restarted')).toHaveLength(1);
    expect(shownText(events)).toBe(numberedWords(200).join(''));
    expect(endMessage(events)).toEqual(await stored(conversationId));
    expect(endMessage(events)).toMatchObject({ status: 'complete', content: shownText(events) });
  });

  it('leave notices that the next executor says again, and that the message has once', async () => {
    peer.script({ tokens: 10, path: '/api/chat' });
    peer.script({ tokens: 10, gateAfter: 5, times: 1, path: '/api/chat' });
    const first = await startWorker(true);
    const { conversationId, generationId } = await ask(tooLong);
    await view(generationId, isText);
    await first.kill();
    await startWorker(true);
    const events = await view(generationId);
    const said = events.filter((event) => event.type === 'notice').map(({ data }) => data);
    expect(said).toEqual([said[0], said[0]]);
    expect(said[0]).toMatchObject({ code: 'conversations.question_exceeds_context', params: {} });
    expect((await stored(conversationId)).notices).toEqual([said[0]]);
  });

  it('leave an answer that was stopped meanwhile with the notices that were seen', async () => {
    peer.script({ tokens: 10, gateAfter: 5, path: '/api/chat' });
    const first = await startWorker(true);
    const { conversationId, generationId } = await ask(tooLong);
    const before = await view(generationId, isText);
    await first.kill();
    await call('POST', `/generations/${generationId}/stop`);
    await startWorker(true);
    await view(generationId);
    const said = before.filter((event) => event.type === 'notice').map(({ data }) => data);
    expect(said).toHaveLength(1);
    expect(await stored(conversationId)).toMatchObject({ status: 'stopped', notices: said });
  });

  it('are replaced by a worker that was running beside them', async () => {
    peer.script({ tokens: 20, path: '/api/chat' });
    peer.script({ tokens: 20, gateAfter: 5, times: 1, path: '/api/chat' });
    const first = await startWorker(true);
    const { conversationId, generationId } = await ask('Count');
    await view(generationId, isText);
    await startWorker(false);
    await first.kill();
    const events = await view(generationId);
    expect(shownText(events)).toBe(numberedWords(20).join(''));
    expect(endMessage(events)).toEqual(await stored(conversationId));
  });

  it('leave a run to the next start when they are stopped in mid-answer', async () => {
    peer.script({ tokens: 30, path: '/api/chat' });
    peer.script({ tokens: 30, gateAfter: 10, times: 1, path: '/api/chat' });
    const first = await startWorker(true);
    const { conversationId, generationId } = await ask('Count');
    await view(generationId, isText);
    expect(await first.terminate()).toBe(0);
    expect((await stored(conversationId)).status).toBe('streaming');
    await startWorker(true);
    const events = await view(generationId);
    expect(events.filter((event) => event.type === 'restarted')).toHaveLength(1);
    expect(endMessage(events)).toMatchObject({ status: 'complete', content: numberedWords(30).join('') });
  });

  it('cannot write any more once another attempt has the stream', async () => {
    peer.script({ tokens: 20, gateAfter: 5, path: '/api/chat' });
    await startWorker(true);
    const { generationId } = await ask('Count');
    const seen = await view(generationId, isText);
    const { attempt } = await api.eventLog.takeOver(generationId);
    expect(attempt).toBe(2);
    peer.release();
    await peer.until((request) => request.path === '/api/chat' && request.state !== 'open');
    const late = api.eventLog.append(generationId, 1, [{ type: 'delta', data: { text: 'late' } }]);
    await expect(late).rejects.toMatchObject({ code: 'streams.fenced' });
    await api.eventLog.append(generationId, attempt, [{ type: 'notice', data: { code: 'x', detail: 'y' } }]);
    const all = await api.eventLog.read(generationId, 0, 100);
    expect(all.at(-1)?.type).toBe('notice');
    expect(all.length).toBeGreaterThan(seen.length);
  });

  it('are not needed to stop an answer that nobody has begun', async () => {
    const { conversationId, generationId } = await ask('Nobody is there');
    await call('POST', `/generations/${generationId}/stop`);
    const events = await view(generationId);
    expect(endMessage(events)).toMatchObject({ status: 'stopped', content: '' });
    expect(endMessage(events)).toEqual(await stored(conversationId));
  });

  it('leave an answer that was stopped meanwhile with the text that was seen', async () => {
    peer.script({ tokens: 20, gateAfter: 5, path: '/api/chat' });
    const first = await startWorker(true);
    const { conversationId, generationId } = await ask('Count');
    const five = numberedWords(5).join('');
    await view(generationId, (_, all) => shownText(all) === five);
    await first.kill();
    await call('POST', `/generations/${generationId}/stop`);
    await startWorker(true);
    const events = await view(generationId);
    expect(endMessage(events)).toMatchObject({ status: 'stopped', content: five });
    expect(endMessage(events)).toEqual(await stored(conversationId));
  });
});
