import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ChatMode, Message } from '../../src/features/conversations/index.ts';
import type { StreamEvent } from '../../src/platform/events/event-log.ts';
import { chain, connectModel, definition } from '../workflows/workflow-world.ts';
import { createModeWorld, type ModeClient, type ModeWorld, stepsOf } from './mode-world.ts';

let world: ModeWorld;
beforeAll(async () => {
  world = await createModeWorld({ withoutModel: true });
});
afterEach(() => world.peer.reset());
afterAll(() => world.stop());

interface Listed {
  id: string;
  title: string;
  about: string;
  available: boolean;
  limits: string | null;
  workflow_id: string | null;
}

const echo = (expression: string) => chain([{ id: 'out', type: 'transform', config: { expression } }]);
const poem = chain([
  {
    id: 'write',
    type: 'prompt',
    name: 'Write the poem',
    config: { prompt: 'A poem about {{input.question}}', history: '{{input.history}}', stream: 'answer' },
  },
  { id: 'after', type: 'transform', config: { expression: '"not the answer"' } },
]);
const modeOf = (workflowId: string): ChatMode => `workflow:${workflowId}`;
const listed = async (who: ModeClient, workflowId: string): Promise<Listed | undefined> =>
  (await who.call<{ items: Listed[] }>('GET', '/chat-modes')).body.items.find(
    ({ id }) => id === modeOf(workflowId),
  );
const addTrigger = (who: ModeClient, workflowId: string) =>
  who.call<{ id: string; code: string; errors: { field: string }[] }>(
    'POST',
    `/workflows/${workflowId}/triggers`,
    { kind: 'chat', config: {} },
  );
const turn = (who: ModeClient, triggerId: string, enabled: boolean) =>
  who.call<{ code: string }>('PATCH', `/workflows/triggers/${triggerId}`, { enabled });

/** A workflow that answers in chats. */
async function answering(who: ModeClient, drawn: object, name = 'Test') {
  const workflowId = await who.create(drawn, name);
  const { status, body } = await addTrigger(who, workflowId);
  expect(status, JSON.stringify(body)).toBe(201);
  return { workflowId, mode: modeOf(workflowId), triggerId: body.id };
}

describe('a trigger "chat"', () => {
  it('puts the workflow below the modes that come along, for its owner alone, while both are on', async () => {
    const [ada, eve] = [await world.client(), await world.client()];
    const { workflowId, triggerId } = await answering(ada, echo('input'), 'Poems');
    const { body } = await ada.call<{ items: Listed[] }>('GET', '/chat-modes');
    expect(body.items.at(-1)).toEqual({
      id: modeOf(workflowId),
      title: 'Poems',
      about: '',
      available: true,
      limits: null,
      limits_code: null,
      workflow_id: workflowId,
    });
    expect(body.items).toHaveLength(6);
    expect(await listed(eve, workflowId)).toBeUndefined();
    await turn(ada, triggerId, false);
    expect(await listed(ada, workflowId)).toBeUndefined();
    await turn(ada, triggerId, true);
    expect(await listed(ada, workflowId)).toBeDefined();
    const { status } = await ada.call('PATCH', `/workflows/${workflowId}`, { enabled: false });
    expect(status).toBe(200);
    expect(await listed(ada, workflowId)).toBeUndefined();
  });

  it('is refused where the workflow wants more than a question and what was said before', async () => {
    const ada = await world.client();
    const schema = {
      type: 'object',
      properties: { question: { type: 'string' }, customer: { type: 'string' } },
      required: ['question', 'customer'],
    };
    const { status, body } = await addTrigger(
      ada,
      await ada.create({ ...echo('input'), input_schema: schema }),
    );
    expect([status, body.code]).toEqual([422, 'workflows.chat_input_unfit']);
    const fitting = { ...schema, required: ['question'] };
    expect(
      (await addTrigger(ada, await ada.create({ ...echo('input'), input_schema: fitting }))).status,
    ).toBe(201);
  });

  it('is on once at most, and nobody puts one on a foreign workflow', async () => {
    const [ada, eve] = [await world.client(), await world.client()];
    const { workflowId, triggerId } = await answering(ada, echo('input'));
    expect((await addTrigger(ada, workflowId)).body.code).toBe('workflows.chat_trigger_exists');
    await turn(ada, triggerId, false);
    expect((await addTrigger(ada, workflowId)).status).toBe(201);
    const again = await turn(ada, triggerId, true);
    expect([again.status, again.body.code]).toEqual([409, 'workflows.chat_trigger_exists']);
    expect((await addTrigger(eve, workflowId)).body.code).toBe('workflows.not_found');
  });
});

