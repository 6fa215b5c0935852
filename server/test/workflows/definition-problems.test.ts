import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemCodes, problemReasons } from '../../src/features/workflows/definitions/problem-codes.ts';
import { shapeReasons } from '../../src/platform/errors.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { chain, definition, WorkflowClient } from './workflow-world.ts';

let app: TestApp;
let ada: WorkflowClient;

beforeAll(async () => {
  app = await createTestApp({ role: 'api' });
  ada = new WorkflowClient(app, await app.person());
});
afterAll(() => app.stop());

interface Problem {
  code: string;
  field: string | null;
  detail: string;
  reason?: string;
  params?: Record<string, string | number>;
}

async function problemsOf(drawn: object): Promise<Problem[]> {
  const { status, body } = await ada.call<{ problems: Problem[] }>('POST', '/workflows/validate', {
    definition: drawn,
  });
  expect([status, body]).toMatchObject([200, { problems: expect.anything() }]);
  return body.problems;
}

const text = (id: string, template: string) => ({ id, type: 'text', config: { template } });
const one = (type: string, config: object) => chain([{ id: 'a', type, config }]);
const nested = (depth: number): object => (depth === 0 ? {} : { items: nested(depth - 1) });
const withInput = (input_schema: object) => chain([text('a', 'x')], { input_schema } as never);
const says = (template: string) => chain([text('a', template)]);
const ghosts = { format: 1, nodes: [{ id: 'start', type: 'start' }] };
const looped = [{ id: 'l', type: 'loop', config: { items: '{{input.x}}' } }, text('b', '{{item}}')];

type Row = [code: string, reason: string | undefined, params: object | undefined, drawn: object];
const rows: Row[] = [
  ['no_start', undefined, undefined, { format: 1, nodes: [text('a', 'x')], edges: [] }],
  ['second_start', undefined, undefined, chain([{ id: 's2', type: 'start' }])],
  ['duplicate_step', undefined, { step: 'a' }, chain([text('a', 'x'), text('a', 'y')])],
  ['unknown_step_type', undefined, { type: 'rocket' }, one('rocket', {})],
  ['edge_from_nothing', undefined, { step: 'ghost' }, { ...ghosts, edges: [{ from: 'ghost', to: 'start' }] }],
  ['edge_to_nothing', undefined, { step: 'ghost' }, { ...ghosts, edges: [{ from: 'start', to: 'ghost' }] }],
  ['edge_to_start', undefined, undefined, { ...ghosts, edges: [{ from: 'start', to: 'start' }] }],
  ['unknown_port', undefined, { port: 'done' }, definition([text('a', 'x')], ['start>a', 'a:done>a'])],
  [
    'fork_without_parallel',
    undefined,
    { port: 'next' },
    definition([text('a', 'x'), text('b', 'y')], ['start>a', 'start>b']),
  ],
  ['unreachable', undefined, undefined, definition([text('a', 'x')], [])],
  [
    'cycle_without_exit',
    undefined,
    { steps: 'a, b' },
    definition([text('a', 'x'), text('b', 'y')], ['start>a', 'a>b', 'b>a']),
  ],

  ['config_invalid', 'missing', { field: 'url' }, one('http', {})],
  ['config_invalid', 'unknown', { field: 'extra' }, one('text', { template: 'x', extra: 1 })],
  ['config_invalid', 'empty', { field: 'prompt' }, one('prompt', { prompt: '' })],
  [
    'config_invalid',
    'too_large',
    { field: 'temperature', limit: 2 },
    one('prompt', { prompt: 'x', temperature: 3 }),
  ],
  ['config_invalid', 'too_few_fields', { field: '', limit: 1 }, one('wait', {})],
  ['config_invalid', 'wrong_type', { field: 'expression' }, one('transform', { expression: 1 })],
  [
    'config_invalid',
    'wrong_format',
    { field: 'cases.0.name' },
    one('switch', { expression: '1', cases: [{ name: 'No!', equals: 1 }] }),
  ],
  ['config_invalid', 'not_allowed', { field: 'method' }, one('http', { url: 'x', method: 'STEAL' })],
  ['config_invalid', 'no_tool', { tool: 'axe' }, one('tool', { tool: 'axe' })],
  ['config_invalid', 'no_tool', { tool: 'axe' }, one('chosen_tool', { choice: 'x', allowed: ['axe'] })],
  ['config_invalid', 'no_event', { event: 'moon.full' }, one('wait', { event: 'moon.full' })],
  ['config_invalid', 'no_slot', { slot: 'cook' }, one('prompt', { prompt: 'x', slot: 'cook' })],
  [
    'config_invalid',
    'header_forbidden',
    { header: 'Host' },
    one('http', { url: 'x', headers: { Host: 'x' } }),
  ],
  [
    'config_invalid',
    'schema_keyword',
    { place: '/', keyword: 'pattern' },
    one('prompt', { prompt: 'x', output_schema: { pattern: 'x' } }),
  ],

  [
    'input_schema_invalid',
    'schema_keyword',
    { place: '/properties', keyword: '$ref' },
    withInput({ properties: { properties: { $ref: '#' } } }),
  ],
  [
    'input_schema_invalid',
    'schema_too_deep',
    { place: '/items'.repeat(13), limit: 12 },
    withInput(nested(13)),
  ],
  ['input_schema_invalid', 'schema_no_object', { place: '/items' }, withInput({ items: 3 })],
  ['input_schema_invalid', 'schema_type', { place: '/' }, withInput({ type: 'sausage' })],
  [
    'input_schema_invalid',
    'schema_required',
    { place: '/Name' },
    withInput({ properties: { Name: { required: 'x' } } }),
  ],
  ['input_schema_invalid', 'schema_properties', { place: '/' }, withInput({ properties: 'x' })],
  ['input_schema_invalid', 'schema_any_of', { place: '/' }, withInput({ anyOf: 'x' })],

  [
    'expression_invalid',
    'expression_unreadable',
    { message: expect.any(String) },
    one('transform', { expression: '((' }),
  ],
  [
    'expression_invalid',
    'expression_all_steps',
    undefined,
    one('transform', { expression: '$count(steps)' }),
  ],

  ['template_malformed', undefined, { template: '{{a b}}' }, says('{{a b}}')],
  ['missing_value', 'template_no_root', { template: '{{nothing}}' }, says('{{nothing}}')],
  ['missing_value', 'template_no_run_value', { template: '{{run.x}}' }, says('{{run.x}}')],
  ['missing_value', 'template_no_loop', { template: '{{item}}' }, says('{{item}}')],
  ['missing_value', 'template_no_step_name', { template: '{{steps}}' }, says('{{steps}}')],
  ['missing_value', 'template_no_output', { template: '{{steps.start.x}}' }, says('{{steps.start.x}}')],
  [
    'missing_value',
    'template_no_input',
    { template: '{{input.y}}', name: 'y' },
    chain([text('a', '{{input.y}}')], { input_schema: { properties: { x: {} } } }),
  ],
  ['missing_value', 'no_step', { step: 'ghost' }, says('{{steps.ghost.output}}')],
  ['missing_value', 'step_not_before', { step: 'a' }, says('{{steps.a.output}}')],
  [
    'missing_value',
    'step_in_loop',
    { step: 'b', loop: 'l' },
    definition([...looped, text('c', '{{steps.b.output}}')], ['start>l', 'l:each>b', 'b>l', 'l:done>c']),
  ],
];

