import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ChatMode, Message } from '../../src/features/conversations/index.ts';
import { json, startWebSearchPeer, type WebSearchPeer } from '../peers/web-search-peer.ts';
import { chain, connectModel } from '../workflows/workflow-world.ts';
import { createModeWorld, ModeClient, type ModeWorld } from './mode-world.ts';

let world: ModeWorld;
let web: WebSearchPeer;
let model: { provider_id: string; model: string };
beforeAll(async () => {
  world = await createModeWorld({ withoutModel: true });
  model = await connectModel(world.app, world.peer.url);
  web = await startWebSearchPeer();
  const result = { url: `${web.url}/pages/museum`, title: 'The museum', content: 'It opened in 1932.' };
  web.answer(json(200, { query: 'x', number_of_results: 1, results: [result] }));
  const admin = new ModeClient(world.app, await world.app.person('admin'));
  const provider = { kind: 'searxng', enabled: true, base_url: `${web.url}/searxng`, allow_local: true };
  const { status } = await admin.call('PUT', '/admin/web-search', { enabled: true, providers: [provider] });
  expect(status).toBe(200);
});
afterEach(() => {
  world.peer.reset();
  web.requests.length = 0;
});
afterAll(async () => {
  await world.stop();
  await web.close();
});

const modeOf = (workflowId: string): ChatMode => `workflow:${workflowId}`;
const add = (who: ModeClient, workflowId: string) =>
  who.call<{ code: string }>('POST', `/workflows/${workflowId}/triggers`, { kind: 'chat', config: {} });

async function answering(who: ModeClient, drawn: object): Promise<ChatMode> {
  const workflowId = await who.create(drawn);
  const { status, body } = await add(who, workflowId);
  expect(status, JSON.stringify(body)).toBe(201);
  return modeOf(workflowId);
}

const tool = (name: string, input: object) => ({ id: 'use', type: 'tool', config: { tool: name, input } });
const find = (more: object = {}) => ({ id: 'find', type: 'retrieve', config: { query: 'boiler', ...more } });
const names = (from: string) => ({
  id: 'names',
  type: 'transform',
  config: { expression: `"found: " & $join([steps.${from}.items.document_name], ", ")` },
});
const codes = ({ notices }: Message) => notices.map(({ code }) => code);

describe('the input of a workflow that answers', () => {
  const input = {
    id: 'out',
    type: 'text',
    config: { template: '{{input.scope.kind}} {{input.web_search}}' },
  };

  it('has the documents, the web switch and the model of the conversation, as in the modes that come along', async () => {
    const ada = await world.client();
    const mode = await answering(ada, chain([input]));
    const { message } = await ada.answer(mode, 'Why?', { scope: { kind: 'all' }, web_search: true, model });
    expect(message.content).toBe('all true');
    const { body } = await ada.call<{ input: object }>('GET', `/runs/${message.run_id}`);
    expect(body.input).toEqual({
      question: 'Why?',
      history: [],
      scope: { kind: 'all' },
      web_search: true,
      model,
    });
  });

  it('has of them what its schema takes: older drawings answer as before', async () => {
    const ada = await world.client();
    const text = (name: string) => ({ [name]: { type: 'string' } });
    const out = { id: 'out', type: 'transform', config: { expression: '$join($sort($keys(input)), " ")' } };
    const mode = await answering(
      ada,
      chain([out], {
        input_schema: { type: 'object', properties: { ...text('question'), ...text('model') } },
      }),
    );
    expect((await ada.answer(mode, 'Why?', { model })).message.content).toBe(
      'history question scope web_search',
    );
  });

  it('may be all that its schema demands', async () => {
    const ada = await world.client();
    const demands = (name: string, type: string) => ({
      ...chain([input]),
      input_schema: { type: 'object', properties: { [name]: { type } }, required: [name] },
    });
    expect((await add(ada, await ada.create(demands('scope', 'object')))).status).toBe(201);
    expect((await add(ada, await ada.create(demands('web_search', 'boolean')))).status).toBe(201);
    // A conversation need not have a model.
    expect((await add(ada, await ada.create(demands('model', 'object')))).body.code).toBe(
      'workflows.chat_input_unfit',
    );
  });
});

