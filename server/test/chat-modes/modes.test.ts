import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createModeWorld, type ModeWorld, say, shown, stepsOf, told } from './mode-world.ts';

let world: ModeWorld;
beforeAll(async () => {
  world = await createModeWorld();
});
afterEach(() => world.peer.reset());
afterAll(() => world.stop());

const modes = ['router', 'experts', 'socratic', 'fast'] as const;
const sure = { complexity: 'simple', confidence: 0.9, needs_documents: false, needs_tools: false };
const unsure = { complexity: 'complex', confidence: 0.2, needs_documents: true, needs_tools: true };
const boiler = 'The boiler in the cellar was mended on the third of March by Mr Finch.';

/** What the peer was asked by a step, newest last. */
const askedOf = (step: keyof typeof told): string[] =>
  world.peer.requests
    .map(({ body }) => JSON.stringify(body))
    .filter((body) => body.includes(JSON.stringify(told[step]).slice(1, -1)));
const textOf = (step: { text: string | null } | undefined): string => step?.text ?? '';

describe('every mode', () => {
  it.each(modes)('%s is a workflow that can run, whatever is switched off', async (mode) => {
    const ada = await world.client();
    const problems = async () => {
      const { status, body } = await ada.call<{ definition: object }>(
        'GET',
        `/chat-modes/${mode}/definition`,
      );
      expect(status).toBe(200);
      return (await ada.call<{ problems: unknown[] }>('POST', '/workflows/validate', body)).body.problems;
    };
    expect(await problems()).toEqual([]);
    const { body } = await ada.call<{ items: { id: string }[] }>('GET', '/chat-modes/experts');
    for (const { id } of body.items) {
      await ada.call('PATCH', `/chat-modes/experts/${id}`, { enabled: false });
      if (mode === 'experts') expect(await problems(), `without ${id}`).toEqual([]);
    }
    const tools = await ada.call<{ items: { name: string }[] }>('GET', '/chat-modes/tools');
    for (const { name } of tools.body.items)
      await ada.call('PATCH', `/chat-modes/tools/${name}`, { permission: 'off' });
    expect(await problems()).toEqual([]);
  });

  it.each(modes)('%s fails with the reason of the model, and can be asked again', async (mode) => {
    const ada = await world.client();
    world.peer.script({ path: '/api/chat', status: 404, errorMessage: 'model not found' });
    const { message, conversationId } = await ada.answer(mode, 'Why?');
    expect(message).toMatchObject({ status: 'failed', content: '', mode });
    expect(message.error).toMatchObject({
      code: 'models.model_not_found',
      reason: 'missing',
      params: { model: expect.any(String), provider: expect.any(String) },
    });
    world.peer.reset();
    const again = await ada.call<{ generation: { id: string } }>(
      'POST',
      `/conversations/${conversationId}/messages/${message.id}/regenerate`,
      { mode: 'simple' },
    );
    expect(again.status).toBe(202);
    const { message: second } = await ada.end({ conversationId, generationId: again.body.generation.id });
    expect(second).toMatchObject({ status: 'complete', mode: 'simple', run_id: null });
  });

  it('stays with its conversation until another one is chosen; an answer written again keeps its own', async () => {
    const ada = await world.client();
    say(world.peer, 'lead', 'What do you think?');
    say(world.peer, 'look', { knows: 'Nothing yet.', gap: 'The first step.', plain_requests: 0 });
    const { conversationId, message } = await ada.answer('socratic', 'Why is the sky blue?');
    const modeOf = async () =>
      (await ada.call<{ mode: string }>('GET', `/conversations/${conversationId}`)).body.mode;
    expect(await modeOf()).toBe('socratic');
    const next = await ada.call<{ generation: { id: string; mode: string } }>(
      'POST',
      `/conversations/${conversationId}/messages`,
      { content: 'Is it the air?' },
    );
    expect(next.body.generation.mode).toBe('socratic');
    await ada.end({ conversationId, generationId: next.body.generation.id });
    await ada.call('PATCH', `/conversations/${conversationId}`, { mode: 'simple' });
    const again = await ada.call<{ generation: { id: string; mode: string } }>(
      'POST',
      `/conversations/${conversationId}/messages/${message.id}/regenerate`,
      {},
    );
    expect(again.body.generation.mode).toBe('socratic');
    await ada.end({ conversationId, generationId: again.body.generation.id });
    expect(await modeOf()).toBe('simple');
  });
});