describe('a workflow that answers where no model is connected', () => {
  it.each([
    ['a text as it is', '"You asked: " & input.question', 'You asked: Why?'],
    ['the text of an object', '{"text": "Because.", "more": 1}', 'Because.'],
    ['the answer of an object', '{"answer": "So that."}', 'So that.'],
    ['anything else as JSON', '{"number": 4}', '```json\n{\n  "number": 4\n}\n```'],
  ])('needs none where it asks none, and answers with its output: %s', async (_, expression, text) => {
    const ada = await world.client();
    const { mode, workflowId } = await answering(ada, echo(expression));
    expect(await listed(ada, workflowId)).toMatchObject({ available: true, limits: null });
    const { message } = await ada.answer(mode, 'Why?');
    expect(message).toMatchObject({ status: 'complete', content: text, mode, model: null });
    expect(message.run_id).not.toBeNull();
    expect(stepsOf(message)).toEqual(['think']);
    // Nobody gave it a name: pages say what it is in the person's language.
    expect(message.steps[0]).toMatchObject({ title: 'Transform', title_code: 'transform' });
  });

  it('says in the list that it asks one, and fails with that reason', async () => {
    const ada = await world.client();
    const { mode, workflowId } = await answering(ada, poem);
    const shown = await listed(ada, workflowId);
    expect(shown?.available).toBe(false);
    expect(shown?.limits).toContain('No model is connected');
    const { message } = await ada.answer(mode, 'rain');
    expect(message).toMatchObject({ status: 'failed', error: { code: 'models.no_chat_model' } });
  });

  it('fails without any output and says what to change', async () => {
    const ada = await world.client();
    const { mode } = await answering(ada, echo('null'));
    const { message } = await ada.answer(mode, 'Why?');
    expect(message.error).toMatchObject({
      code: 'conversations.empty_answer',
      reason: 'workflow',
    });
    expect(message.error?.detail).toContain('The workflow ended without an answer');
  });
});

