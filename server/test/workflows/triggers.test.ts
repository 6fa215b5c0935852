import { createHmac, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { noteWorkflowEvent } from '../../src/features/workflows/index.ts';
import {
  dueTimes,
  type FireParts,
  forgetFirings,
} from '../../src/features/workflows/triggers/fire-triggers.ts';
import { createSchedules } from '../../src/features/workflows/triggers/schedules.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { chain, type RunAnswer, WorkflowClient } from './workflow-world.ts';

let app: TestApp;
let second: TestApp;
let ada: WorkflowClient;
let eve: WorkflowClient;

beforeAll(async () => {
  app = await createTestApp({ alone: false });
  // Another process that looks for the same schedules and events.
  second = await createTestApp({ connectionString: app.connectionString, role: 'api', alone: false });
  ada = new WorkflowClient(app, await app.person());
  eve = new WorkflowClient(app, await app.person());
});
afterAll(async () => {
  await second.stop();
  await app.stop();
});

const echo = chain([{ id: 'a', type: 'transform', config: { expression: 'input' } }]);
const runsOf = async (workflowId: string, who = ada): Promise<RunAnswer[]> =>
  (await who.call<{ items: RunAnswer[] }>('GET', `/runs?workflow_id=${workflowId}&limit=100`)).body.items;
const trigger = async (workflowId: string, kind: string, config: object, who = ada) => {
  const answer = await who.call<{ id: string; secret: string; code: string; next_fire_at: string }>(
    'POST',
    `/workflows/${workflowId}/triggers`,
    { kind, config },
  );
  return answer;
};

describe('the list of workflows', () => {
  it('says when a schedule starts each next, and nothing for those without one that is switched on', async () => {
    const workflowId = await ada.create(echo);
    const shown = async () =>
      (
        await ada.call<{ items: { id: string; next_fire_at: string | null }[] }>('GET', '/workflows')
      ).body.items.find(({ id }) => id === workflowId)?.next_fire_at;
    expect(await shown()).toBeNull();
    const late = await trigger(workflowId, 'schedule', { cron: '0 0 1 1 *', time_zone: 'UTC' });
    const soon = await trigger(workflowId, 'schedule', { cron: '0 0 * * 1', time_zone: 'UTC' });
    expect(await shown()).toBe(soon.body.next_fire_at);
    await ada.call('PATCH', `/workflows/triggers/${soon.body.id}`, { enabled: false });
    expect(await shown()).toBe(late.body.next_fire_at);
    await ada.call('DELETE', `/workflows/triggers/${late.body.id}`);
    expect(await shown()).toBeNull();
  });
});

describe('a schedule', () => {
  const schedules = createSchedules();
  afterAll(() => schedules.close());
  const at = (text: string) => new Date(text);
  it('keeps its local time when the clocks change', async () => {
    const daily = { cron: '0 9 * * *', time_zone: 'Europe/Berlin' };
    expect(await schedules.next(daily, at('2026-03-28T09:00:00Z'))).toEqual(at('2026-03-29T07:00:00Z'));
    expect(await schedules.next(daily, at('2026-10-24T08:00:00Z'))).toEqual(at('2026-10-25T08:00:00Z'));
    const weekly = {
      rrule: 'FREQ=WEEKLY;BYDAY=SU',
      starts_at: '2026-03-01T09:00:00',
      time_zone: 'Europe/Berlin',
    };
    expect(await schedules.next(weekly, at('2026-03-23T00:00:00Z'))).toEqual(at('2026-03-29T07:00:00Z'));
  });

  it('shows its next five times before it is stored, right across a change of the clocks', async () => {
    const config = { cron: '0 9 * * *', time_zone: 'Europe/Berlin' };
    const five = await schedules.upcoming(config, at('2026-10-23T08:00:00Z'), 5);
    expect(five.map((time) => time.toISOString())).toEqual([
      '2026-10-24T07:00:00.000Z',
      '2026-10-25T08:00:00.000Z',
      '2026-10-26T08:00:00.000Z',
      '2026-10-27T08:00:00.000Z',
      '2026-10-28T08:00:00.000Z',
    ]);
    const preview = (body: object) =>
      ada.call<{ times: string[]; code: string }>('POST', '/workflows/schedules/preview', body);
    const { body } = await preview(config);
    expect(body.times).toHaveLength(5);
    expect(body.times).toEqual(body.times.toSorted());
    const created = await trigger(await ada.create(echo), 'schedule', config);
    expect(body.times[0]).toBe(created.body.next_fire_at);
    const once = {
      rrule: 'FREQ=DAILY;COUNT=2',
      starts_at: '2020-01-01T09:00:00',
      time_zone: 'Europe/Berlin',
    };
    expect((await preview(once)).body.times).toEqual([]);
    expect(await preview({ ...config, cron: 'every day' })).toMatchObject({
      status: 422,
      body: { code: 'workflows.trigger_invalid' },
    });
  });

  it('runs missed times as it says', async () => {
    const config = { cron: '0 * * * *', time_zone: 'UTC' };
    const first = at('2026-01-01T01:00:00Z');
    const now = at('2026-01-01T04:30:00Z');
    const due = (missed: 'skip' | 'once' | 'all') => dueTimes(schedules, { ...config, missed }, first, now);
    const hours = async (missed: 'skip' | 'once' | 'all') =>
      (await due(missed)).times.map((time) => time.getUTCHours());
    expect(await hours('skip')).toEqual([]);
    expect(await hours('once')).toEqual([1]);
    expect(await hours('all')).toEqual([1, 2, 3, 4]);
    expect((await due('all')).next).toEqual(at('2026-01-01T05:00:00Z'));
  });

  it('fires each time once, also where several processes look', async () => {
    const workflow = await ada.create(echo);
    const { body } = await trigger(workflow, 'schedule', {
      cron: '0 0 1 1 *',
      time_zone: 'UTC',
      missed: 'once',
      input: { x: 1 },
    });
    await sql`update workflow_triggers set next_fire_at = now() - interval '1 second' where id = ${body.id}`.execute(
      app.platform.db,
    );
    const [run] = await vi.waitFor(
      async () => {
        const runs = await runsOf(workflow);
        expect(runs).toHaveLength(1);
        return runs;
      },
      { timeout: 120_000 },
    );
    expect(await ada.until(run?.id ?? '')).toMatchObject({
      output: { x: 1, trigger: { kind: 'schedule' } },
      trigger_kind: 'schedule',
    });
    const { rows } = await sql`select 1 from workflow_firings where trigger_id = ${body.id}`.execute(
      app.platform.db,
    );
    expect(rows).toHaveLength(1);
    const after = await ada.call<{ items: { next_fire_at: string }[] }>(
      'GET',
      `/workflows/${workflow}/triggers`,
    );
    expect(Date.parse(after.body.items[0]?.next_fire_at ?? '')).toBeGreaterThan(Date.now());
  });

  it('fires once each where 500 are due in the same minute and two processes look', async () => {
    const bob = new WorkflowClient(app, await app.person());
    const workflow = await bob.create(echo);
    await sql`insert into workflow_triggers (id, workflow_id, owner_id, kind, config, next_fire_at)
      select gen_random_uuid(), ${workflow}, ${bob.person.userId}, 'schedule',
        '{"cron": "0 0 1 1 *", "time_zone": "UTC"}', date_trunc('second', now())
      from generate_series(1, 500)`.execute(app.platform.db);
    await vi.waitFor(
      async () => {
        const { rows } = await sql<{ open: number }>`
          select (select count(*) from workflow_triggers where workflow_id = ${workflow} and next_fire_at <= now())
            + (select count(*) from workflow_runs where workflow_id = ${workflow} and ended_at is null) as open`.execute(
          app.platform.db,
        );
        expect(rows[0]?.open).toBe(0);
      },
      { timeout: 200_000, interval: 200 },
    );
    const { rows } = await sql<{ runs: number; triggers: number; good: number; firings: number }>`
      select count(*) as runs, count(distinct trigger_id) as triggers,
        count(*) filter (where status = 'succeeded') as good,
        (select count(*) from workflow_firings f join workflow_triggers t on t.id = f.trigger_id
          where t.workflow_id = ${workflow}) as firings
      from workflow_runs where workflow_id = ${workflow}`.execute(app.platform.db);
    expect(rows[0]).toEqual({ runs: 500, triggers: 500, good: 500, firings: 500 });
  });

  it('that cannot be read is refused', async () => {
    const workflow = await ada.create(echo);
    for (const config of [
      { cron: 'every day', time_zone: 'UTC' },
      { cron: '0 0 * * *', time_zone: 'Mars/Base' },
      { rrule: 'FREQ=SECONDLY', starts_at: '2026-01-01T00:00:00', time_zone: 'UTC' },
      { time_zone: 'UTC' },
    ])
      expect((await trigger(workflow, 'schedule', config)).body.code).toBe('workflows.trigger_invalid');
  });
});

describe('a webhook', () => {
  const sign = (secret: string, id: string, timestamp: number, body: string): string =>
    createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64'))
      .update(`${id}.${timestamp}.${body}`)
      .digest('base64');
  const send = async (
    triggerId: string,
    secret: string,
    over: { id?: string; timestamp?: number; body?: string; sent?: string } = {},
  ) => {
    const { id = randomUUID(), timestamp = Math.floor(Date.now() / 1_000), body = '{"n": 1.0}' } = over;
    const response = await app.app.inject({
      method: 'POST',
      url: `/api/v1/hooks/${triggerId}`,
      payload: over.sent ?? body,
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': `v1,${sign(secret, id, timestamp, body)}`,
      },
    });
    return { status: response.statusCode, body: response.json<{ run_id: string; code: string }>() };
  };
  const make = async () => {
    const workflow = await ada.create(echo);
    const { body } = await trigger(workflow, 'webhook', {});
    return { workflow, ...body };
  };

  it('that is signed starts a run with its body', async () => {
    const { id, secret } = await make();
    const answer = await send(id, secret);
    expect(answer.status).toBe(202);
    expect(await ada.until(answer.body.run_id)).toMatchObject({
      output: { body: { n: 1 }, trigger: { kind: 'webhook' } },
      trigger_kind: 'webhook',
      trigger_name: null,
    });
  });

  it('with a wrong signature, a changed body or to an unknown trigger is refused alike', async () => {
    const { id, secret, workflow } = await make();
    const other = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    for (const answer of [
      await send(id, other),
      await send(id, secret, { sent: '{"n": 2}' }),
      await send(uuidv7(), secret),
    ])
      expect(answer).toMatchObject({ status: 401, body: { code: 'workflows.webhook_refused' } });
    expect(await runsOf(workflow)).toHaveLength(0);
  });

  it('is not run a second time, and not when it is old', async () => {
    const { id, secret, workflow } = await make();
    const again = { id: 'msg_1' };
    const answers = await Promise.all([1, 2, 3].map(() => send(id, secret, again)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 409, 409]);
    const old = await send(id, secret, { timestamp: Math.floor(Date.now() / 1_000) - 600 });
    expect(old).toMatchObject({ status: 401, body: { code: 'workflows.webhook_stale' } });
    expect(await runsOf(workflow)).toHaveLength(1);
  });

  it('that could not start a run may come again, and counts then', async () => {
    const { id, secret, workflow } = await make();
    const again = { id: 'msg_2' };
    await ada.call('PATCH', `/workflows/${workflow}`, { enabled: false });
    expect((await send(id, secret, again)).status).toBe(409);
    await ada.call('PATCH', `/workflows/${workflow}`, { enabled: true });
    expect((await send(id, secret, again)).status).toBe(202);
    expect((await send(id, secret, again)).body.code).toBe('workflows.webhook_replayed');
    expect(await runsOf(workflow)).toHaveLength(1);
  });

  it('to a trigger that is switched off is refused like one to an unknown trigger', async () => {
    const { id, secret, workflow } = await make();
    await ada.call('PATCH', `/workflows/triggers/${id}`, { enabled: false });
    expect(await send(id, secret)).toMatchObject({
      status: 401,
      body: { code: 'workflows.webhook_refused' },
    });
    expect(await runsOf(workflow)).toHaveLength(0);
  });

  it('is remembered far beyond the time in which it could come again, and not for ever', async () => {
    const { id, secret } = await make();
    const days: [string, number][] = [
      ['msg_29', 29],
      ['msg_31', 31],
    ];
    for (const [key, age] of days) {
      await send(id, secret, { id: key });
      await sql`update workflow_firings set fired_at = now() - ${age} * interval '1 day'
        where trigger_id = ${id} and key = ${key}`.execute(app.platform.db);
    }
    await forgetFirings({ db: app.platform.db } as FireParts);
    const { rows } = await sql`select key from workflow_firings where trigger_id = ${id}`.execute(
      app.platform.db,
    );
    expect(rows).toEqual([{ key: 'msg_29' }]);
  });

  it('may have 4 MB, however much other requests may have', async () => {
    const { id } = await make();
    const other = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const ofBytes = (bytes: number) => send(id, other, { body: `"${'x'.repeat(bytes - 2)}"` });
    expect((await ofBytes(4 * 1024 * 1024)).body.code).toBe('workflows.webhook_refused');
    expect((await ofBytes(4 * 1024 * 1024 + 1)).body.code).toBe('body_too_large');
  });

  it('of 10 MB is refused before it is read', async () => {
    const { id, secret } = await make();
    const body = JSON.stringify('x'.repeat(10 * 1024 * 1024));
    expect(await send(id, secret, { body })).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
  });

  it('S40: keeps its secret sealed and shows it once', async () => {
    const { id, secret, workflow } = await make();
    const { rows } = await sql<{
      secret_sealed: string;
    }>`select secret_sealed from workflow_triggers where id = ${id}`.execute(app.platform.db);
    expect(rows[0]?.secret_sealed).not.toContain(secret.slice(6, 20));
    const listed = await ada.call('GET', `/workflows/${workflow}/triggers`);
    expect(JSON.stringify(listed.body)).not.toContain('whsec_');
  });
});