describe('the smart router', () => {
  it('answers directly what it is sure about', async () => {
    const ada = await world.client();
    world.peer.script({ path: '/api/chat', answer: 'Four.', mentions: 'careful assistant' });
    say(world.peer, 'assess', sure);
    const { message } = await ada.answer('router', 'What is two and two?');
    expect(message).toMatchObject({ content: 'Four.', status: 'complete', mode: 'router' });
    expect(stepsOf(message)).toEqual(['assess', 'prompt']);
    expect(message.model).toMatchObject({ model: 'tiny-chat:latest' });
    expect(message.usage?.output_tokens).toBeGreaterThan(0);
    const run = await ada.run(message.run_id ?? '');
    expect(run).toMatchObject({ status: 'succeeded', builtin: 'router' });
  });

  it('plans, chooses tools, checks, reflects and answers with citations', async () => {
    const ada = await world.client();
    await ada.upload('boiler.txt', boiler);
    say(world.peer, 'assess', unsure);
    say(world.peer, 'plan', { steps: ['Look into the documents', 'Answer'] });
    say(world.peer, 'choose', { tool: 'none', input: {}, why: 'Enough.' });
    const search = { tool: 'documents.search', input: { query: 'boiler mended' }, why: 'Look again.' };
    say(world.peer, 'choose', search, { times: 1 });
    say(world.peer, 'reflect', { enough: true, missing: '' });
    say(world.peer, 'write', `Mr Finch mended it: "${boiler}" [1]`);
    const { message, events } = await ada.answer('router', 'Who mended the boiler?', {
      scope: { kind: 'all' },
    });
    expect(stepsOf(message)).toEqual([
      ...['assess', 'retrieve', 'plan', 'choose', 'tool', 'check', 'reflect', 'summary'],
    ]);
    expect(message.citations).toMatchObject([{ number: 1, document_name: 'boiler.txt', verified: true }]);
    expect(events.some((event) => event.type === 'sources')).toBe(true);
    expect(textOf(message.steps.find((step) => step.kind === 'plan'))).toBe(
      '1. Look into the documents\n2. Answer',
    );
    expect(message.steps.find((step) => step.kind === 'tool')).toMatchObject({ detail: 'documents.search' });
    expect(message.steps.map(({ node_id, code, params }) => [node_id, code, params])).toEqual([
      ['assess', 'assessed', { complexity: 'complex', sure: 20, needs: 'documents_and_tools' }],
      ['find', 'found', { passages: 1, documents: 1 }],
      ['plan', 'planned', { count: 2 }],
      ['choose', null, {}],
      ['act', null, {}],
      ['check', 'passages', { count: 1 }],
      ['reflect', 'enough', {}],
      ['answer', null, {}],
    ]);
  });

  it('looks into the documents of the conversation and no others, whatever tool is chosen', async () => {
    const ada = await world.client();
    const chosen = await ada.upload('boiler.txt', boiler);
    const other = await ada.upload('secret.txt', 'The boiler in the attic was mended in secret by Mr Crow.');
    const scope = { kind: 'documents', document_ids: [chosen] };
    say(world.peer, 'assess', unsure);
    say(world.peer, 'plan', { steps: ['Search'] });
    say(world.peer, 'choose', { tool: 'none', input: {}, why: '' });
    say(
      world.peer,
      'choose',
      { tool: 'documents.read', input: { document_id: other }, why: '' },
      { times: 1 },
    );
    say(
      world.peer,
      'choose',
      { tool: 'documents.search', input: { query: 'boiler' }, why: '' },
      { times: 1 },
    );
    say(world.peer, 'reflect', { enough: true, missing: '' });
    say(world.peer, 'reflect', { enough: false, missing: 'more' }, { times: 1 });
    say(world.peer, 'write', 'Mr Finch [1].');
    const { message } = await ada.answer('router', 'Who mended the boiler?', { scope });
    const [search, read] = message.steps.filter((step) => step.kind === 'tool');
    expect(textOf(search)).toContain('Mr Finch');
    expect(textOf(search)).not.toContain('Mr Crow');
    expect(textOf(read)).not.toContain('Mr Crow');
    expect(JSON.stringify(message.citations)).not.toContain('secret.txt');
  });

  it('goes round until it knows enough, and never more than four times', async () => {
    const ada = await world.client();
    say(world.peer, 'assess', unsure);
    say(world.peer, 'plan', { steps: ['Search'] });
    say(world.peer, 'choose', { tool: 'conversations.search', input: { query: 'boiler' }, why: 'Again.' });
    say(world.peer, 'reflect', { enough: false, missing: 'everything' });
    say(world.peer, 'write', 'I could not find it out.');
    const { message } = await ada.answer('router', 'Who mended the boiler?');
    expect(message.steps.filter((step) => step.kind === 'tool')).toHaveLength(4);
    expect(message.content).toBe('I could not find it out.');
  });

  it('tells a model that a tool was given a wrong input, and goes on', async () => {
    const ada = await world.client();
    say(world.peer, 'assess', unsure);
    say(world.peer, 'plan', { steps: ['Search'] });
    say(world.peer, 'choose', { tool: 'none', input: {}, why: '' });
    say(world.peer, 'choose', { tool: 'conversations.search', input: { words: 7 }, why: '' }, { times: 1 });
    say(world.peer, 'reflect', { enough: false, missing: 'a right input' });
    say(world.peer, 'write', 'Nothing was found.');
    const { message } = await ada.answer('router', 'What did I say?');
    expect(message).toMatchObject({ status: 'complete', content: 'Nothing was found.' });
    expect(textOf(message.steps.find((step) => step.kind === 'tool'))).toContain('does not take this input');
    expect(askedOf('choose').at(-1)).toContain('does not take this input');
  });

  it('answers without what a step could not do, and says so', async () => {
    const ada = await world.client();
    world.peer.script({ path: '/api/chat', answer: 'An answer all the same.' });
    const { message, events } = await ada.answer('router', 'Who mended the boiler?');
    expect(stepsOf(message).slice(0, 1)).toEqual(['assess:failed']);
    expect(message).toMatchObject({ status: 'complete', content: 'An answer all the same.' });
    const notices = events.filter((event) => event.type === 'notice').map(({ data }) => data);
    const params = { step: 'assess', because_code: 'workflows.output_not_matching' };
    expect(notices).toMatchObject([{ code: 'chat_modes.step_failed', params }]);
    expect(message.notices).toEqual(notices);
    expect(message.steps[0]).toMatchObject({ node_id: 'assess', code: params.because_code });
  });

  it('searches the web only where the person wants that for this question', async () => {
    const ada = await world.client();
    say(world.peer, 'assess', unsure);
    say(world.peer, 'plan', { steps: ['Search'] });
    say(world.peer, 'choose', { tool: 'none', input: {}, why: '' });
    say(world.peer, 'choose', { tool: 'web.search', input: { query: 'secret' }, why: '' }, { times: 1 });
    say(world.peer, 'reflect', { enough: true, missing: '' });
    say(world.peer, 'write', 'Not looked up.');
    const { message } = await ada.answer('router', 'What is new?');
    const check = message.steps.find((step) => step.kind === 'check');
    expect(check).toMatchObject({ detail: 'not allowed', code: 'not_allowed' });
    const wanted = await ada.answer('router', 'What is new?', { web_search: true });
    expect(stepsOf(wanted.message)).toContain('web:failed');
    const notices = wanted.events.filter((event) => event.type === 'notice').map(({ data }) => data);
    const params = { step: 'search_web', because_code: 'web_search.disabled' };
    expect(notices).toMatchObject([{ code: 'chat_modes.step_failed', params }]);
  });
});

