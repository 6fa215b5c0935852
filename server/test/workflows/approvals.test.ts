import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Queryable } from '../../src/platform/database/database.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { definition, type RunAnswer, WorkflowClient } from './workflow-world.ts';

interface Approval {
  id: string;
  run_id: string;
  status: string;
  mine: boolean;
}

let app: TestApp;
let ada: WorkflowClient;
let bob: WorkflowClient;
let eve: WorkflowClient;

beforeAll(async () => {
  app = await createTestApp();
  ada = new WorkflowClient(app, await app.person());
  bob = new WorkflowClient(app, await app.person());
  eve = new WorkflowClient(app, await app.person());
});
afterAll(() => app.stop());

const text = (id: string, template: string) => ({ id, type: 'text', config: { template } });
const asking = (config: object) =>
  definition(
    [
      { id: 'ask', type: 'approval', config: { title: 'Send {{input.what}}?', ...config } },
      text('yes', 'yes: {{steps.ask.output.comment}}'),
      text('no', 'no: {{steps.ask.output.decision}}'),
    ],
    ['start>ask', 'ask:approved>yes', 'ask:rejected>no'],
  );
const ask = async (
  config: object = {},
  drawn: object = asking(config),
): Promise<{ runId: string; approval: Approval }> => {
  const runId = await ada.start(await ada.create(drawn), { what: 'it' });
  await ada.until(runId, ['waiting']);
  const { body } = await ada.call<{ items: Approval[] }>('GET', '/approvals');
  return { runId, approval: body.items.find((one) => one.run_id === runId)! };
};
const decide = (who: WorkflowClient, id: string, decision: string, comment?: string) =>
  who.call<Approval & { code: string }>('POST', `/approvals/${id}/decide`, {
    decision,
    ...(comment ? { comment } : {}),
  });
/** As though the time of an approval were over. */
const expire = (id: string) =>
  sql`update workflow_approvals set created_at = created_at - interval '2 hours', expires_at = expires_at - interval '2 hours' where id = ${id}`.execute(
    app.platform.db,
  );