describe('an event', () => {
  /** Nobody else's runs end meanwhile. */
  const alone = async () => new WorkflowClient(app, await app.person());

  it('starts its workflows once, and never the workflow that ended', async () => {
    const bob = await alone();
    const first = await bob.create(chain([{ id: 'a', type: 'text', config: { template: 'x' } }]));
    const follower = await bob.create(echo);
    await trigger(follower, 'event', { event: 'run.ended' }, bob);
    const id = await bob.start(first);
    await bob.until(id);
    const [run] = await vi.waitFor(
      async () => {
        const runs = await runsOf(follower, bob);
        expect(runs).toHaveLength(1);
        return runs;
      },
      { timeout: 120_000 },
    );
    const ended = await bob.until(run?.id ?? '');
    expect(ended.output).toMatchObject({
      trigger: { event: 'run.ended', data: { run_id: id, status: 'succeeded' } },
    });
    // Its own end is an event too, and starts nothing.
    await vi.waitFor(
      async () => {
        const { rows } = await sql`select 1 from workflow_events`.execute(app.platform.db);
        expect(rows).toHaveLength(0);
      },
      { timeout: 120_000 },
    );
    expect(await runsOf(follower, bob)).toHaveLength(1);
  });

  it('wakes a step that waits for it', async () => {
    const bob = await alone();
    const waiting = await bob.start(
      await bob.create(chain([{ id: 'w', type: 'wait', config: { event: 'run.ended', seconds: 600 } }])),
    );
    await bob.until(waiting, ['waiting']);
    const id = await bob.start(
      await bob.create(chain([{ id: 'a', type: 'text', config: { template: 'x' } }])),
    );
    expect(await bob.until(waiting)).toMatchObject({ output: { timed_out: false, event: { run_id: id } } });
  });

  it('wakes every step that waits for it, however many there are', async () => {
    const bob = await alone();
    const workflow = await bob.create(
      chain([{ id: 'w', type: 'wait', config: { event: 'document.ready', seconds: 600 } }]),
    );
    const waiting: string[] = [];
    for (let n = 0; n < 60; n++) waiting.push(await bob.start(workflow));
    for (const id of waiting) await bob.until(id, ['waiting']);
    const happened = { ownerId: bob.person.userId, name: 'document.ready', facts: {} };
    await noteWorkflowEvent(app.platform.db, happened);
    for (const id of waiting)
      expect(await bob.until(id, ['succeeded'])).toMatchObject({ output: { timed_out: false } });
  });
});

