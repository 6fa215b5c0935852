import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type CountingPeer, startCountingPeer } from '../peers/counting-peer.ts';
import { type FakeModelServer, startFakeModelServer } from '../peers/fake-model-server.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { chain, connectModel, definition, type RunAnswer, WorkflowClient } from './workflow-world.ts';

let app: TestApp;
let models: FakeModelServer;
let counting: CountingPeer;
/** Sends everybody on to the model server, which the operator has not named. */
const redirecting = createServer((_request, response) =>
  response.writeHead(302, { location: models.url }).end(),
);
let ada: WorkflowClient;
let model: { provider_id: string; model: string };

beforeAll(async () => {
  [models, counting] = await Promise.all([startFakeModelServer(), startCountingPeer()]);
  await once(redirecting.listen(0, '127.0.0.1'), 'listening');
  const hosts = [counting.host, new URL(addressOf(redirecting)).host];
  app = await createTestApp({ environ: { WORKFLOW_LOCAL_HOSTS: hosts.join(',') } });
  model = await connectModel(app, models.url);
  ada = new WorkflowClient(app, await app.person());
});
afterEach(() => models.reset());
afterAll(async () => {
  await app.stop();
  redirecting.close();
  await Promise.all([models.close(), counting.close()]);
});

const text = (id: string, template: string) => ({ id, type: 'text', config: { template } });
const prompt = (id: string) => ({ id, type: 'prompt', config: { prompt: 'Question?', model } });
const sub = (workflowId: string) => ({
  id: 'sub',
  type: 'sub_workflow',
  config: { workflow_id: workflowId },
});
const addressOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const asked = () => models.requests.filter(({ path }) => path === '/api/chat');
const childOf = async (run: RunAnswer) =>
  (
    await ada.call<RunAnswer & { budget: Record<string, number> }>(
      'GET',
      `/runs/${run.steps.find(({ child_run_id }) => child_run_id !== null)?.child_run_id}`,
    )
  ).body;

describe('the budget of a run', () => {
  const tokensOfOneAnswer = async (): Promise<number> => {
    models.script({ path: '/api/chat', answer: 'Four' });
    return (await ada.finish(chain([prompt('one')]))).used.tokens;
  };

  it('counts what earlier steps have used against the tokens of later ones', async () => {
    const tokens = (await tokensOfOneAnswer()) + 1;
    const before = asked().length;
    const run = await ada.finish(chain([prompt('one'), prompt('two')], { budget: { tokens } }));
    expect(run).toMatchObject({
      status: 'failed',
      error: { code: 'workflows.budget_exceeded', node_id: 'two' },
    });
    expect(asked().length - before).toBe(1);
  });

  it('is all that a sub-workflow has, whatever that one was drawn with', async () => {
    const tokens = (await tokensOfOneAnswer()) + 1;
    const wishes = { steps: 90_000, tokens: 1_000_000, seconds: 86_400, depth: 9 };
    const inner = await ada.create(chain([prompt('one')], { budget: wishes }));
    const budget = { steps: 50, tokens, seconds: 60, depth: 1 };
    const before = asked().length;
    const run = await ada.finish(chain([prompt('one'), sub(inner)], { budget }));
    expect(run).toMatchObject({ status: 'failed', error: { code: 'workflows.sub_workflow_failed' } });
    expect(asked().length - before).toBe(1);
    const child = await childOf(run);
    expect(child).toMatchObject({ status: 'failed', error: { code: 'workflows.budget_exceeded' } });
    expect(child.budget).toMatchObject({ seconds: 60, depth: 1 });
    expect(child.budget.steps).toBeLessThan(50);
    expect(child.budget.tokens).toBeLessThan(tokens);
  });

  it('is used up by sub-workflows too', async () => {
    models.script({ path: '/api/chat', answer: 'Four' });
    const inner = await ada.create(chain([prompt('one')]));
    const run = await ada.finish(chain([sub(inner), text('last', 'x')]));
    const child = await childOf(run);
    expect(child.used).toMatchObject({ steps: 2, tokens: expect.any(Number) });
    expect(run.used).toMatchObject({ steps: 3 + 2, tokens: child.used.tokens });
  });
});

describe('a value that is too large', () => {
  it('fails the step that made it, with its size', async () => {
    const run = await ada.finish(chain([text('twice', '{{input.text}}{{input.text}}')]), {
      text: 'x'.repeat(3 * 1024 * 1024),
    });
    expect(run).toMatchObject({
      status: 'failed',
      error: { code: 'workflows.value_too_large', node_id: 'twice' },
    });
  });
});

describe('a run that is cancelled', () => {
  const waiting = () => ada.create(chain([{ id: 'rest', type: 'wait', config: { seconds: 3_600 } }]));

  it('takes the runs that it started with it', async () => {
    const id = await ada.start(await ada.create(chain([sub(await waiting())])));
    const child = await childOf(await ada.until(id, ['waiting']));
    await ada.until(child.id, ['waiting']);
    await ada.call('POST', `/runs/${id}/cancel`);
    expect((await ada.run(child.id)).status).toBe('cancelled');
  });
});