describe('the expert group', () => {
  const team = [
    { expert: 'technical', task: 'Say how it works.' },
    { expert: 'wellbeing', task: 'Say what it does to people.' },
  ];
  const brief = { clear: true, question: '', team, form: '' };

  it('asks the experts that the project manager chose, shows what each says, and puts it together', async () => {
    const ada = await world.client();
    say(world.peer, 'brief', brief);
    world.peer.script({ path: '/api/chat', mentions: 'Say how it works.', answer: 'It works by steam.' });
    world.peer.script({
      path: '/api/chat',
      mentions: 'Say what it does to people.',
      answer: 'It warms them.',
    });
    say(world.peer, 'summary', 'It warms people by steam.');
    say(world.peer, 'quality', { fine: true, problems: [] });
    const { message, events } = await ada.answer('experts', 'What is a boiler?');
    expect(message).toMatchObject({ status: 'complete', content: 'It warms people by steam.' });
    expect(stepsOf(message)).toEqual(['plan', 'expert', 'expert', 'summary', 'check']);
    const said = message.steps
      .filter((step) => step.kind === 'expert')
      .map(({ title, text }) => [title, text]);
    expect(new Map(said as [string, string][])).toEqual(
      new Map([
        ['Technical expert', 'It works by steam.'],
        ['Well-being coach', 'It warms them.'],
      ]),
    );
    expect(message.steps.map(({ node_id: node }) => node)).toEqual(
      expect.arrayContaining(['brief', 'expert_technical', 'expert_wellbeing', 'summary', 'quality']),
    );
    expect(message.steps[0]).toMatchObject({
      ...{ detail: '2 experts', code: 'experts', params: { count: 2 } },
      text: expect.stringContaining('- **Technical expert**: Say how it works.'),
      tasks: team.map(({ expert, task }) => ({ expert, text: task })),
    });
    expect(events.some((event) => event.type === 'step_text')).toBe(true);
    expect(askedOf('summary')[0]).toContain('### Technical expert');
  });

  it('asks the person back when the question cannot be worked on', async () => {
    const ada = await world.client();
    say(world.peer, 'brief', { clear: false, question: 'Which boiler do you mean?', team: [], form: '' });
    const { message } = await ada.answer('experts', 'Is it good?');
    expect(message).toMatchObject({ status: 'complete', content: 'Which boiler do you mean?' });
    expect(stepsOf(message)).toEqual(['plan']);
  });

  it('uses the instructions of the person, and never an expert that is switched off', async () => {
    const ada = await world.client();
    const prompt = 'You only speak of {{{input.model}}} steam engines.';
    await ada.call('PATCH', '/chat-modes/experts/technical', { prompt });
    await ada.call('PATCH', '/chat-modes/experts/wellbeing', { enabled: false });
    await ada.call('PATCH', '/chat-modes/experts/quality_assurance', { enabled: false });
    say(world.peer, 'brief', { ...brief, team: team.slice(0, 1) });
    say(world.peer, 'expert', 'Steam.');
    say(world.peer, 'summary', 'Steam it is.');
    const { message } = await ada.answer('experts', 'What is a boiler?');
    expect(stepsOf(message)).toEqual(['plan', 'expert', 'summary']);
    expect(askedOf('expert')[0]).toContain('You only speak of { { {input.model} } } steam engines.');
    expect(askedOf('brief')[0]).not.toContain('wellbeing');
    // One that is off cannot be chosen either: the answer of the manager does not meet its schema.
    world.peer.reset();
    say(world.peer, 'brief', brief);
    world.peer.script({ path: '/api/chat', mentions: 'careful assistant', answer: 'Alone.' });
    const alone = await ada.answer('experts', 'And now?');
    expect(alone.message).toMatchObject({ status: 'complete', content: 'Alone.' });
    expect(stepsOf(alone.message)).toContain('plan:failed');
  });

  it('writes the answer anew, once, where quality assurance finds something, and viewers see the new one', async () => {
    const ada = await world.client();
    say(world.peer, 'brief', { ...brief, team: team.slice(0, 1) });
    say(world.peer, 'expert', 'It works by steam.');
    say(world.peer, 'summary', 'It works by magic.');
    say(world.peer, 'quality', { fine: false, problems: ['No part says magic.'] });
    say(world.peer, 'revision', 'It works by steam.');
    const { message, events } = await ada.answer('experts', 'What is a boiler?');
    expect(message.content).toBe('It works by steam.');
    expect(stepsOf(message).slice(-3)).toEqual(['summary', 'check', 'amend']);
    expect(events.filter((event) => event.type === 'rewound')).toHaveLength(1);
    expect(askedOf('revision')[0]).toContain('No part says magic.');
  });

  it('keeps the first answer where the second one fails', async () => {
    const ada = await world.client();
    say(world.peer, 'brief', { ...brief, team: team.slice(0, 1) });
    say(world.peer, 'expert', 'It works by steam.');
    say(world.peer, 'summary', 'It works by magic.');
    say(world.peer, 'quality', { fine: false, problems: ['No part says magic.'] });
    say(world.peer, 'revision', 'It works by steam and then', { errorAfter: 4 });
    const { message } = await ada.answer('experts', 'What is a boiler?');
    expect(message).toMatchObject({ status: 'complete', content: 'It works by magic.' });
    expect(stepsOf(message).at(-1)).toBe('amend:failed');
  });

  it('brings the answer into the form that was asked for', async () => {
    const ada = await world.client();
    say(world.peer, 'brief', { ...brief, team: team.slice(0, 1), form: 'table' });
    say(world.peer, 'expert', 'It works by steam.');
    say(world.peer, 'summary', 'Boiler: steam.');
    say(world.peer, 'quality', { fine: true, problems: [] });
    say(world.peer, 'format', '| what | how |\n|---|---|\n| boiler | steam |');
    const { message } = await ada.answer('experts', 'What is a boiler? As a table.');
    expect(message.content).toContain('| boiler | steam |');
    expect(askedOf('format')[0]).toContain('Form: table');
  });

  it('goes on with the others when one expert fails', async () => {
    const ada = await world.client();
    say(world.peer, 'brief', brief);
    world.peer.script({ path: '/api/chat', mentions: 'Say how it works.', answer: 'It works by steam.' });
    world.peer.script({ path: '/api/chat', mentions: 'Say what it does to people.', status: 404 });
    say(world.peer, 'summary', 'By steam.');
    say(world.peer, 'quality', { fine: true, problems: [] });
    const { message, events } = await ada.answer('experts', 'What is a boiler?');
    expect(message).toMatchObject({ status: 'complete', content: 'By steam.' });
    expect(stepsOf(message)).toContain('expert:failed');
    const notices = events
      .filter((event) => event.type === 'notice')
      .map(({ data }) => data as { detail: string });
    expect(notices.map(({ detail }) => detail).join()).toContain('Well-being coach: no contribution.');
  });

  it('cites what the research specialist found, with the same numbers in the summary', async () => {
    const ada = await world.client();
    await ada.upload('boiler.txt', boiler);
    const research = [{ expert: 'research', task: 'Find out who mended the boiler.' }];
    say(world.peer, 'brief', { ...brief, team: research });
    say(world.peer, 'expert', `Mr Finch: "${boiler}" [1]`);
    say(world.peer, 'summary', `It was Mr Finch: "${boiler}" [1]`);
    say(world.peer, 'quality', { fine: true, problems: [] });
    const { message } = await ada.answer('experts', 'Who mended the boiler?', { scope: { kind: 'all' } });
    expect(message.citations).toMatchObject([{ number: 1, document_name: 'boiler.txt', verified: true }]);
    expect(askedOf('expert')[0]).toContain('<source id=');
  });
});

