import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type CountingPeer, startCountingPeer } from '../peers/counting-peer.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { createKillableWorker, type KillableWorker } from './killable-worker.ts';
import { chain, definition, WorkflowClient } from './workflow-world.ts';

/** 200 are a matter of minutes: WORKFLOW_KILLS=200. */
const kills = Number(process.env.WORKFLOW_KILLS ?? 6);

let database: TestDatabase;
let api: TestApp;
let ada: WorkflowClient;
let worker: KillableWorker;
let peer: CountingPeer;

beforeAll(async () => {
  database = await createTestDatabase();
  peer = await startCountingPeer();
  api = await createTestApp({ connectionString: database.connectionString, role: 'api', alone: false });
  worker = createKillableWorker(database.connectionString, { WORKFLOW_LOCAL_HOSTS: peer.host });
  ada = new WorkflowClient(api, await api.person());
});
afterAll(async () => {
  await worker?.kill();
  await api?.stop();
  await database?.drop();
  await peer?.close();
});

const text = (id: string, template: string) => ({ id, type: 'text', config: { template } });
const send = (id: string, body: object) => ({
  id,
  type: 'http',
  approval: 'never',
  config: { url: peer.url, method: 'POST', body },
});
/** Everything a kill may hit: branches, a loop whose items send something, a wait, an approval, a sub-workflow. */
const drawn = (inner: string) =>
  definition(
    [
      { id: 'fork', type: 'parallel' },
      { id: 'each', type: 'loop', config: { items: '{{input.list}}', max_parallel: 3 } },
      { id: 'twice', type: 'transform', config: { expression: 'item * 2' } },
      send('notify', { run: '{{run.id}}', item: '{{item}}' }),
      { id: 'double', type: 'transform', config: { expression: 'steps.twice.output' } },
      { id: 'rest', type: 'wait', config: { seconds: 0.5 } },
      { id: 'ask', type: 'approval', config: { title: 'Go on?' } },
      { id: 'sub', type: 'sub_workflow', config: { workflow_id: inner, input: { run: '{{run.id}}' } } },
      text('yes', 'approved'),
      { id: 'join', type: 'join' },
      { id: 'sum', type: 'transform', config: { expression: '$sum(steps.each.output)' } },
    ],
    [
      ...['start>fork', 'fork>each', 'fork>rest', 'each:each>twice', 'twice>notify', 'notify>double'],
      ...['each:done>join', 'rest>ask', 'ask:approved>sub', 'sub>yes', 'yes>join', 'join>sum'],
    ],
  );
const inner = () =>
  chain([
    { id: 'rest', type: 'wait', config: { seconds: 0.2 } },
    send('tell', { run: '{{input.run}}', item: 'inner' }),
  ]);
const list = Array.from({ length: 100 }, (_, index) => index);
const expected = list.reduce((sum, one) => sum + 2 * one, 0);

async function decideAll(): Promise<void> {
  const { body } = await ada.call<{ items: { id: string }[] }>('GET', '/approvals?status=pending&limit=100');
  // Twice at the same time: the run goes on once.
  const decide = (id: string) => ada.call('POST', `/approvals/${id}/decide`, { decision: 'approve' });
  await Promise.all(body.items.flatMap(({ id }) => [decide(id), decide(id)]));
}

interface Progress {
  /** Events of all runs together. */
  events: number;
  open: number;
  /** Ended in a way that none of them should. */
  lost: number;
}

async function look(): Promise<Progress> {
  const { rows } = await sql<Progress>`
    select sum(s.last_seq)::int as events, count(*) filter (where r.ended_at is null)::int as open,
      count(*) filter (where r.status in ('failed', 'cancelled'))::int as lost
    from workflow_runs r join streams s on s.id = r.id`.execute(api.platform.db);
  return rows[0] as Progress;
}

/** Where the runs are that do not get any further. */
async function describeOpen(): Promise<string> {
  const { rows } = await sql`
    select r.id, r.status, r.segment_id, r.pause_requested, w.executor_id, d.status as engine, array(
        select s.number || ' ' || s.node_id || ' ' || s.status || ' ' || coalesce(s.waits_for::text, '')
        from workflow_run_steps s where s.run_id = r.id and s.ended_at is null) as steps
    from workflow_runs r left join workflow_starts w on w.workflow_id = r.segment_id
    left join dbos.workflow_status d on d.workflow_uuid = r.segment_id::text
    where r.ended_at is null`.execute(api.platform.db);
  return JSON.stringify(rows, null, 1);
}

const timeoutMs = 240_000 + kills * 15_000;

it(
  'a worker killed at any time leaves every run finished or able to go on, with no step done twice over',
  async () => {
    const workflow = await ada.create(drawn(await ada.create(inner())));
    const ids = await Promise.all([1, 2, 3].map(() => ada.start(workflow, { list })));
    for (let done = 0; done < kills; done++) {
      await worker.start();
      const wanted = (await look()).events + 1 + Math.floor(Math.random() * 120);
      await vi.waitFor(
        async () => {
          await decideAll();
          const { events, open } = await look();
          // There is always a run to be killed in.
          if (open < 2) ids.push(await ada.start(workflow, { list }));
          if (events < wanted) throw new Error(`Not so far: ${await describeOpen()}`);
        },
        { timeout: 120_000, interval: 5 },
      );
      await worker.kill();
      expect((await look()).lost).toBe(0);
    }
    await worker.start();
    for (const id of ids) {
      await vi.waitFor(
        async () => {
          await decideAll();
          expect((await ada.run(id)).status).toBe('succeeded');
        },
        { timeout: 120_000, interval: 50 },
      );
      const { output, steps, last_seq: lastSeq, used } = await ada.run(id);
      expect(output).toBe(expected);
      // Its own steps and the three of the sub-workflow.
      expect(used.steps).toBe(3 * list.length + 9 + 3);
      expect(steps.every((step) => step.status === 'succeeded')).toBe(true);
      const events = await api.platform.eventLog.read(id, 0, 10_000);
      expect(events.map((event) => event.seq)).toEqual(
        Array.from({ length: lastSeq }, (_, index) => index + 1),
      );
      expect(events.filter((event) => event.type === 'end')).toHaveLength(1);
      const effects = peer.effects.filter((one) => (one as { run: string }).run === id);
      const items = effects.map((one) => (one as { item: unknown }).item);
      // What was sent again under its key took effect once.
      expect(items.toSorted()).toEqual([...list, 'inner'].toSorted());
    }
  },
  timeoutMs,
);
