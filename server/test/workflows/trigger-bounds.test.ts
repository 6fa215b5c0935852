import { createHmac, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noteWorkflowEvent } from '../../src/features/workflows/index.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { chain, type RunAnswer, WorkflowClient } from './workflow-world.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.stop());

interface Trigger {
  id: string;
  secret: string;
  code: string;
  next_fire_at: string | null;
  last_error: string | null;
}

const echo = chain([{ id: 'a', type: 'transform', config: { expression: 'input' } }]);
/** Nobody else's runs end meanwhile. */
const person = async () => new WorkflowClient(app, await app.person());
const runsOf = async (who: WorkflowClient, workflowId?: string) =>
  (
    await who.call<{ items: RunAnswer[] }>(
      'GET',
      `/runs?limit=100${workflowId === undefined ? '' : `&workflow_id=${workflowId}`}`,
    )
  ).body.items;
const trigger = async (who: WorkflowClient, workflowId: string, kind: string, config: object) =>
  (await who.call<Trigger>('POST', `/workflows/${workflowId}/triggers`, { kind, config })).body;
const switchOff = (who: WorkflowClient, { id }: Trigger) =>
  who.call('PATCH', `/workflows/triggers/${id}`, { enabled: false });
const note = ({ person: { userId } }: WorkflowClient) =>
  noteWorkflowEvent(app.platform.db, { ownerId: userId, name: 'document.ready', facts: {} });
const makeDue = (...ids: string[]) =>
  sql`update workflow_triggers set next_fire_at = now() - interval '1 second' where id = any(${ids}::uuid[])`.execute(
    app.platform.db,
  );

describe('an event', () => {
  it('leads from workflow to workflow five times at most', async () => {
    const ada = await person();
    const [one, other] = [await ada.create(echo, 'One'), await ada.create(echo, 'Other')];
    for (const id of [one, other]) await trigger(ada, id, 'event', { event: 'run.ended' });
    await ada.start(one);
    const rest = async () => {
      const { rows } = await sql`
        select from workflow_events where owner_id = ${ada.person.userId}
        union all select from workflow_runs where owner_id = ${ada.person.userId} and ended_at is null`.execute(
        app.platform.db,
      );
      return [(await runsOf(ada)).length, rows.length];
    };
    // Nothing runs and nothing is still to be looked at: no further one can come.
    await expect.poll(rest).toEqual([6, 0]);
  });

  it('of somebody else starts nothing and wakes nothing', async () => {
    const [ada, eve] = [await person(), await person()];
    const started = new Map<WorkflowClient, string>();
    for (const who of [ada, eve]) {
      started.set(who, await who.create(echo));
      await trigger(who, started.get(who) ?? '', 'event', { event: 'document.ready' });
    }
    const waits = { id: 'w', type: 'wait', config: { event: 'document.ready', seconds: 600 } };
    const waiting = await ada.start(await ada.create(chain([waits])));
    await ada.until(waiting, ['waiting']);
    await note(eve);
    await expect.poll(async () => (await runsOf(eve)).length).toBe(1);
    expect(await runsOf(ada, started.get(ada))).toEqual([]);
    expect((await ada.run(waiting)).status).toBe('waiting');
  });
});