describe('the Socratic mode', () => {
  it('asks one question, and gives the answer to whoever has asked for it plainly twice', async () => {
    const ada = await world.client();
    await ada.upload('boiler.txt', boiler);
    say(world.peer, 'look', { knows: 'It is warm.', gap: 'Where warmth comes from.', plain_requests: 1 });
    say(world.peer, 'lead', 'Right, it is warm. Where does the warmth come from?');
    const first = await ada.answer('socratic', 'Just tell me who mended it.', { scope: { kind: 'all' } });
    expect(first.message.content).toBe('Right, it is warm. Where does the warmth come from?');
    expect(stepsOf(first.message)).toEqual(['assess', 'prompt']);
    expect(askedOf('lead')[0]).toContain('Where warmth comes from.');
    say(world.peer, 'look', { knows: 'It is warm.', gap: '', plain_requests: 2 });
    say(world.peer, 'tell', `Mr Finch: "${boiler}" [1]`);
    const more = { scope: { kind: 'all' } };
    const second = await ada.answer('socratic', 'Please just tell me.', more, first.conversationId);
    expect(second.message.content).toContain('Mr Finch');
    expect(second.message.citations).toMatchObject([{ number: 1, verified: true }]);
    expect(askedOf('look').at(-1)).toContain('Where does the warmth come from?');
  });
});