describe('a workflow that answers', () => {
  beforeAll(async () => void (await connectModel(world.app, world.peer.url)));

  it('streams the text of the step that is marked as the answer', async () => {
    const ada = await world.client();
    const { mode, workflowId } = await answering(ada, poem);
    world.peer.script({ path: '/api/chat', mentions: 'A poem about rain', answer: 'Drops fall softly.' });
    const { message, events, conversationId } = await ada.answer(mode, 'rain');
    expect(message).toMatchObject({ status: 'complete', mode, content: 'Drops fall softly.' });
    expect(message.model).toMatchObject({ model: 'tiny-chat:latest' });
    expect(message.steps).toMatchObject([{ kind: 'prompt', title: 'Write the poem', state: 'done' }]);
    expect(events.some(({ type }) => type === 'delta')).toBe(true);
    const run = await ada.call<{ workflow_id: string; conversation_id: string; input: object }>(
      'GET',
      `/runs/${message.run_id}`,
    );
    expect(run.body).toMatchObject({ workflow_id: workflowId, conversation_id: conversationId });
    const next = await ada.answer(mode, 'rain again', {}, conversationId);
    const { body } = await ada.call('GET', `/runs/${next.message.run_id}`);
    expect(body).toMatchObject({
      input: {
        question: 'rain again',
        history: [
          { role: 'user', content: 'rain' },
          { role: 'assistant', content: 'Drops fall softly.' },
        ],
      },
    });
  });

  it('cites what it found, where it searches once', async () => {
    const ada = await world.client();
    const boiler = 'The boiler in the cellar was mended on the third of March by Mr Finch.';
    await ada.upload('boiler.txt', boiler);
    const prompt = { prompt: '{{input.question}} {{steps.find.output.text}}', stream: 'answer' };
    const { mode } = await answering(
      ada,
      chain([
        { id: 'find', type: 'retrieve', config: { query: '{{input.question}}' } },
        { id: 'write', type: 'prompt', config: prompt },
      ]),
    );
    world.peer.script({ path: '/api/chat', mentions: 'Mr Finch', answer: `Mr Finch: "${boiler}" [1]` });
    const { message } = await ada.answer(mode, 'Who mended the boiler?', { scope: { kind: 'all' } });
    expect(message.citations).toMatchObject([{ number: 1, document_name: 'boiler.txt', verified: true }]);
    expect(stepsOf(message)).toEqual(['retrieve', 'prompt']);
  });

  describe('that searches several times', () => {
    const [boiler, roof] = ['The boiler was mended by Mr Finch.', 'The roof was mended by Mrs Crane.'];
    const search = (id: string) => ({
      id,
      type: 'retrieve',
      config: { query: `{{input.question}} ${id}`, limit: 1 },
    });
    const write = (sources: string) => ({
      id: 'write',
      type: 'prompt',
      config: { prompt: '{{input.question}}', sources, stream: 'answer' },
    });
    const both = (expression: string) =>
      chain([
        search('boiler'),
        search('roof'),
        { id: 'both', type: 'transform', config: { expression } },
        write('{{steps.both.output}}'),
      ]);
    async function reader(drawn: object) {
      const ada = await world.client();
      await ada.upload('boiler.txt', boiler);
      await ada.upload('roof.txt', roof);
      world.peer.script({ path: '/api/chat', answer: `"${roof}" [1] "${boiler}" [2]` });
      const { mode } = await answering(ada, drawn);
      return (await ada.answer(mode, 'Who mended it?', { scope: { kind: 'all' } })).message;
    }

    it('cites all of it by the numbers of the sources that the answer was given', async () => {
      const message = await reader(both('$append(steps.roof.output.items, steps.boiler.output.items)'));
      expect(message.citations).toMatchObject([
        { number: 1, document_name: 'roof.txt', verified: true },
        { number: 2, document_name: 'boiler.txt', verified: true },
      ]);
    });

    it('cites nothing that no search of the run has found', async () => {
      const invented = '{"document_name": "mine.txt", "text": "The roof was mended by Mrs Crane."}';
      const message = await reader(both(`$append([${invented}], steps.boiler.output.items)`));
      expect(message.status).toBe('complete');
      expect(message.citations).toEqual([]);
    });
  });

  it('asks for approval in the chat and goes on once it is given', async () => {
    const ada = await world.client();
    const { mode } = await answering(
      ada,
      definition(
        [
          { id: 'ask', type: 'approval', config: { title: 'Say it?' } },
          { id: 'yes', type: 'transform', config: { expression: '"Said."' } },
        ],
        ['start>ask', 'ask:approved>yes'],
      ),
    );
    const asked = await ada.ask(mode, 'Go');
    const seen = await ada.watch(
      asked.generationId,
      ({ data }) => (data as { state?: string }).state === 'waiting',
    );
    const { approval_id: approvalId } = (seen.at(-1)?.data ?? {}) as { approval_id?: string };
    const decided = await ada.call('POST', `/approvals/${approvalId}/decide`, { decision: 'approve' });
    expect(decided.status, JSON.stringify(decided.body)).toBe(200);
    const { message } = await ada.end(asked);
    expect(message).toMatchObject({ status: 'complete', content: 'Said.' });
    expect(stepsOf(message)).toContain('approval');
  });

  describe('with sub-workflows', () => {
    const asking = (title: string) =>
      definition(
        [
          { id: 'ask', type: 'approval', config: { title } },
          { id: 'yes', type: 'transform', config: { expression: '"Said."' } },
          { id: 'no', type: 'transform', config: { expression: '"Not said."' } },
        ],
        ['start>ask', 'ask:approved>yes', 'ask:rejected>no'],
      );
    const below = (id: string, workflowId: string) => ({
      id,
      type: 'sub_workflow',
      config: { workflow_id: workflowId, input: {} },
    });
    const isAsked = (title: string) => (event: StreamEvent) => {
      const step = event.data as { state?: string; title?: string };
      return step.state === 'waiting' && step.title === title;
    };
    /** Waits until the chat asks this, and decides there. */
    async function decide(who: ModeClient, generationId: string, title: string, decision: string) {
      const seen = await who.watch(generationId, isAsked(title));
      const { approval_id: id } = (seen.at(-1)?.data ?? {}) as { approval_id?: string };
      const { status, body } = await who.call('POST', `/approvals/${id}/decide`, { decision });
      expect(status, JSON.stringify(body)).toBe(200);
    }
    const approvals = (message: Message) =>
      message.steps
        .filter(({ kind }) => kind === 'approval')
        .map(({ title, state, code, node_id }) => [title, state, code, node_id]);

    it('asks for their approvals in the chat too, however deep, and goes on once they are given', async () => {
      const ada = await world.client();
      const deep = await ada.create(asking('Say it down there?'));
      const middle = await ada.create(chain([below('down', deep)]));
      const { mode } = await answering(ada, chain([below('sub', middle)]));
      const asked = await ada.ask(mode, 'Go');
      await decide(ada, asked.generationId, 'Say it down there?', 'approve');
      const { message } = await ada.end(asked);
      expect(message).toMatchObject({ status: 'complete', content: 'Said.' });
      expect(stepsOf(message)).toEqual(['tool', 'approval']);
      expect(approvals(message)).toEqual([['Say it down there?', 'done', 'approved', 'sub']]);
    });

    it('shows those that wait at the same time, each with what was decided', async () => {
      const ada = await world.client();
      const [one, two] = [await ada.create(asking('One?')), await ada.create(asking('Two?'))];
      const { mode } = await answering(
        ada,
        definition(
          [
            { id: 'fork', type: 'parallel' },
            below('one', one),
            below('two', two),
            { id: 'join', type: 'join' },
            {
              id: 'out',
              type: 'transform',
              config: { expression: 'steps.join.output.one & " " & steps.join.output.two' },
            },
          ],
          ['start>fork', 'fork>one', 'fork>two', 'one>join', 'two>join', 'join>out'],
        ),
      );
      const asked = await ada.ask(mode, 'Go');
      await ada.watch(asked.generationId, isAsked('One?'));
      await decide(ada, asked.generationId, 'Two?', 'reject');
      await decide(ada, asked.generationId, 'One?', 'approve');
      const { message } = await ada.end(asked);
      expect(message).toMatchObject({ status: 'complete', content: 'Said. Not said.' });
      expect(approvals(message).sort()).toEqual([
        ['One?', 'done', 'approved', 'one'],
        ['Two?', 'failed', 'not_approved', 'two'],
      ]);
    });

    it('ends when the answer is stopped while one of them asks', async () => {
      const ada = await world.client();
      const child = await ada.create(asking('Say it?'));
      const { mode } = await answering(ada, chain([below('sub', child)]));
      const asked = await ada.ask(mode, 'Go');
      await ada.watch(asked.generationId, isAsked('Say it?'));
      expect((await ada.call('POST', `/generations/${asked.generationId}/stop`)).status).toBe(202);
      const { message } = await ada.end(asked);
      expect(message.status).toBe('stopped');
      const { body } = await ada.call<{ items: unknown[] }>('GET', '/approvals?status=pending');
      expect(body.items).toEqual([]);
    });
  });

  it('is cancelled when the answer is stopped; what was written stays', async () => {
    const ada = await world.client();
    const { mode } = await answering(ada, poem);
    world.peer.script({ path: '/api/chat', tokens: 60, gateAfter: 20 });
    const asked = await ada.ask(mode, 'rain');
    await ada.watch(asked.generationId, ({ type }) => type === 'delta');
    expect((await ada.call('POST', `/generations/${asked.generationId}/stop`)).status).toBe(202);
    const { message } = await ada.end(asked);
    expect(message.status).toBe('stopped');
    expect(message.content).not.toBe('');
    expect((await ada.until(message.run_id ?? '')).status).toBe('cancelled');
  });

  it('that no longer does fails with what to do; the question stays and can be answered in another mode', async () => {
    const ada = await world.client();
    const { mode, triggerId, workflowId } = await answering(ada, echo('"Yes."'));
    const { conversationId } = await ada.answer(mode, 'One?');
    await turn(ada, triggerId, false);
    const { message } = await ada.answer(mode, 'Two?', {}, conversationId);
    expect(message).toMatchObject({ status: 'failed', content: '', run_id: null });
    expect(message.error).toMatchObject({ code: 'workflows.chat_trigger_off' });
    expect(message.error?.detail).toContain('Switch its trigger');
    await turn(ada, triggerId, true);
    const again = await ada.call<{ generation: { id: string } }>(
      'POST',
      `/conversations/${conversationId}/messages/${message.id}/regenerate`,
      {},
    );
    const ended = await ada.end({ conversationId, generationId: again.body.generation.id });
    expect(ended.message).toMatchObject({ status: 'complete', content: 'Yes.', mode });
    await ada.call('DELETE', `/workflows/${workflowId}`);
    await expect.poll(async () => (await ada.call('GET', `/workflows/${workflowId}`)).status).toBe(404);
    const last = await ada.call<{ generation: { id: string } }>(
      'POST',
      `/conversations/${conversationId}/messages`,
      { content: 'Three?' },
    );
    const failed = await ada.end({ conversationId, generationId: last.body.generation.id });
    expect(failed.message.error?.code).toBe('workflows.chat_trigger_off');
  });

  it('answers nobody but its owner: foreign and unknown ones are refused alike, everywhere', async () => {
    const [ada, eve] = [await world.client(), await world.client()];
    const { mode: foreign } = await answering(ada, echo('"Yes."'));
    const own = await answering(eve, echo('"Mine."'));
    const { conversationId, message } = await eve.answer(own.mode, 'Mine?');
    const unknown = modeOf('00000000-0000-7000-8000-000000000000');
    const refusals = async (mode: string) =>
      Promise.all(
        (
          [
            ['POST', '/conversations', { mode }],
            ['POST', '/conversations/begin', { content: 'Why?', mode }],
            ['POST', '/chat', { content: 'Why?', mode }],
            ['PATCH', `/conversations/${conversationId}`, { mode }],
            ['POST', `/conversations/${conversationId}/messages`, { content: 'Why?', mode }],
            ['POST', `/conversations/${conversationId}/messages/${message.id}/regenerate`, { mode }],
          ] as const
        ).map(async ([method, url, body]) => {
          const answer = await eve.call<{ code: string; detail: string }>(method, url, body);
          return [answer.status, answer.body.code, answer.body.detail];
        }),
      );
    const refused = await refusals(foreign);
    expect(refused).toEqual(await refusals(unknown));
    expect(new Set(refused.map(([status, code]) => `${status} ${code}`))).toEqual(
      new Set(['404 conversations.mode_not_found']),
    );
    const { status } = await eve.call('POST', '/conversations', { mode: 'workflow:x' });
    expect(status).toBe(422);
  });
});
