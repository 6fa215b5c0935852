import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { numberedWords } from '../peers/fake-model-script.ts';
import { type FakeModelServer, startFakeModelServer } from '../peers/fake-model-server.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { createKillableWorker, type KillableWorker } from '../workflows/killable-worker.ts';
import { chain, connectModel } from '../workflows/workflow-world.ts';
import { ModeClient, say, shown, stepsOf } from './mode-world.ts';

/** More are a matter of minutes: MODE_KILLS=50. An answer is begun again ten times at most. */
const kills = Number(process.env.MODE_KILLS ?? 6);
const killsPerAnswer = 3;

let database: TestDatabase;
let api: TestApp;
let peer: FakeModelServer;
let ada: ModeClient;
let worker: KillableWorker;

beforeAll(async () => {
  database = await createTestDatabase();
  peer = await startFakeModelServer();
  api = await createTestApp({ connectionString: database.connectionString, role: 'api', alone: false });
  await connectModel(api, peer.url);
  worker = createKillableWorker(database.connectionString);
  ada = new ModeClient(api, await api.person());
});
afterEach(async () => {
  peer.reset();
  await worker.kill();
});
afterAll(async () => {
  await worker?.kill();
  await api?.stop();
  await database?.drop();
  await peer?.close();
});

const words = (count: number): string => numberedWords(count).join('');

it('an answer goes on after kill -9 in its middle: the same run, no word lost and none twice', async () => {
  peer.script({ path: '/api/chat', mentions: 'careful assistant', tokens: 60 });
  peer.script({ path: '/api/chat', mentions: 'careful assistant', tokens: 60, gateAfter: 20, times: 1 });
  say(peer, 'assess', { complexity: 'simple', confidence: 1, needs_documents: false, needs_tools: false });
  await worker.start();
  const asked = await ada.ask('router', 'Count to sixty.');
  let text = '';
  await ada.watch(asked.generationId, ({ type, data }) => {
    if (type === 'delta') text += (data as { text: string }).text;
    return text === words(20);
  });
  await worker.kill();
  await worker.start();
  const { message, events } = await ada.end(asked);
  expect(message).toMatchObject({ status: 'complete', content: words(60) });
  expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
  expect(events.filter((event) => event.type === 'restarted')).toHaveLength(1);
  expect(stepsOf(message)).toEqual(['assess', 'prompt']);
  const runs = await ada.call<{ items: { id: string }[] }>('GET', '/runs?builtin=true');
  expect(runs.body.items.map(({ id }) => id)).toEqual([message.run_id]);
  // What had been done before was not done again.
  const assessed = peer.requests.filter(({ body }) => JSON.stringify(body).includes('You judge a question'));
  expect(assessed).toHaveLength(1);
});

it('an answer of a workflow that the person drew goes on after kill -9 just as well', async () => {
  peer.script({ path: '/api/chat', mentions: 'Count for me', tokens: 60 });
  peer.script({ path: '/api/chat', mentions: 'Count for me', tokens: 60, gateAfter: 20, times: 1 });
  const config = { prompt: 'Count for me: {{input.question}}', stream: 'answer' };
  const workflowId = await ada.create(chain([{ id: 'count', type: 'prompt', config }]));
  await ada.call('POST', `/workflows/${workflowId}/triggers`, { kind: 'chat', config: {} });
  await worker.start();
  const asked = await ada.ask(`workflow:${workflowId}`, 'to sixty');
  let text = '';
  await ada.watch(asked.generationId, ({ type, data }) => {
    if (type === 'delta') text += (data as { text: string }).text;
    return text === words(20);
  });
  await worker.kill();
  await worker.start();
  const { message, events } = await ada.end(asked);
  expect(message).toMatchObject({ status: 'complete', content: words(60) });
  expect(events.filter((event) => event.type === 'restarted')).toHaveLength(1);
  const runs = await ada.call<{ items: { id: string }[] }>('GET', `/runs?workflow_id=${workflowId}`);
  expect(runs.body.items.map(({ id }) => id)).toEqual([message.run_id]);
});