describe('the fast conversation', () => {
  it('answers at once while the deeper look goes on, and adds below what that corrects', async () => {
    const ada = await world.client();
    // Whoever is asked without a mark of its own is the deeper look.
    world.peer.script({
      path: '/api/chat',
      answer: 'It was Mr Finch.',
      mentions: 'careful assistant',
      gateAfter: 1,
    });
    say(world.peer, 'quick', 'It was Mr Sparrow.');
    say(world.peer, 'compare', { adds: true, what: 'The name is wrong.' });
    say(world.peer, 'amend', 'Correction: it was Mr Finch.');
    const asked = await ada.ask('fast', 'Who mended the boiler?');
    let text = '';
    let looks = false;
    // The quick answer is there as a whole while the deeper look is held at its first word.
    await ada.watch(asked.generationId, ({ type, data }) => {
      if (type === 'delta') text += (data as { text: string }).text;
      looks ||= type === 'step_text';
      return looks && text === 'It was Mr Sparrow.';
    });
    world.peer.release();
    const { message } = await ada.end(asked);
    expect(message.content).toBe('It was Mr Sparrow.\n\n---\n\nCorrection: it was Mr Finch.');
    expect(new Set(stepsOf(message))).toEqual(new Set(['prompt', 'think', 'check', 'amend']));
    expect(textOf(message.steps.find((step) => step.kind === 'think'))).toBe('It was Mr Finch.');
  });

  it('leaves a quick answer alone that needs nothing', async () => {
    const ada = await world.client();
    world.peer.script({ path: '/api/chat', answer: 'Four, indeed.', mentions: 'careful assistant' });
    say(world.peer, 'quick', 'Four.');
    say(world.peer, 'compare', { adds: false, what: '' });
    const { message } = await ada.answer('fast', 'What is two and two?');
    expect(message.content).toBe('Four.');
    expect(message.steps.find((step) => step.kind === 'check')).toMatchObject({ detail: 'nothing to add' });
  });

  it('answers with the deeper look alone where there was no quick answer', async () => {
    const ada = await world.client();
    world.peer.script({ path: '/api/chat', answer: 'Four, indeed.', mentions: 'careful assistant' });
    say(world.peer, 'quick', '', { status: 404 });
    const { message } = await ada.answer('fast', 'What is two and two?');
    expect(message).toMatchObject({ status: 'complete', content: 'Four, indeed.' });
    expect(stepsOf(message)).toContain('prompt:failed');
  });
});

