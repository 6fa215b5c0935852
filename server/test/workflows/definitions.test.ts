import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApp, type TestApp } from '../test-app.ts';
import { chain, definition, WorkflowClient } from './workflow-world.ts';

let app: TestApp;
let ada: WorkflowClient;
let eve: WorkflowClient;

beforeAll(async () => {
  app = await createTestApp({ role: 'api' });
  ada = new WorkflowClient(app, await app.person());
  eve = new WorkflowClient(app, await app.person());
});
afterAll(() => app.stop());

const text = (id: string, template: string) => ({ id, type: 'text', config: { template } });
const problems = async (
  drawn: object,
): Promise<{ code: string; node_id: string | null; detail: string }[]> => {
  const { body } = await ada.call<{ problems: never[] }>('POST', '/workflows/validate', {
    definition: drawn,
  });
  return body.problems;
};
const codes = async (drawn: object) =>
  (await problems(drawn)).map(({ code, node_id }) => `${code} ${node_id ?? '-'}`);

describe('what is wrong with a workflow is named at its step', () => {
  it('nothing, where nothing is', async () => {
    expect(await problems(chain([text('a', '{{input.x}}')]))).toEqual([]);
  });
  it('a step of an unknown type', async () => {
    expect(await codes(chain([{ id: 'a', type: 'rocket' }]))).toEqual(['unknown_step_type a']);
  });
  it('a connection to nothing, and a way out that there is not', async () => {
    const drawn = definition([text('a', 'x')], ['start>a', 'a>ghost', 'a:done>a']);
    expect(await codes(drawn)).toEqual(expect.arrayContaining(['edge_to_nothing a', 'unknown_port a']));
  });
  it('a step that is never reached', async () => {
    expect(await codes(definition([text('a', 'x'), text('b', 'y')], ['start>a']))).toEqual(['unreachable b']);
  });
  it('a circle without a way out, and not one with a way out', async () => {
    expect(await codes(definition([text('a', 'x'), text('b', 'y')], ['start>a', 'a>b', 'b>a']))).toEqual([
      'cycle_without_exit a',
      'cycle_without_exit b',
    ]);
    const condition = { id: 'c', type: 'condition', config: { expression: 'true' } };
    const back = ['start>a', 'a>c', 'c:false>a'];
    expect(await codes(definition([text('a', 'x'), condition], back))).toEqual([]);
    expect(await codes(definition([text('a', 'x'), condition], [...back, 'c:true>a']))).toHaveLength(2);
  });
  it('a template that names what cannot have a value', async () => {
    const drawn = chain([
      text('a', '{{steps.b.output}} {{steps.ghost.output}} {{item}} {{nothing}} {{a b}}'),
      text('b', 'y'),
    ]);
    expect(await codes(drawn)).toEqual([
      'template_malformed a',
      'missing_value a',
      'missing_value a',
      'missing_value a',
      'missing_value a',
    ]);
    const schema = { input_schema: { type: 'object', properties: { x: { type: 'string' } } } };
    expect(await codes(chain([text('a', '{{input.y}}')], schema))).toEqual(['missing_value a']);
  });
  it('settings that do not meet the schema of the step', async () => {
    const found = await problems(
      chain([{ id: 'a', type: 'http', config: { method: 'STEAL', extra: 1, headers: { Host: 'x' } } }]),
    );
    expect(found.every(({ code, node_id }) => code === 'config_invalid' && node_id === 'a')).toBe(true);
    expect(found.map(({ detail }) => detail).join(' ')).toMatch(/"url" is missing/);
  });
  it('an expression that cannot be read', async () => {
    expect(await codes(chain([{ id: 'a', type: 'transform', config: { expression: '((' } }]))).toEqual([
      'expression_invalid a',
    ]);
  });
  it('several ways at once without a parallel step, two starts, two steps of one id', async () => {
    const drawn = definition(
      [text('a', 'x'), text('b', 'y'), text('b', 'z'), { id: 's2', type: 'start' }],
      ['start>a', 'start>b'],
    );
    expect(await codes(drawn)).toEqual(
      expect.arrayContaining(['fork_without_parallel start', 'second_start s2', 'duplicate_step b']),
    );
  });
  it('a schema that could hold the server up', async () => {
    const config = { prompt: 'x', output_schema: { type: 'string', pattern: '(a+)+$' } };
    const [problem] = await problems(chain([{ id: 'a', type: 'prompt', config }]));
    expect(problem).toMatchObject({ code: 'config_invalid', node_id: 'a' });
    expect(problem?.detail).toContain('"pattern"');
  });
  it('and it does not run', async () => {
    const id = await ada.create(chain([{ id: 'a', type: 'rocket' }]));
    const answer = await ada.call('POST', `/workflows/${id}/runs`, {});
    expect(answer).toMatchObject({ status: 422, body: { code: 'workflows.invalid' } });
    expect(answer.body.errors).toMatchObject([{ field: 'a' }]);
  });
});