describe('a schedule without a next time that is found', () => {
  it('is refused where it never had one', async () => {
    const ada = await person();
    const rule = { rrule: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', starts_at: '2026-01-01T00:00:00' };
    const { code } = await trigger(ada, await ada.create(echo), 'schedule', { ...rule, time_zone: 'UTC' });
    expect(code).toBe('workflows.trigger_invalid');
  });

  it('runs a last time, says so, and keeps nobody else’s from running', async () => {
    const [ada, bob] = [await person(), await person()];
    const [endless, other] = [await ada.create(echo), await bob.create(echo)];
    const { id } = await trigger(ada, endless, 'schedule', { cron: '0 0 1 1 *', time_zone: 'UTC' });
    const later = await trigger(bob, other, 'schedule', { cron: '0 0 1 1 *', time_zone: 'UTC' });
    // As it is after some weeks: more times have passed than are counted through.
    const config = { rrule: 'FREQ=MINUTELY;COUNT=30000', starts_at: '2020-01-01T00:00:00', time_zone: 'UTC' };
    await sql`update workflow_triggers set config = ${JSON.stringify(config)} where id = ${id}`.execute(
      app.platform.db,
    );
    await makeDue(id, later.id);
    await expect.poll(async () => (await runsOf(bob, other)).length).toBe(1);
    await expect.poll(async () => (await runsOf(ada, endless)).length).toBe(1);
    const { body } = await ada.call<{ items: Trigger[] }>('GET', `/workflows/${endless}/triggers`);
    expect(body.items).toMatchObject([
      { next_fire_at: null, last_error: expect.stringContaining('schedule cannot be read') },
    ]);
  });
});

describe('what is switched off', () => {
  it('starts nothing: a schedule, an event, a webhook', async () => {
    const ada = await person();
    const [silent, loud] = [await ada.create(echo), await ada.create(echo)];
    const yearly = { cron: '0 0 1 1 *', time_zone: 'UTC' };
    const off = {
      schedule: await trigger(ada, silent, 'schedule', yearly),
      event: await trigger(ada, silent, 'event', { event: 'document.ready' }),
      webhook: await trigger(ada, silent, 'webhook', {}),
    };
    for (const one of Object.values(off)) await switchOff(ada, one);
    const on = await trigger(ada, loud, 'schedule', yearly);
    await trigger(ada, loud, 'event', { event: 'document.ready' });
    await makeDue(off.schedule.id);
    await makeDue(on.id);
    await note(ada);
    await expect.poll(async () => (await runsOf(ada, loud)).length).toBe(2);
    expect(await send(off.webhook)).toEqual([401, 'workflows.webhook_refused']);
    expect(await runsOf(ada, silent)).toEqual([]);
  });

  it('is a whole workflow too: nobody starts it, and its schedule says why', async () => {
    const ada = await person();
    const id = await ada.create(echo);
    const { id: triggerId } = await trigger(ada, id, 'schedule', { cron: '0 0 1 1 *', time_zone: 'UTC' });
    await ada.call('PATCH', `/workflows/${id}`, { enabled: false });
    expect(await ada.call('POST', `/workflows/${id}/runs`, { input: {} })).toMatchObject({
      status: 409,
      body: { code: 'workflows.disabled' },
    });
    await makeDue(triggerId);
    const shown = async () =>
      (await ada.call<{ items: Trigger[] }>('GET', `/workflows/${id}/triggers`)).body.items[0]?.last_error;
    await expect.poll(shown).toContain('switched off');
    expect(await runsOf(ada, id)).toEqual([]);
  });
});

const send = async ({ id, secret }: Trigger, over: { id?: string; timestamp?: string } = {}) => {
  const { id: message = randomUUID(), timestamp = String(Math.floor(Date.now() / 1_000)) } = over;
  const signature = createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64'))
    .update(`${message}.${timestamp}.{}`)
    .digest('base64');
  const response = await app.app.inject({
    method: 'POST',
    url: `/api/v1/hooks/${id}`,
    payload: '{}',
    headers: {
      'content-type': 'application/json',
      'webhook-id': message,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    },
  });
  return [response.statusCode, response.json<{ code?: string }>().code];
};

describe('a webhook', () => {
  it('from the future, or whose id or time is none, is refused although its signature is right', async () => {
    const ada = await person();
    const workflow = await ada.create(echo);
    const hook = await trigger(ada, workflow, 'webhook', {});
    const later = String(Math.floor(Date.now() / 1_000) + 600);
    expect(await send(hook, { timestamp: later })).toEqual([401, 'workflows.webhook_stale']);
    for (const over of [{ id: 'x y' }, { id: 'x'.repeat(201) }, { timestamp: '1e9' }])
      expect(await send(hook, over)).toEqual([401, 'workflows.webhook_refused']);
    expect(await send(hook)).toEqual([202, undefined]);
    expect(await runsOf(ada, workflow)).toHaveLength(1);
  });
});