describe('an answer under way', () => {
  it('is stopped with its run, and keeps what was written', async () => {
    const ada = await world.client();
    world.peer.script({ path: '/api/chat', tokens: 40, mentions: 'careful assistant', gateAfter: 5 });
    say(world.peer, 'assess', sure);
    const asked = await ada.ask('router', 'Count.');
    const before = await ada.watch(asked.generationId, ({ type }) => type === 'delta');
    await ada.call('POST', `/generations/${asked.generationId}/stop`);
    const { message } = await ada.end(asked);
    expect(message.status).toBe('stopped');
    expect(message.content.startsWith(shown(before))).toBe(true);
    expect(message.steps.every((step) => step.state === 'done' || step.state === 'failed')).toBe(true);
    expect((await ada.until(message.run_id ?? '')).status).toBe('cancelled');
  });

  it('ends as stopped when its run is cancelled', async () => {
    const ada = await world.client();
    world.peer.script({ path: '/api/chat', tokens: 40, mentions: 'careful assistant', gateAfter: 5 });
    say(world.peer, 'assess', sure);
    const asked = await ada.ask('router', 'Count.');
    await ada.watch(asked.generationId, ({ type }) => type === 'delta');
    const { body } = await ada.call<{ run_id: string }>('GET', `/generations/${asked.generationId}`);
    await ada.call('POST', `/runs/${body.run_id}/cancel`);
    const { message } = await ada.end(asked);
    expect(message).toMatchObject({ status: 'stopped', error: null });
  });
});