it('killed at any moment, an expert group ends with every part whole', async () => {
  const slowly = { tokens: 50, tokenDelayMs: 4, answer: undefined };
  for (let done = 0; done < kills; ) {
    const team = [
      { expert: 'technical', task: 'One.' },
      { expert: 'planning', task: 'Two.' },
    ];
    say(peer, 'brief', { clear: true, question: '', team, form: '' });
    peer.script({ path: '/api/chat', mentions: 'You are one of several experts', ...slowly });
    peer.script({ path: '/api/chat', mentions: 'Experts have worked on the question', ...slowly });
    say(peer, 'quality', { fine: true, problems: [] });
    await worker.start();
    const asked = await ada.ask('experts', 'Count to fifty.');
    for (let here = 0; here < killsPerAnswer && done < kills; here += 1) {
      const lastSeq = (await api.platform.eventLog.find(asked.generationId))?.lastSeq ?? 0;
      const further = lastSeq + 1 + Math.floor(Math.random() * 30);
      const seen = await ada.watch(asked.generationId, ({ seq, type }) => seq >= further || type === 'end');
      await worker.kill();
      done += 1;
      await worker.start();
      if (seen.at(-1)?.type === 'end') break;
    }
    const { message, events } = await ada.end(asked);
    expect(message).toMatchObject({ status: 'complete', content: words(50) });
    expect(shown(events)).toBe(words(50));
    const said = message.steps.filter((step) => step.kind === 'expert').map((step) => step.text);
    expect(said).toEqual([words(50), words(50)]);
    expect(events.filter((event) => event.type === 'end')).toHaveLength(1);
    await worker.kill();
    peer.reset();
  }
}, 280_000);

it('an approval given while nobody was at work carries the answer on, and the tool is used once', async () => {
  say(peer, 'assess', { complexity: 'complex', confidence: 0, needs_documents: false, needs_tools: true });
  say(peer, 'plan', { steps: ['Send it'] });
  say(peer, 'choose', { tool: 'notifications.send', input: { title: 'Once' }, why: '' });
  say(peer, 'reflect', { enough: true, missing: '' });
  say(peer, 'write', 'Sent.');
  await worker.start();
  const asked = await ada.ask('router', 'Send me a note.');
  const events = await ada.watch(
    asked.generationId,
    ({ type, data }) => type === 'step' && (data as { state: string }).state === 'waiting',
  );
  await worker.kill();
  const { approval_id: id } = events.at(-1)!.data as { approval_id: string };
  expect((await ada.call('POST', `/approvals/${id}/decide`, { decision: 'approve' })).status).toBe(200);
  await worker.start();
  const { message } = await ada.end(asked);
  expect(message).toMatchObject({ status: 'complete', content: 'Sent.' });
  expect(message.steps.find((step) => step.kind === 'approval')).toMatchObject({ state: 'done' });
  const { body } = await ada.call<{ items: { title: string }[] }>('GET', '/notifications');
  expect(body.items.filter(({ title }) => title === 'Once')).toHaveLength(1);
});

it('a stop while nobody is at work ends the run as well', async () => {
  peer.script({ path: '/api/chat', mentions: 'careful assistant', tokens: 60, gateAfter: 20 });
  say(peer, 'assess', { complexity: 'simple', confidence: 1, needs_documents: false, needs_tools: false });
  await worker.start();
  const asked = await ada.ask('router', 'Count to sixty.');
  const before = await ada.watch(asked.generationId, ({ type }) => type === 'delta');
  await worker.kill();
  await ada.call('POST', `/generations/${asked.generationId}/stop`);
  await worker.start();
  const { message } = await ada.end(asked);
  expect(message.status).toBe('stopped');
  expect(message.content.startsWith(shown(before))).toBe(true);
  expect((await ada.until(message.run_id ?? '')).status).toBe('cancelled');
});
