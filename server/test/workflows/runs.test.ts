import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApp, type TestApp } from '../test-app.ts';
import {
  chain,
  definition,
  outputsOf,
  type RunAnswer,
  type StepView,
  WorkflowClient,
} from './workflow-world.ts';

let app: TestApp;
let ada: WorkflowClient;
let eve: WorkflowClient;

beforeAll(async () => {
  app = await createTestApp();
  ada = new WorkflowClient(app, await app.person());
  eve = new WorkflowClient(app, await app.person());
});
afterAll(() => app.stop());

const text = (id: string, template: string, rest = {}) => ({
  id,
  type: 'text',
  config: { template },
  ...rest,
});

describe('a run', () => {
  it('goes from step to step, with the input and output of each in its history', async () => {
    const run = await ada.finish(
      chain([text('hello', 'Hello {{input.name}}'), text('again', '{{steps.hello.output}}!')]),
      { name: 'Ada' },
    );
    expect(run.status).toBe('succeeded');
    expect(run.output).toBe('Hello Ada!');
    expect(run.steps.map(({ node_id, status, attempts }) => [node_id, status, attempts])).toEqual([
      ['start', 'succeeded', 1],
      ['hello', 'succeeded', 1],
      ['again', 'succeeded', 1],
    ]);
    expect(run.steps[1]?.input).toEqual({ template: 'Hello Ada' });
  });

  it('fails by the name of a value that is missing', async () => {
    const run = await ada.finish(chain([text('hello', 'Hello {{input.name}}')]), {});
    expect(run.status).toBe('failed');
    expect(run.error).toMatchObject({ code: 'workflows.missing_value', node_id: 'hello' });
    expect(run.error?.detail).toContain('{{input.name}}');
  });

  it('takes the way for errors where a step has one', async () => {
    const run = await ada.finish(
      definition(
        [text('hello', '{{input.name}}'), text('sorry', 'Sorry: {{steps.hello.output.code}}')],
        ['start>hello', 'hello:error>sorry'],
      ),
    );
    expect(run).toMatchObject({ status: 'succeeded', output: 'Sorry: workflows.missing_value' });
  });

  it('chooses its way by conditions and switches', async () => {
    const steps = definition(
      [
        { id: 'big', type: 'condition', config: { expression: 'input.n > 10' } },
        {
          id: 'kind',
          type: 'switch',
          config: { expression: 'input.kind', cases: [{ name: 'red', equals: 'r' }] },
        },
        text('small', 'small'),
        text('red', 'red'),
        text('other', 'other'),
      ],
      ['start>big', 'big:true>kind', 'big:false>small', 'kind:red>red', 'kind:otherwise>other'],
    );
    expect(await ada.finish(steps, { n: 5 })).toMatchObject({ output: 'small' });
    expect(await ada.finish(steps, { n: 11, kind: 'r' })).toMatchObject({ output: 'red' });
    expect(await ada.finish(steps, { n: 11, kind: 'g' })).toMatchObject({ output: 'other' });
  });

  it('runs branches beside one another and joins their outputs', async () => {
    const run = await ada.finish(
      definition(
        [
          { id: 'fork', type: 'parallel' },
          text('a', 'A'),
          text('b', 'B'),
          text('b2', '{{steps.b.output}}2'),
          { id: 'join', type: 'join' },
          text('last', '{{steps.join.output.a}} {{steps.join.output.b}} {{steps.b.output}}'),
        ],
        ['start>fork', 'fork>a', 'fork>b', 'b>b2', 'a>join', 'b2>join', 'join>last'],
      ),
    );
    expect(run).toMatchObject({ status: 'succeeded', output: 'A B2 B' });
    expect(run.steps.filter((step) => step.node_id === 'join')).toHaveLength(1);
  });

  it('loops over a list in order, a few items at a time', async () => {
    const run = await ada.finish(
      definition(
        [
          { id: 'each', type: 'loop', config: { items: '{{input.names}}', max_parallel: 3 } },
          text('one', '{{index}}:{{item}}'),
        ],
        ['start>each', 'each:each>one', 'one>each'],
      ),
      { names: ['x', 'y', 'z', 'u', 'v'] },
    );
    expect(run.status).toBe('succeeded');
    expect(run.output).toEqual(['0:x', '1:y', '2:z', '3:u', '4:v']);
  });

  it('goes on with the other items of a loop where that is wanted', async () => {
    const loop = (onError?: string) =>
      definition(
        [
          {
            id: 'each',
            type: 'loop',
            config: { items: '{{input.list}}', ...(onError ? { on_item_error: onError } : {}) },
          },
          text('one', '{{item.name}}'),
        ],
        ['start>each', 'each:each>one'],
      );
    const input = { list: [{ name: 'a' }, {}, { name: 'c' }] };
    const run = await ada.finish(loop('continue'), input);
    expect(run.status).toBe('succeeded');
    expect(run.output).toMatchObject(['a', { error: { code: 'workflows.missing_value' } }, 'c']);
    expect((await ada.finish(loop(), input)).status).toBe('failed');
  });

  it('nests loops and branches', async () => {
    const run = await ada.finish(
      definition(
        [
          { id: 'outer', type: 'loop', config: { items: '{{input.rows}}' } },
          { id: 'fork', type: 'parallel' },
          { id: 'inner', type: 'loop', config: { items: '{{item.cells}}' } },
          { id: 'cell', type: 'transform', config: { expression: 'item' } },
          text('name', '{{item.name}}'),
          { id: 'join', type: 'join' },
        ],
        [
          'start>outer',
          'outer:each>fork',
          'fork>inner',
          'fork>name',
          'inner:each>cell',
          'inner:done>join',
          'name>join',
        ],
      ),
      {
        rows: [
          { name: 'r1', cells: [1, 2] },
          { name: 'r2', cells: [] },
        ],
      },
    );
    expect(run.error).toBeNull();
    expect(run.output).toEqual([
      { inner: [1, 2], name: 'r1' },
      { inner: [], name: 'r2' },
    ]);
  });

  it('runs a circle until its condition leads out, and never beyond its budget', async () => {
    const circle = (condition: string, budget = {}) =>
      definition(
        [
          {
            id: 'work',
            type: 'transform',
            config: { expression: '$exists(steps.work.output) ? steps.work.output + 1 : 1' },
          },
          { id: 'enough', type: 'condition', config: { expression: condition } },
          text('done', '{{steps.work.output}}'),
        ],
        ['start>work', 'work>enough', 'enough:false>work', 'enough:true>done'],
        { budget },
      );
    expect(await ada.finish(circle('steps.work.output >= 4'))).toMatchObject({
      output: '4',
      status: 'succeeded',
    });
    const endless = await ada.finish(circle('false', { steps: 40 }));
    expect(endless).toMatchObject({ status: 'failed', error: { code: 'workflows.budget_exceeded' } });
    expect(endless.used.steps).toBeLessThanOrEqual(40);
  });

  it('waits without being at work, and goes on when the time has come', async () => {
    const id = await ada.start(
      await ada.create(chain([{ id: 'rest', type: 'wait', config: { seconds: 1 } }, text('after', 'awake')])),
    );
    await ada.until(id, ['waiting']);
    expect(await ada.until(id)).toMatchObject({ status: 'succeeded', output: 'awake' });
  });

  it('is paused, resumed and cancelled', async () => {
    const id = await ada.start(
      await ada.create(
        chain([{ id: 'rest', type: 'wait', config: { seconds: 3_600 } }, text('after', 'awake')]),
      ),
    );
    await ada.until(id, ['waiting']);
    const paused = await ada.call<RunAnswer>('POST', `/runs/${id}/pause`);
    expect(paused.body).toMatchObject({ status: 'paused', pause_requested: false });
    await ada.call('POST', `/runs/${id}/resume`);
    await ada.until(id, ['waiting']);
    expect((await ada.call('POST', `/runs/${id}/cancel`)).body).toMatchObject({ status: 'cancelled' });
    expect((await ada.call('POST', `/runs/${id}/pause`)).status).toBe(409);
    expect((await ada.run(id)).steps.map((step) => step.status)).toEqual(['succeeded', 'cancelled']);
  });

  it('is resumed only while it is paused or about to be, and neither once it has ended', async () => {
    const id = await ada.start(
      await ada.create(chain([{ id: 'rest', type: 'wait', config: { seconds: 3_600 } }])),
    );
    await ada.until(id, ['waiting']);
    const ask = (what: string) => ada.call<{ code: string }>('POST', `/runs/${id}/${what}`);
    expect(await ask('resume')).toMatchObject({ status: 409, body: { code: 'workflows.run_not_paused' } });
    await ask('cancel');
    for (const what of ['pause', 'resume'])
      expect(await ask(what)).toMatchObject({ status: 409, body: { code: 'workflows.run_ended' } });
    expect((await ada.run(id)).status).toBe('cancelled');
  });

  it('goes on when a pause is taken back before it rests', async () => {
    const loop = definition(
      [
        { id: 'each', type: 'loop', config: { items: '{{input.list}}', max_parallel: 1 } },
        { id: 'one', type: 'transform', config: { expression: 'item' } },
      ],
      ['start>each', 'each:each>one'],
    );
    const list = Array.from({ length: 600 }, (_, index) => index);
    const id = await ada.start(await ada.create(loop), { list });
    const [paused, resumed] = [
      await ada.call<RunAnswer>('POST', `/runs/${id}/pause`),
      await ada.call<RunAnswer>('POST', `/runs/${id}/resume`),
    ];
    expect([paused.status, resumed.status]).toEqual([202, 202]);
    expect(resumed.body).toMatchObject({ pause_requested: false });
    expect(await ada.until(id, undefined, 60_000)).toMatchObject({ status: 'succeeded', output: list });
  });

  it('takes the runs along that it began when it is cancelled', async () => {
    const inner = await ada.create(chain([{ id: 'rest', type: 'wait', config: { seconds: 3_600 } }]));
    const sub = { id: 'sub', type: 'sub_workflow', config: { workflow_id: inner } };
    const id = await ada.start(await ada.create(chain([sub])));
    const waiting = await ada.until(id, ['waiting']);
    const child = waiting.steps.find(({ node_id }) => node_id === 'sub')?.child_run_id ?? '';
    await ada.until(child, ['waiting']);
    await ada.call('POST', `/runs/${id}/cancel`);
    expect((await ada.until(child)).status).toBe('cancelled');
  });

  it('that is at work is paused between its steps, and goes on where it was', async () => {
    const loop = definition(
      [
        { id: 'each', type: 'loop', config: { items: '{{input.list}}', max_parallel: 1 } },
        { id: 'one', type: 'transform', config: { expression: 'item' } },
      ],
      ['start>each', 'each:each>one'],
    );
    const list = Array.from({ length: 600 }, (_, index) => index);
    const id = await ada.start(await ada.create(loop), { list });
    await ada.call('POST', `/runs/${id}/pause`);
    const paused = await ada.until(id, ['paused']);
    expect(paused.used.steps).toBeLessThan(list.length);
    expect(paused.steps.filter((step) => step.status === 'running')).toEqual([]);
    await ada.call('POST', `/runs/${id}/resume`);
    const run = await ada.until(id, undefined, 60_000);
    expect(run).toMatchObject({ status: 'succeeded', used: { steps: list.length + 2 } });
    expect(run.output).toEqual(list);
  });

  it('sees after a rest what steps brought before it', async () => {
    // A value that a step brought before a rest is read from the database after it.
    const run = await ada.finish(
      chain([
        text('early', 'kept'),
        { id: 'rest', type: 'wait', config: { seconds: 0.1 } },
        text('late', '{{steps.early.output}} and {{steps.rest.output.timed_out}}'),
      ]),
    );
    expect(run).toMatchObject({ status: 'succeeded', output: 'kept and true' });
  });

  it('starts once for one Idempotency-Key', async () => {
    const workflow = await ada.create(chain([text('a', 'a')]));
    const key = { 'idempotency-key': 'once' };
    const first = await ada.call('POST', `/workflows/${workflow}/runs`, { input: {} }, key);
    const second = await ada.call('POST', `/workflows/${workflow}/runs`, { input: {} }, key);
    expect(second.body.id).toBe(first.body.id);
    const other = await ada.call('POST', `/workflows/${workflow}/runs`, { input: { x: 1 } }, key);
    expect(other).toMatchObject({ status: 422, body: { code: 'workflows.idempotency_key_reused' } });
  });

  it('is tried again from the step that failed, with another input, as a run of its own', async () => {
    const failed = await ada.finish(
      chain([
        text('first', 'kept'),
        text('second', '{{input.missing}}'),
        text('third', '{{steps.first.output}} {{steps.second.output}}'),
      ]),
    );
    expect(failed.status).toBe('failed');
    const again = await ada.call<{ id: string }>('POST', `/runs/${failed.id}/retry`, {
      input: { template: 'mended' },
    });
    expect(again.status).toBe(202);
    const run = await ada.until(again.body.id);
    expect(run).toMatchObject({ status: 'succeeded', output: 'kept mended', retry_of: failed.id });
    expect((await ada.run(failed.id)).status).toBe('failed');
    expect(outputsOf(await ada.run(failed.id)).second).toBeNull();
  });

  it('is tried again from any of its steps, with what came before it and without what came after', async () => {
    const first = await ada.finish(
      chain([
        text('first', 'kept'),
        text('second', 'old'),
        text('third', '{{steps.first.output}} {{steps.second.output}}'),
      ]),
    );
    expect(first).toMatchObject({ status: 'succeeded', output: 'kept old' });
    const { number: step } = first.steps.find(({ node_id }) => node_id === 'second') ?? {};
    const { body } = await ada.call<{ id: string }>('POST', `/runs/${first.id}/retry`, {
      step,
      input: { template: 'new' },
    });
    const run = await ada.until(body.id);
    expect(run).toMatchObject({ status: 'succeeded', output: 'kept new', retry_of: first.id });
    expect(run.steps.map(({ number, node_id }) => [number, node_id])).toEqual([
      [1, 'start'],
      [2, 'first'],
      [3, 'second'],
      [4, 'third'],
    ]);
    expect(outputsOf(run)).toMatchObject({ first: 'kept', second: 'new' });
    expect((await ada.run(first.id)).output).toBe('kept old');
  });

  it('is not tried again while it goes on, without a step, or from within a loop', async () => {
    const retry = (id: string, body: object) => ada.call<{ code: string }>('POST', `/runs/${id}/retry`, body);
    const refused = { status: 409, body: { code: 'workflows.run_not_repeatable' } };
    const resting = await ada.start(
      await ada.create(chain([{ id: 'rest', type: 'wait', config: { seconds: 3_600 } }])),
    );
    await ada.until(resting, ['waiting']);
    expect(await retry(resting, { step: 1 })).toMatchObject(refused);
    await ada.call('POST', `/runs/${resting}/cancel`);
    const loop = definition(
      [{ id: 'each', type: 'loop', config: { items: [1, 2] } }, text('one', '{{item}}')],
      ['start>each', 'each:each>one'],
    );
    const done = await ada.finish(loop);
    expect(await retry(done.id, {})).toMatchObject(refused);
    expect(await retry(done.id, { step: 99 })).toMatchObject(refused);
    const { number } = done.steps.find(({ node_id }) => node_id === 'one') ?? {};
    expect(await retry(done.id, { step: number })).toMatchObject(refused);
  });

  it('goes on with a loop where it failed when it is tried again', async () => {
    const failed = await ada.finish(
      definition(
        [
          { id: 'each', type: 'loop', config: { items: '{{input.list}}', max_parallel: 1 } },
          text('one', '{{item.name}}'),
        ],
        ['start>each', 'each:each>one'],
      ),
      { list: [{ name: 'a' }, {}, { name: 'c' }] },
    );
    expect(failed.status).toBe('failed');
    const { body } = await ada.call<{ id: string }>('POST', `/runs/${failed.id}/retry`, {
      input: { template: 'b' },
    });
    expect(await ada.until(body.id)).toMatchObject({ status: 'succeeded', output: ['a', 'b', 'c'] });
  });

  it('runs other workflows, no deeper than allowed', async () => {
    const inner = await ada.create(chain([text('in', 'inner {{input.x}}')]));
    const run = await ada.finish(
      chain([
        { id: 'sub', type: 'sub_workflow', config: { workflow_id: inner, input: { x: '{{input.x}}' } } },
        text('out', '<{{steps.sub.output}}>'),
      ]),
      { x: 1 },
    );
    expect(run).toMatchObject({ status: 'succeeded', output: '<inner 1>' });
    const step = run.steps.find(({ node_id }) => node_id === 'sub');
    expect(await ada.run(step?.child_run_id ?? '')).toMatchObject({
      parent_run_id: run.id,
      output: 'inner 1',
    });
    expect(run.steps.filter(({ child_run_id }) => child_run_id !== null)).toHaveLength(1);
    const endless = await ada.create(chain([text('a', 'a')]));
    await ada.call('PATCH', `/workflows/${endless}`, {
      definition: chain([{ id: 'sub', type: 'sub_workflow', config: { workflow_id: endless } }], {
        budget: { depth: 2 },
      }),
    });
    const deep = await ada.until(await ada.start(endless));
    expect(deep).toMatchObject({ status: 'failed', error: { code: 'workflows.sub_workflow_failed' } });
    expect(JSON.stringify(deep.error)).toContain('2 deep');
  });

  it('shows how far it is without what its steps were given and gave, when only that is asked for', async () => {
    const items = Array.from({ length: 150 }, (_, index) => index);
    const whole = await ada.finish(
      definition(
        [{ id: 'each', type: 'loop', config: { items: '{{input.items}}' } }, text('one', '{{item}}')],
        ['start>each', 'each:each>one'],
      ),
      { items },
    );
    const { body: run } = await ada.call<RunAnswer>('GET', `/runs/${whole.id}?values=false`);
    expect(run).toMatchObject({ status: 'succeeded', output: null });
    expect(run.steps.length).toBe(152);
    expect(run.steps.every(({ input, output }) => input === null && output === null)).toBe(true);
    expect(run.steps.map(({ number, status }) => [number, status])).toEqual(
      whole.steps.map(({ number, status }) => [number, status]),
    );
    const steps = (query: string) =>
      ada.call<{ items: StepView[] }>('GET', `/runs/${whole.id}/steps?limit=1000${query}`);
    expect((await steps('&values=false')).body.items).toHaveLength(152);
    const { body: page } = await steps('');
    expect(page.items).toHaveLength(100);
    expect(page.items[5]?.output).toEqual(whole.steps[5]?.output);
    expect((await steps('&after=150')).body.items.map(({ number }) => number)).toEqual([151, 152]);
    expect((await steps('&values=perhaps')).status).toBe(422);
  });

  it('keeps the version it began with', async () => {
    const workflow = await ada.create(
      chain([{ id: 'rest', type: 'wait', config: { seconds: 1 } }, text('v', 'one')]),
    );
    const id = await ada.start(workflow);
    await ada.call('PATCH', `/workflows/${workflow}`, { definition: chain([text('v', 'two')]) });
    expect(await ada.until(id)).toMatchObject({ output: 'one' });
    expect(await ada.until(await ada.start(workflow))).toMatchObject({ output: 'two' });
  });

  it('S30: is not there for anybody else', async () => {
    const workflow = await ada.create(chain([text('a', 'a')]));
    const id = await ada.start(workflow);
    await ada.until(id);
    for (const [method, url] of [
      ['GET', `/runs/${id}`],
      ['GET', `/runs/${id}/steps`],
      ['GET', `/runs/${id}/events`],
      ['POST', `/runs/${id}/cancel`],
      ['POST', `/runs/${id}/pause`],
      ['POST', `/runs/${id}/resume`],
      ['POST', `/runs/${id}/retry`],
      ['GET', `/workflows/${workflow}`],
      ['POST', `/workflows/${workflow}/runs`],
      ['DELETE', `/workflows/${workflow}`],
    ] as const) {
      const answer = await eve.call(method, url, method === 'POST' ? {} : undefined);
      expect([url, answer.status]).toEqual([url, 404]);
    }
    expect((await eve.call<{ items: [] }>('GET', '/runs')).body.items).toEqual([]);
  });

  it('is counted by when it was started, how it ended and what it used, for its owner only', async () => {
    const max = new WorkflowClient(app, await app.person());
    const good = await max.create(chain([text('a', 'a')]));
    const bad = await max.create(chain([text('a', '{{input.none}}')]));
    const runs: string[] = [];
    for (const workflow of [good, good, good, bad]) {
      const id = await max.start(workflow);
      await max.until(id);
      runs.push(id);
    }
    const [first, second, third, failed] = runs;
    const at = (id: string | undefined, created: string) =>
      sql`update workflow_runs set created_at = ${created}, used_tokens = 5 where id = ${id}`.execute(
        app.platform.db,
      );
    const now = Date.now();
    const day = (back: number) => new Date(now - back * 86_400_000).toISOString().slice(0, 10);
    await at(first, `${day(2)}T10:01:00Z`);
    await at(failed, `${day(2)}T10:14:59Z`);
    await at(second, `${day(2)}T10:15:00Z`);
    await at(third, `${day(2)}T10:15:01Z`);
    const count = async (query: string, who = max) => (await who.call('GET', `/runs/counts?${query}`)).body;
    const early = { at: `${day(2)}T10:00:00.000Z`, succeeded: 1, failed: 1, others: 0, tokens: 10 };
    const late = { at: `${day(2)}T10:15:00.000Z`, succeeded: 2, failed: 0, others: 0, tokens: 10 };
    expect(await count('days=3')).toEqual({ items: [early, late] });
    // What a sub-workflow used is in the run that started it.
    await sql`update workflow_runs set parent_run_id = ${second} where id = ${third}`.execute(
      app.platform.db,
    );
    await sql`update workflow_runs set status = 'cancelled' where id = ${second}`.execute(app.platform.db);
    expect(await count('days=3')).toEqual({
      items: [early, { ...late, succeeded: 0, others: 1, tokens: 5 }],
    });
    expect(await count(`days=3&workflow_id=${bad}`)).toEqual({
      items: [{ ...early, succeeded: 0, tokens: 5 }],
    });
    expect(await count('days=3&builtin=true')).toEqual({ items: [] });
    await at(first, `${day(6)}T10:01:00Z`);
    expect(await count('days=3&builtin=false')).toMatchObject({ items: [{ succeeded: 0 }, { others: 1 }] });
    expect(await count('days=3', eve)).toEqual({ items: [] });
    expect(await count('days=0')).toMatchObject({ code: 'validation_failed' });
  });

  it('shows its events in order, each once, to a viewer that comes late', async () => {
    const id = await ada.start(await ada.create(chain([text('a', 'a')])));
    const run = await ada.until(id);
    const events = await app.platform.eventLog.read(id, 0, 100);
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.at(-1)).toMatchObject({ seq: run.last_seq, type: 'end', data: { status: 'succeeded' } });
  });
});