describe('a problem says which sentence it is and the values of it', () => {
  it.each(rows)('%s, %s', async (code, reason, params, drawn) => {
    const problems = await problemsOf(drawn);
    const found = problems.filter((problem) => problem.code === code && problem.reason === reason);
    expect(problems).toContainEqual(found[0]);
    expect(found[0]?.params).toEqual(params);
    // The values are those of the sentence; the top of a schema has no name in it.
    for (const value of Object.values(found[0]?.params ?? {}))
      if (value !== '/') expect(found[0]?.detail).toContain(String(value));
  });

  it('and each code and each reason of its own is among these', () => {
    const told = (index: 0 | 1) => new Set(rows.map((row) => row[index]).filter(Boolean));
    const shapes: readonly string[] = shapeReasons;
    // Expressions of more characters than a setting takes are refused before they are read.
    const unseen = ['expression_too_long'];
    expect([...told(0)].sort()).toEqual([...problemCodes].sort());
    expect([...told(1), ...unseen].filter((reason) => !shapes.includes(String(reason))).sort()).toEqual(
      problemReasons.filter((reason) => !shapes.includes(reason)).sort(),
    );
  });

  it('and names the setting where it is, or all of them', async () => {
    const fields = async (drawn: object) => (await problemsOf(drawn)).map(({ field }) => field);
    expect(await fields(one('wait', {}))).toEqual(['config']);
    expect(await fields(one('switch', {}))).toEqual(['config.expression', 'config.cases']);
  });

  it('and says once that a value is none of several', async () => {
    const drawn = one('http', { url: 'x', method: 'STEAL' });
    expect(await problemsOf(drawn)).toMatchObject([{ field: 'config.method', reason: 'not_allowed' }]);
  });
});