describe('documents', () => {
  /** A person with a document in each of two collections, and one in none. */
  async function reader() {
    const ada = await world.client();
    const place = async (name: string) => {
      const collection = await ada.call<{ id: string }>('POST', '/collections', { name });
      const id = await ada.upload(`${name}.txt`, `The boiler in the ${name} was mended.`);
      const { status } = await ada.call('PATCH', `/documents/${id}`, { collection_id: collection.body.id });
      expect(status).toBe(200);
      return { id, collection: { kind: 'collection', collection_id: collection.body.id } };
    };
    const [cellar, attic] = [await place('cellar'), await place('attic')];
    await ada.upload('garden.txt', 'The boiler in the garden was mended.');
    return { ada, cellar, attic };
  }

  it('are searched within the choice of the conversation, by every step and by sub-workflows', async () => {
    const { ada, cellar } = await reader();
    const child = await ada.create(chain([find(), names('find.output')]));
    const below = { id: 'below', type: 'sub_workflow', config: { workflow_id: child, input: {} } };
    const pick = {
      choice: { tool: 'documents.search', input: { query: 'boiler' } },
      allowed: ['documents.search'],
    };
    for (const [what, drawn] of [
      ['step', chain([find(), names('find.output')])],
      ['tool', chain([tool('documents.search', { query: 'boiler' }), names('use.output')])],
      ['chosen tool', chain([{ id: 'use', type: 'chosen_tool', config: pick }, names('use.output.result')])],
      ['sub-workflow', chain([below])],
    ] as const) {
      const mode = await answering(ada, drawn);
      const one = await ada.answer(mode, 'Where?', { scope: cellar.collection });
      expect([what, one.message.content]).toEqual([what, 'found: cellar.txt']);
      expect(codes(one.message)).toEqual([]);
      const none = await ada.answer(mode, 'Where?', { scope: { kind: 'none' } });
      expect([what, none.message.content]).toEqual([what, 'found: ']);
      expect(codes(none.message)).toEqual(['chat_modes.documents_withheld']);
      const all = await ada.answer(mode, 'Where?', { scope: { kind: 'all' } });
      expect(all.message.content).toContain('garden.txt');
    }
  });

  it('that a step names are narrowed further, never widened', async () => {
    const { ada, cellar, attic } = await reader();
    const scope = { kind: 'documents', document_ids: [cellar.id, attic.id] };
    const asked = async (drawn: object, chosen: object) => {
      const mode = await answering(ada, chain([find(drawn), names('find.output')]));
      return (await ada.answer(mode, 'Where?', { scope: chosen })).message;
    };
    const named = { collection_id: cellar.collection.collection_id };
    expect((await asked(named, { kind: 'all' })).content).toBe('found: cellar.txt');
    expect((await asked(named, scope)).content).toBe('found: cellar.txt');
    expect((await asked(named, cellar.collection)).content).toBe('found: cellar.txt');
    expect((await asked({ scope: { kind: 'all' } }, cellar.collection)).content).toBe('found: cellar.txt');
    for (const chosen of [{ kind: 'none' }, attic.collection, { ...scope, document_ids: [attic.id] }]) {
      const message = await asked(named, chosen);
      expect([message.content, codes(message)]).toEqual(['found: ', ['chat_modes.documents_withheld']]);
    }
    const both = await asked({ scope }, { kind: 'documents', document_ids: [attic.id] });
    expect(both.content).toBe('found: attic.txt');
  });

  it('outside of the choice cannot be read either', async () => {
    const { ada, cellar, attic } = await reader();
    const mode = await answering(ada, chain([tool('documents.read', { document_id: attic.id })]));
    const refused = await ada.answer(mode, 'Read', { scope: cellar.collection });
    expect(refused.message).toMatchObject({ status: 'failed', error: { code: 'documents.not_found' } });
    expect((await ada.answer(mode, 'Read', { scope: attic.collection })).message.status).toBe('complete');
  });

  it('are all searched where the run was started by hand', async () => {
    const { ada } = await reader();
    const { output } = await ada.finish(chain([find(), names('find.output')]));
    expect(output).toContain('garden.txt');
  });

  it('of somebody else are found by nobody, also where a step names them', async () => {
    const [{ cellar }, eve] = [await reader(), await world.client()];
    const mode = await answering(eve, chain([find({ scope: cellar.collection }), names('find.output')]));
    const { message } = await eve.answer(mode, 'Where?', { scope: { kind: 'all' } });
    expect(message).toMatchObject({ status: 'failed', error: { code: 'retrieval.scope_not_found' } });
  });
});

describe('the web', () => {
  const search = { id: 'use', type: 'web_search', config: { query: '{{input.question}}' } };

  it.each([
    ['step', search],
    ['tool', tool('web.search', { query: 'museum' })],
  ])(
    'is searched by the %s only where the person switched it on; otherwise a notice says so',
    async (_, node) => {
      const ada = await world.client();
      const count = {
        id: 'out',
        type: 'transform',
        config: { expression: '$string($count(steps.use.output.items))' },
      };
      const drawn = chain([node, count]);
      const mode = await answering(ada, drawn);
      const off = await ada.answer(mode, 'When?');
      expect([off.message.content, codes(off.message)]).toEqual(['0', ['chat_modes.web_withheld']]);
      expect(web.requests).toEqual([]);
      const on = await ada.answer(mode, 'When?', { web_search: true });
      expect([on.message.content, codes(on.message)]).toEqual(['1', []]);
      expect((await ada.finish(drawn, { question: 'When?' })).output).toBe('1');
    },
  );
});

describe('the model', () => {
  it('of the conversation answers for steps that name none', async () => {
    const ada = await world.client();
    const other = { ...model, model: 'thinker:latest' };
    const ask = (more: object) =>
      chain([{ id: 'write', type: 'prompt', config: { prompt: 'Hello', stream: 'answer', ...more } }]);
    world.peer.script({ path: '/api/chat', answer: 'Hello.' });
    const free = await ada.answer(await answering(ada, ask({})), 'Hi', { model: other });
    expect(free.message.model).toMatchObject({ model: 'thinker:latest' });
    const named = await ada.answer(await answering(ada, ask({ model })), 'Hi', { model: other });
    expect(named.message.model).toMatchObject({ model: 'tiny-chat:latest' });
  });
});