describe('an event of another feature', () => {
  it('starts workflows when the transaction in which it happened is committed, and not otherwise', async () => {
    const bob = new WorkflowClient(app, await app.person());
    const workflow = await bob.create(echo);
    await trigger(workflow, 'event', { event: 'document.ready' }, bob);
    const note = (trx: Parameters<typeof noteWorkflowEvent>[0], n: number) =>
      noteWorkflowEvent(trx, { ownerId: bob.person.userId, name: 'document.ready', facts: { n } });
    const rolledBack = app.platform.db.transaction().execute(async (trx) => {
      await note(trx, 1);
      throw new Error('changed my mind');
    });
    await expect(rolledBack).rejects.toThrow('changed my mind');
    await app.platform.db.transaction().execute((trx) => note(trx, 2));
    const [run] = await vi.waitFor(
      async () => {
        const runs = await runsOf(workflow, bob);
        expect(runs).toHaveLength(1);
        return runs;
      },
      { timeout: 120_000 },
    );
    expect(await bob.until(run?.id ?? '')).toMatchObject({ output: { trigger: { data: { n: 2 } } } });
  });

  it('that there is not is refused, at a trigger and at a step that waits', async () => {
    const workflow = await ada.create(echo);
    const { body } = await trigger(workflow, 'event', { event: 'world.ended' });
    expect(body.code).toBe('workflows.trigger_invalid');
    const waiting = chain([{ id: 'w', type: 'wait', config: { event: 'world.ended' } }]);
    const { body: found } = await ada.call('POST', '/workflows/validate', { definition: waiting });
    expect(found.problems).toMatchObject([{ node_id: 'w', field: 'config.event' }]);
    const { body: schema } = await ada.call<Record<string, { name: string }[]>>('GET', '/workflows/schema');
    expect(schema['x-events']?.map(({ name }) => name)).toContain('document.ready');
  });
});