describe('workflows', () => {
  it('publish the schema of their documents', async () => {
    const { body } = await ada.call<Record<string, { type: string }[]>>('GET', '/workflows/schema');
    expect(body.$schema).toContain('2020-12');
    expect(body['x-steps']?.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['prompt', 'http', 'loop', 'approval', 'transform']),
    );
  });

  it('are changed by whoever has read their newest state', async () => {
    const created = await ada.call<{ id: string; revision: number }>('POST', '/workflows', {
      name: 'One',
      definition: chain([text('a', 'x')]),
    });
    expect(created.headers.etag).toBe('"1"');
    const url = `/workflows/${created.body.id}`;
    const changed = await ada.call('PATCH', url, { name: 'Two' }, { 'if-match': '"1"' });
    expect(changed).toMatchObject({ status: 200, body: { name: 'Two', version: 1, revision: 2 } });
    expect(await ada.call('PATCH', url, { name: 'Three' }, { 'if-match': '"1"' })).toMatchObject({
      status: 412,
      body: { code: 'workflows.changed_meanwhile' },
    });
  });

  it('keep every version, say what changed, and go back to an older one', async () => {
    const first = chain([text('a', 'x'), text('b', 'y')]);
    const id = await ada.create(first);
    await ada.call('PATCH', `/workflows/${id}`, { definition: chain([text('a', 'z'), text('c', 'y')]) });
    const { body: diff } = await ada.call('GET', `/workflows/${id}/diff?from=1&to=2`);
    expect(diff).toMatchObject({
      nodes: {
        added: [{ id: 'c', type: 'text' }],
        removed: [{ id: 'b', type: 'text' }],
        changed: [{ id: 'a', changes: [{ field: 'config.template', before: 'x', after: 'z' }] }],
      },
      edges: {
        added: [{ from: 'a', to: 'c', port: 'next' }],
        removed: [{ from: 'a', to: 'b', port: 'next' }],
      },
    });
    const restored = await ada.call('POST', `/workflows/${id}/versions/1/restore`, {});
    expect(restored.body).toMatchObject({ version: 3, definition: first });
    expect((await ada.call('GET', `/workflows/${id}`)).body).toMatchObject({ definition: first });
    const { body } = await ada.call<{ items: { number: number; current: boolean }[] }>(
      'GET',
      `/workflows/${id}/versions`,
    );
    expect(body.items.map(({ number, current }) => [number, current])).toEqual([
      [3, true],
      [2, false],
      [1, false],
    ]);
    expect((await ada.call('GET', `/workflows/${id}/versions/9`)).body.code).toBe(
      'workflows.version_not_found',
    );
  });

  it('go out as a file and come in again', async () => {
    const id = await ada.create(chain([text('a', 'x')]), 'Travels');
    const file = (await ada.call('GET', `/workflows/${id}/export`)).body;
    const imported = await eve.call('POST', '/workflows/import', file);
    expect(imported).toMatchObject({ status: 201, body: { name: 'Travels', definition: file.definition } });
  });

  it('are listed page by page, and only to their owner', async () => {
    const bob = new WorkflowClient(app, await app.person());
    for (const name of ['1', '2', '3']) await bob.create(chain([text('a', 'x')]), name);
    type Page = { items: { name: string }[]; next_cursor: string | null };
    const first = (await bob.call<Page>('GET', '/workflows?limit=2')).body;
    const second = (await bob.call<Page>('GET', `/workflows?limit=2&cursor=${first.next_cursor}`)).body;
    expect([...first.items, ...second.items].map(({ name }) => name)).toEqual(['3', '2', '1']);
    expect(second.next_cursor).toBeNull();
    expect((await bob.call('GET', '/workflows?cursor=x')).body.code).toBe('workflows.invalid_cursor');
  });

  it('S30: are not there for anybody else', async () => {
    const id = await ada.create(chain([text('a', 'x')]));
    for (const [method, path] of [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['GET', '/versions'],
      ['GET', '/versions/1'],
      ['POST', '/versions/1/restore'],
      ['GET', '/diff?from=1&to=1'],
      ['GET', '/export'],
    ] as const) {
      const payload = method === 'PATCH' ? { name: 'Mine' } : method === 'POST' ? {} : undefined;
      const answer = await eve.call(method, `/workflows/${id}${path}`, payload);
      expect([path, answer.status, answer.body.code]).toEqual([path, 404, 'workflows.not_found']);
    }
  });

  it('S12: take no keys that they do not know', async () => {
    const answer = await ada.call('POST', '/workflows', {
      name: 'X',
      definition: chain([text('a', 'x')]),
      owner_id: eve.person.userId,
    });
    expect(answer.status).toBe(422);
  });

  it('an input that does not meet the schema of the workflow is refused by field', async () => {
    const schema = { type: 'object', required: ['n'], properties: { n: { type: 'integer' } } };
    const id = await ada.create(chain([text('a', '{{input.n}}')], { input_schema: schema }));
    const answer = await ada.call('POST', `/workflows/${id}/runs`, { input: { n: 'no' } });
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'workflows.input_invalid', errors: [{ field: 'input.n' }] },
    });
  });
});