describe('one request', () => {
  const boundary = { content: 'What is two and two?', mode: 'router', scope: { kind: 'none' } };
  beforeEach(() => {
    world.peer.script({ path: '/api/chat', answer: 'Four.', mentions: 'careful assistant' });
    say(world.peer, 'assess', sure);
  });

  it('is answered with the whole message, and goes on in its conversation', async () => {
    const ada = await world.client();
    type Answered = { conversation_id: string; message: { content: string; mode: string }; code?: string };
    const first = await ada.call<Answered>('POST', '/chat', boundary, { 'idempotency-key': 'once' });
    expect(first.body).toMatchObject({ message: { content: 'Four.', mode: 'router', status: 'complete' } });
    const repeated = await ada.call<Answered>('POST', '/chat', boundary, { 'idempotency-key': 'once' });
    expect(repeated.body).toEqual(first.body);
    const { conversation_id } = first.body;
    const more = await ada.call<Answered>('POST', '/chat', { content: 'And again?', conversation_id });
    expect(more.body).toMatchObject({ conversation_id, message: { mode: 'router' } });
    const eve = await world.client();
    const foreign = await eve.call<Answered>('POST', '/chat', { content: 'And mine?', conversation_id });
    expect(foreign).toMatchObject({ status: 404, body: { code: 'conversations.not_found' } });
    expect((await ada.call<Answered>('POST', '/chat', { content: ' ' })).body.code).toBe(
      'conversations.question_empty',
    );
  });

  it('is answered as it is written to whoever accepts events', async () => {
    const ada = await world.client();
    const response = await ada.app.app.inject({
      method: 'POST',
      url: '/api/v1/chat',
      headers: { ...ada.person.headers, accept: 'text/event-stream' },
      payload: boundary,
    });
    expect(response.headers['content-type']).toContain('text/event-stream');
    expect(response.body).toContain('event: delta');
    expect(response.body).toContain('event: end');
  });

  it('is a fast conversation at its own address', async () => {
    const ada = await world.client();
    say(world.peer, 'quick', 'Four.');
    say(world.peer, 'compare', { adds: false, what: '' });
    const { body } = await ada.call('POST', '/conversation', { content: 'What is two and two?' });
    expect(body).toMatchObject({ message: { content: 'Four.', mode: 'fast' } });
  });
});