describe('trying a run again', () => {
  const retry = (id: string, body: object) =>
    ada.call<{ id: string; code: string }>('POST', `/runs/${id}/retry`, body);

  it('from a step that went well does everything after it again', async () => {
    const first = await ada.finish(
      chain([text('one', 'a'), text('two', '{{steps.one.output}}b'), text('three', '{{steps.two.output}}c')]),
    );
    const { body } = await retry(first.id, { step: 3, input: { template: 'changed ' } });
    const again = await ada.until(body.id);
    expect(again).toMatchObject({ status: 'succeeded', output: 'changed c' });
    expect(again.steps.map(({ node_id }) => node_id)).toEqual(['start', 'one', 'two', 'three']);
  });

  it('is refused within a loop that went well, where there is no such step, and before the end', async () => {
    const loop = await ada.finish(
      definition(
        [{ id: 'each', type: 'loop', config: { items: '{{input.list}}' } }, text('item', '{{item}}')],
        ['start>each', 'each:each>item'],
      ),
      { list: [1, 2] },
    );
    const inside = loop.steps.find(({ node_id }) => node_id === 'item')?.number;
    for (const step of [inside, 99])
      expect(await retry(loop.id, { step })).toMatchObject({
        status: 409,
        body: { code: 'workflows.run_not_repeatable' },
      });
    const resting = chain([{ id: 'rest', type: 'wait', config: { seconds: 3_600 } }]);
    const id = await ada.start(await ada.create(resting));
    await ada.until(id, ['waiting']);
    expect((await retry(id, { step: 1 })).status).toBe(409);
  });
});

describe('a step that is tried again', () => {
  it('waits twice as long each time, and not once more than it says', async () => {
    counting.failNext(9, 503);
    const before = counting.requests;
    const config = { url: counting.url, method: 'POST', body: { n: 1 } };
    const retry = { max_attempts: 3, delay_seconds: 100 };
    const id = await ada.start(
      await ada.create(chain([{ id: 'send', type: 'http', approval: 'never', config, retry }])),
    );
    for (const [attempt, seconds] of [
      [1, 100],
      [2, 200],
    ] as const) {
      await expect.poll(async () => (await ada.run(id)).steps[1]?.attempts).toBe(attempt);
      await ada.until(id, ['waiting']);
      const { rows } = await sql<{ seconds: number }>`
        select extract(epoch from wake_at - now())::float8 as seconds from workflow_run_steps
        where run_id = ${id} and number = 2`.execute(app.platform.db);
      expect(rows[0]?.seconds).toBeGreaterThan(seconds - 30);
      expect(rows[0]?.seconds).toBeLessThanOrEqual(seconds);
      await sql`update workflow_run_steps set wake_at = now() where run_id = ${id} and number = 2`.execute(
        app.platform.db,
      );
    }
    expect(await ada.until(id)).toMatchObject({ status: 'failed', error: { code: 'workflows.http_status' } });
    expect(counting.requests - before).toBe(3);
    counting.failNext(0, 503);
  });
});

describe('a step that was approved', () => {
  it('sends what was shown, whatever it would read by then', async () => {
    const count = '$exists(steps.count.output) ? steps.count.output + 1 : 1';
    const drawn = definition(
      [
        { id: 'count', type: 'transform', config: { expression: count } },
        { id: 'first', type: 'condition', config: { expression: 'steps.count.output = 1' } },
        { id: 'fork', type: 'parallel' },
        {
          id: 'send',
          type: 'http',
          config: { url: counting.url, method: 'POST', body: { n: '{{steps.count.output}}' } },
        },
        { id: 'rest', type: 'wait', config: { seconds: 0.2 } },
      ],
      ['start>count', 'count>first', 'first:true>fork', 'fork>send', 'fork>rest', 'rest>count'],
    );
    const id = await ada.start(await ada.create(drawn));
    const counted = async () => (await ada.run(id)).steps.filter(({ node_id }) => node_id === 'count').length;
    await expect.poll(counted).toBe(2);
    await ada.until(id, ['waiting']);
    const { body } = await ada.call<{ items: { id: string; run_id: string; data: object }[] }>(
      'GET',
      '/approvals',
    );
    const approval = body.items.find((one) => one.run_id === id);
    expect(approval?.data).toMatchObject({ body: { n: 1 } });
    await ada.call('POST', `/approvals/${approval?.id}/decide`, { decision: 'approve' });
    expect(await ada.until(id)).toMatchObject({ status: 'succeeded' });
    expect(counting.effects.at(-1)).toEqual({ n: 1 });
  });
});

describe('an HTTP step', () => {
  it('sets no header that belongs to the connection or proves who this server is', async () => {
    for (const name of ['Host', 'cookie', 'Transfer-Encoding', 'bad name']) {
      const step = { id: 'a', type: 'http', config: { url: counting.url, headers: { [name]: 'x' } } };
      const { body } = await ada.call<{ problems: object[] }>('POST', '/workflows/validate', {
        definition: chain([step]),
      });
      expect(body.problems, name).toMatchObject([{ node_id: 'a', field: 'config.headers' }]);
    }
  });

  it('S34: follows no redirect from an address of the own network that the operator has named', async () => {
    const config = { url: addressOf(redirecting) };
    const run = await ada.finish(chain([{ id: 'a', type: 'http', config }]));
    expect(run).toMatchObject({ status: 'failed', error: { code: 'outbound.too_many_redirects' } });
    expect(models.requests).toEqual([]);
  });

  it('sends no header that a value breaks into two', async () => {
    const before = counting.requests;
    const config = { url: counting.url, headers: { 'x-name': '{{input.name}}' } };
    const run = await ada.finish(chain([{ id: 'a', type: 'http', config }]), {
      name: 'x\r\nauthorization: y',
    });
    expect(run).toMatchObject({ status: 'failed', error: { code: 'workflows.config_invalid' } });
    expect(counting.requests).toBe(before);
  });
});
