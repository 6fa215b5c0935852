import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type FakeModelServer, startFakeModelServer } from '../peers/fake-model-server.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { chain, connectModel, definition, WorkflowClient } from './workflow-world.ts';

interface Tried {
  status: string;
  input: unknown;
  output: never;
  port: string | null;
  error: { code: string; detail: string; node_id: string } | null;
  waits_for: Record<string, unknown> | null;
  tokens: { input: number; output: number };
  duration_ms: number;
  code?: string;
}

let app: TestApp;
let peer: FakeModelServer;
let ada: WorkflowClient;
let model: { provider_id: string; model: string };

beforeAll(async () => {
  [app, peer] = await Promise.all([createTestApp(), startFakeModelServer()]);
  model = await connectModel(app, peer.url);
  ada = new WorkflowClient(app, await app.person());
});
afterEach(() => peer.reset());
afterAll(async () => {
  await app.stop();
  await peer.close();
});

const text = (id: string, template: string) => ({ id, type: 'text', config: { template } });
const send = {
  id: 'send',
  type: 'http',
  config: { url: 'https://example.org/{{input.x}}', method: 'POST', body: { a: 1 } },
};
const tryStep = async (drawn: object, nodeId: string, rest: object = {}) =>
  (await ada.call<Tried>('POST', '/workflows/test-step', { definition: drawn, node_id: nodeId, ...rest }))
    .body;

describe('one step is tried', () => {
  it('with sample data in place of input, other steps and the item of a loop', async () => {
    const drawn = chain([text('a', 'A'), text('b', '{{input.x}} {{steps.a.output.n}} {{item}} {{index}}')]);
    const sample = { input: { x: 'in' }, steps: { a: { n: 7 } }, item: 'one', index: 3 };
    expect(await tryStep(drawn, 'b', sample)).toMatchObject({
      status: 'succeeded',
      input: { template: 'in 7 one 3' },
      output: 'in 7 one 3',
      port: 'next',
      error: null,
    });
  });

  it('and says by name which sample value is missing', async () => {
    const tried = await tryStep(chain([text('a', '{{input.name}}')]), 'a');
    expect(tried).toMatchObject({
      status: 'failed',
      error: { code: 'workflows.missing_value', node_id: 'a' },
    });
    expect(tried.error?.detail).toContain('{{input.name}}');
  });

  it('by a model, with the tokens it took', async () => {
    peer.script({ path: '/api/chat', answer: '{"n": 4}' });
    const schema = { type: 'object', required: ['n'], properties: { n: { type: 'integer' } } };
    const ask = { id: 'ask', type: 'prompt', config: { prompt: 'How many?', model, output_schema: schema } };
    const tried = await tryStep(chain([ask]), 'ask');
    expect(tried).toMatchObject({ status: 'succeeded', output: { n: 4 } });
    expect(tried.tokens.input).toBeGreaterThan(0);
    expect(tried.tokens.output).toBeGreaterThan(0);
  });

  it('and shows which way a choice goes', async () => {
    const condition = { id: 'c', type: 'condition', config: { expression: 'input.n > 10' } };
    expect(await tryStep(chain([condition]), 'c', { input: { n: 11 } })).toMatchObject({ port: 'true' });
    expect(await tryStep(chain([condition]), 'c', { input: { n: 1 } })).toMatchObject({ port: 'false' });
  });

  it('and what a loop would run over', async () => {
    const loop = definition(
      [{ id: 'each', type: 'loop', config: { items: '{{input.list}}' } }, text('one', '{{item}}')],
      ['start>each', 'each:each>one'],
    );
    expect(await tryStep(loop, 'each', { input: { list: [1, 2] } })).toMatchObject({
      port: 'each',
      output: [1, 2],
    });
    expect(await tryStep(loop, 'each', { input: { list: 'none' } })).toMatchObject({
      status: 'failed',
      error: { code: 'workflows.config_invalid' },
    });
  });

  it('also where the rest of the drawing is unfinished', async () => {
    const drawn = definition([text('a', 'x'), { id: 'later', type: 'rocket' }], ['start>a']);
    expect(await tryStep(drawn, 'a')).toMatchObject({ status: 'succeeded', output: 'x' });
    expect(await tryStep(drawn, 'later')).toMatchObject({
      status: 'failed',
      error: { code: 'workflows.config_invalid', detail: 'There is no step of type "rocket".' },
    });
    expect(await tryStep(drawn, 'ghost')).toMatchObject({ code: 'workflows.step_not_found' });
  });

  it('S37: without sending anything, unless that is asked for', async () => {
    const drawn = chain([send]);
    expect(await tryStep(drawn, 'send', { input: { x: 'there' } })).toMatchObject({
      status: 'succeeded',
      output: {
        not_sent: true,
        would_send: { url: 'https://example.org/there', method: 'POST', body: { a: 1 } },
      },
    });
    // What is asked for really goes out, and by the same door.
    const local = chain([{ ...send, config: { ...send.config, url: peer.url } }]);
    expect(await tryStep(local, 'send', { allow_writes: true })).toMatchObject({
      status: 'failed',
      error: { code: 'outbound.address_not_allowed' },
    });
  });

  it('and says what it would wait for', async () => {
    const drawn = chain([
      { id: 'rest', type: 'wait', config: { event: 'run.ended' } },
      { id: 'ask', type: 'approval', config: { title: 'Send {{input.x}}?' } },
    ]);
    expect(await tryStep(drawn, 'rest')).toMatchObject({
      status: 'waiting',
      waits_for: { kind: 'event', event: 'run.ended' },
    });
    expect(await tryStep(drawn, 'ask', { input: { x: 'it' } })).toMatchObject({
      status: 'waiting',
      waits_for: { kind: 'approval', approval: { title: 'Send it?' } },
    });
  });

  it('and leaves nothing behind', async () => {
    const { rows } = await sql<{ n: number }>`
      select (select count(*) from workflow_runs) + (select count(*) from workflow_approvals)
        + (select count(*) from workflows) as n`.execute(app.platform.db);
    expect(rows[0]?.n).toBe(0);
  });
});