describe('an approval', () => {
  it('resumes the run once, however often the decision is sent', async () => {
    const { runId, approval } = await ask();
    expect(approval).toMatchObject({ title: 'Send it?', mine: true, status: 'pending' });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => decide(ada, approval.id, 'approve', 'fine')),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    const run = await ada.until(runId);
    expect(run).toMatchObject({ status: 'succeeded', output: 'yes: fine' });
    expect(run.steps.filter((step) => step.node_id === 'yes')).toHaveLength(1);
    expect((await decide(ada, approval.id, 'approve')).status).toBe(200);
    expect(await decide(ada, approval.id, 'reject')).toMatchObject({
      status: 409,
      body: { code: 'workflows.approval_decided' },
    });
  });

  it('of two opposite decisions sent at once keeps one', async () => {
    const { runId, approval } = await ask();
    const [one, two] = await Promise.all([
      decide(ada, approval.id, 'approve', 'a'),
      decide(ada, approval.id, 'reject'),
    ]);
    expect([one.status, two.status].toSorted()).toEqual([200, 409]);
    const run = await ada.until(runId);
    expect(run.output).toBe(one.status === 200 ? 'yes: a' : 'no: rejected');
  });

  it('S30: is not there for whoever it was not given to', async () => {
    const { runId, approval } = await ask({ assignee_id: bob.person.userId });
    expect(await decide(eve, approval.id, 'approve')).toMatchObject({
      status: 404,
      body: { code: 'workflows.approval_not_found' },
    });
    expect((await eve.call('GET', `/approvals/${approval.id}`)).status).toBe(404);
    // The owner sees what the run waits for, and does not decide it either.
    expect((await ada.call('GET', `/approvals/${approval.id}`)).body).toMatchObject({
      mine: false,
      own_run: true,
    });
    expect((await bob.call('GET', `/approvals/${approval.id}`)).body).toMatchObject({
      mine: true,
      own_run: false,
    });
    expect((await decide(ada, approval.id, 'approve')).status).toBe(404);
    expect((await ada.run(runId)).status).toBe('waiting');
    expect((await decide(bob, approval.id, 'approve', 'by Bob')).status).toBe(200);
    expect(await ada.until(runId)).toMatchObject({ output: 'yes: by Bob' });
  });

  it('that nobody decides in time is rejected', async () => {
    const { runId, approval } = await ask({ expires_in_seconds: 3_600 });
    await expire(approval.id);
    expect(await ada.until(runId)).toMatchObject({ status: 'succeeded', output: 'no: expired' });
    expect((await decide(ada, approval.id, 'approve')).status).toBe(409);
  });

  it('cannot be decided any more once its time is over, though nobody has looked yet', async () => {
    const { runId, approval } = await ask({ expires_in_seconds: 3_600 });
    await expire(approval.id);
    expect(await decide(ada, approval.id, 'approve')).toMatchObject({
      status: 409,
      body: { code: 'workflows.approval_decided' },
    });
    expect(await ada.until(runId)).toMatchObject({ output: 'no: expired' });
  });

  it('for somebody who is suspended, or whom nobody knows, is its owner’s', async () => {
    const gone = new WorkflowClient(app, await app.person());
    await sql`update users set status = 'suspended' where id = ${gone.person.userId}`.execute(
      app.platform.db,
    );
    for (const assignee_id of [gone.person.userId, randomUUID()]) {
      const { runId, approval } = await ask({ assignee_id });
      expect(approval).toMatchObject({ mine: true });
      await decide(ada, approval.id, 'approve', 'by the owner');
      expect(await ada.until(runId)).toMatchObject({ output: 'yes: by the owner' });
    }
  });

  it('goes to somebody else when its time is over, where that is set', async () => {
    const { runId, approval } = await ask({ expires_in_seconds: 3_600, escalate_to: bob.person.userId });
    await expire(approval.id);
    await vi.waitFor(
      async () =>
        expect((await bob.call('GET', `/approvals/${approval.id}`)).body).toMatchObject({
          mine: true,
          status: 'pending',
        }),
      { timeout: 120_000 },
    );
    await decide(bob, approval.id, 'approve', 'Bob instead');
    expect(await ada.until(runId)).toMatchObject({ output: 'yes: Bob instead' });
  });

  it('is withdrawn with its run', async () => {
    const { runId, approval } = await ask();
    await ada.call('POST', `/runs/${runId}/cancel`);
    expect((await ada.call('GET', `/approvals/${approval.id}`)).body).toMatchObject({ status: 'cancelled' });
    expect((await decide(ada, approval.id, 'approve')).status).toBe(409);
    expect((await ada.run(runId)).status).toBe('cancelled');
  });

  describe('of a run that is being stopped', () => {
    /** Goes on after the decision, without ending by itself. */
    const longRun = definition(
      [
        { id: 'ask', type: 'approval', config: { title: 'Send it?' } },
        { id: 'after', type: 'wait', config: { seconds: 600 } },
      ],
      ['start>ask', 'ask:approved>after'],
    );
    const stop = (id: string) => ada.call('POST', `/runs/${id}/cancel`);
    const status = async ({ id }: Approval) =>
      (await ada.call<Approval>('GET', `/approvals/${id}`)).body.status;
    const refused = { status: 409, body: { code: 'workflows.run_stopping' } };
    /** As a stop that was stored and that nobody has acted on yet. */
    const requestStop = (id: string, db: Queryable = app.platform.db) =>
      sql`update streams set stop_requested_at = now() where id = ${id}`.execute(db);
    const waiting = (count: number) =>
      vi.waitFor(async () => {
        const { rows } = await sql`select from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`.execute(app.platform.db);
        expect(rows).toHaveLength(count);
      });
    /** Holds the run's row until both requests wait for it, in this order; answers what came of them. */
    const inOrder = async <First, Second>(
      runId: string,
      first: () => Promise<First>,
      second: () => Promise<Second>,
    ): Promise<[First, Second]> => {
      const requests = await app.platform.db.transaction().execute(async (trx) => {
        await sql`select from workflow_runs where id = ${runId} for no key update`.execute(trx);
        const one = first();
        await waiting(1);
        const other = second();
        await waiting(2);
        return [one, other] as const;
      });
      return Promise.all(requests);
    };

    it('is not decided any more when the stop came first', async () => {
      const { runId, approval } = await ask({}, longRun);
      const [, decided] = await inOrder(
        runId,
        () => stop(runId),
        () => decide(ada, approval.id, 'approve'),
      );
      expect(decided.status).toBe(409);
      expect((await ada.until(runId)).status).toBe('cancelled');
      expect(await status(approval)).toBe('cancelled');
    });

    it('stays decided when the decision came first', async () => {
      const { runId, approval } = await ask({}, longRun);
      const [decided] = await inOrder(
        runId,
        () => decide(ada, approval.id, 'approve'),
        () => stop(runId),
      );
      expect(decided.status).toBe(200);
      expect((await ada.until(runId)).status).toBe('cancelled');
      expect(await status(approval)).toBe('approved');
      expect((await decide(ada, approval.id, 'approve')).status).toBe(200);
    });

    it('waits for a stop that is not committed yet', async () => {
      const { runId, approval } = await ask({}, longRun);
      const request = await app.platform.db.transaction().execute(async (trx) => {
        await sql`select from workflow_runs where id = ${runId} for no key update`.execute(trx);
        await requestStop(runId, trx);
        const request = decide(ada, approval.id, 'approve');
        await waiting(1);
        return { answer: request };
      });
      expect(await request.answer).toMatchObject(refused);
      expect(await decide(ada, approval.id, 'reject')).toMatchObject(refused);
      await stop(runId);
      expect(await status(approval)).toBe('cancelled');
    });

    it('keeps the decision that came before the stop', async () => {
      const { runId, approval } = await ask({}, longRun);
      await decide(ada, approval.id, 'approve');
      await requestStop(runId);
      expect((await decide(ada, approval.id, 'approve')).status).toBe(200);
      expect((await decide(ada, approval.id, 'reject')).body.code).toBe('workflows.approval_decided');
      await stop(runId);
    });

    it('is not decided any more either when the run is a part of the one that is stopped', async () => {
      const part = await ada.create(longRun);
      const whole = definition(
        [{ id: 'sub', type: 'sub_workflow', config: { workflow_id: part } }],
        ['start>sub'],
      );
      const wholeId = await ada.start(await ada.create(whole));
      const approval = await vi.waitFor(async () => {
        const { rows } = await sql<Approval>`select a.id, a.run_id from workflow_approvals a
          join workflow_runs r on r.id = a.run_id where r.parent_run_id = ${wholeId}`.execute(
          app.platform.db,
        );
        expect(rows).toHaveLength(1);
        return rows[0]!;
      });
      await requestStop(wholeId);
      expect(await decide(ada, approval.id, 'approve')).toMatchObject(refused);
      await stop(wholeId);
      await ada.until(approval.run_id);
      expect(await status(approval)).toBe('cancelled');
    });

    it('is not decided any more either when the run above it has ended', async () => {
      const above = await ask({}, longRun);
      const { runId, approval } = await ask({}, longRun);
      await sql`update workflow_runs set parent_run_id = ${above.runId}, parent_step = 1 where id = ${runId}`.execute(
        app.platform.db,
      );
      await sql`update streams set ended_at = now() where id = ${above.runId}`.execute(app.platform.db);
      expect(await decide(ada, approval.id, 'approve')).toMatchObject(refused);
      await stop(runId);
      expect(await status(approval)).toBe('cancelled');
    });

    it('is not decided any more either when the answer that the run writes is stopped', async () => {
      const { runId, approval } = await ask({}, longRun);
      const answer = randomUUID();
      const { db, eventLog } = app.platform;
      await eventLog.create(db, { id: answer, kind: 'generation', ownerId: ada.person.userId });
      await sql`update workflow_runs set generation_id = ${answer} where id = ${runId}`.execute(db);
      await requestStop(answer);
      expect(await decide(ada, approval.id, 'approve')).toMatchObject(refused);
      await stop(runId);
      expect(await status(approval)).toBe('cancelled');
    });
  });

  it('S37: is asked for before a step that sends something, and shows exactly what it will send', async () => {
    const drawn = definition(
      [
        {
          id: 'send',
          type: 'http',
          config: { url: 'http://127.0.0.1:9/{{input.x}}', method: 'POST', body: { a: 1 } },
        },
      ],
      ['start>send'],
    );
    const runId = await ada.start(await ada.create(drawn), { x: 'there' });
    await ada.until(runId, ['waiting']);
    const { body } = await ada.call<{ items: (Approval & { data: unknown })[] }>(
      'GET',
      '/approvals?status=pending',
    );
    const approval = body.items.find((one) => one.run_id === runId);
    expect(approval?.data).toMatchObject({ url: 'http://127.0.0.1:9/there', method: 'POST' });
    await decide(ada, approval?.id ?? '', 'reject');
    const run: RunAnswer = await ada.until(runId);
    expect(run).toMatchObject({ status: 'failed', error: { code: 'workflows.rejected', node_id: 'send' } });
  });
});