describe('a run whose trigger is deleted', () => {
  it('keeps saying what started it', async () => {
    const bob = new WorkflowClient(app, await app.person());
    const workflow = await bob.create(echo);
    const made = {
      schedule: await trigger(workflow, 'schedule', { cron: '0 0 1 1 *', time_zone: 'UTC' }, bob),
      event: await trigger(workflow, 'event', { event: 'document.ready' }, bob),
      rule: await trigger(
        workflow,
        'schedule',
        { rrule: 'FREQ=YEARLY', starts_at: '2020-01-01T00:00:00', time_zone: 'UTC' },
        bob,
      ),
    };
    await sql`update workflow_triggers set next_fire_at = now()
      where id in (${made.schedule.body.id}, ${made.rule.body.id})`.execute(app.platform.db);
    await noteWorkflowEvent(app.platform.db, {
      ownerId: bob.person.userId,
      name: 'document.ready',
      facts: {},
    });
    const ofTriggers = async () => {
      const runs = await runsOf(workflow, bob);
      return runs
        .map(({ trigger_id, trigger_kind, trigger_name }) => [
          trigger_id !== null,
          trigger_kind,
          trigger_name,
        ])
        .toSorted();
    };
    await vi.waitFor(
      async () =>
        expect(await ofTriggers()).toEqual([
          [true, 'event', 'document.ready'],
          [true, 'schedule', '0 0 1 1 *'],
          [true, 'schedule', 'FREQ=YEARLY'],
        ]),
      { timeout: 60_000 },
    );
    for (const { body } of Object.values(made)) await bob.call('DELETE', `/workflows/triggers/${body.id}`);
    expect(await ofTriggers()).toEqual([
      [false, 'event', 'document.ready'],
      [false, 'schedule', '0 0 1 1 *'],
      [false, 'schedule', 'FREQ=YEARLY'],
    ]);
  });
});

it('S30: triggers of others are not there', async () => {
  const workflow = await ada.create(echo);
  const { body } = await trigger(workflow, 'webhook', {});
  for (const [method, url, payload] of [
    ['GET', `/workflows/${workflow}/triggers`, undefined],
    ['POST', `/workflows/${workflow}/triggers`, { kind: 'webhook', config: {} }],
    ['PATCH', `/workflows/triggers/${body.id}`, { enabled: false }],
    ['DELETE', `/workflows/triggers/${body.id}`, undefined],
  ] as const)
    expect([url, (await eve.call(method, url, payload)).status]).toEqual([url, 404]);
});
