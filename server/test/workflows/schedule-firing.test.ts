import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createScheduleFirer } from '../../src/features/workflows/triggers/fire-triggers.ts';
import type { Schedules } from '../../src/features/workflows/triggers/schedules.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { chain, type RunAnswer, WorkflowClient } from './workflow-world.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.stop());

const echo = chain([{ id: 'a', type: 'transform', config: { expression: 'input' } }]);
const yearly = { cron: '0 0 1 1 *', time_zone: 'UTC' };
/** Nobody but these tests looks so far ahead. */
const now = new Date('2199-01-01T00:00:30Z');
const due = new Date('2199-01-01T00:00:00Z');
const next = new Date('2200-01-01T00:00:00Z');

interface Trigger {
  id: string;
  next_fire_at: string | null;
}

/** A workflow with a schedule that is due. */
async function dueSchedule(who: WorkflowClient, cron = yearly.cron) {
  const workflow = await who.create(echo);
  const config = { ...yearly, cron };
  const { body } = await who.call<Trigger>('POST', `/workflows/${workflow}/triggers`, {
    kind: 'schedule',
    config,
  });
  await sql`update workflow_triggers set next_fire_at = ${due} where id = ${body.id}`.execute(
    app.platform.db,
  );
  return {
    id: body.id,
    runs: async () =>
      (await who.call<{ items: RunAnswer[] }>('GET', `/runs?workflow_id=${workflow}`)).body.items.length,
    shown: async () =>
      (await who.call<{ items: Trigger[] }>('GET', `/workflows/${workflow}/triggers`)).body.items[0]
        ?.next_fire_at,
  };
}

/** A process whose searches last until they are answered; those that `isQuick` says are answered at once. */
function looker(isQuick: (cron: string) => boolean = () => false) {
  const searches: (() => void)[] = [];
  const schedules: Pick<Schedules, 'nextOfKnown'> = {
    nextOfKnown: ({ cron = '' }) =>
      isQuick(cron) ? Promise.resolve(next) : new Promise((resolve) => searches.push(() => resolve(next))),
  };
  const parts = { ...app.platform, clock: () => now, validate: () => [] };
  return { searches, fire: createScheduleFirer({ ...parts, schedules: schedules as Schedules }) };
}

const person = async () => new WorkflowClient(app, await app.person());

it('a schedule that several processes seek at the same time runs once', async () => {
  const one = await dueSchedule(await person());
  const processes = [looker(), looker(), looker()];
  const work = processes.map(({ fire }) => fire());
  for (const { searches } of processes) await expect.poll(() => searches.length).toBe(1);
  for (const { searches } of processes) searches[0]?.();
  await Promise.all(work);
  expect([await one.runs(), await one.shown()]).toEqual([1, next.toISOString()]);
});

it('a schedule that is switched off while it is sought does not run', async () => {
  const ada = await person();
  const one = await dueSchedule(ada);
  const { fire, searches } = looker();
  const work = fire();
  await expect.poll(() => searches.length).toBe(1);
  // Its row is not locked meanwhile.
  await ada.call('PATCH', `/workflows/triggers/${one.id}`, { enabled: false });
  searches[0]?.();
  await work;
  expect([await one.runs(), await one.shown()]).toEqual([0, null]);
});

it('S38: a schedule that is still sought keeps no other from running, and is not sought twice', async () => {
  const slowCron = '1 0 1 1 *';
  const ada = await person();
  const [slow, other] = [await dueSchedule(ada, slowCron), await dueSchedule(await person())];
  const { fire, searches } = looker((cron) => cron !== slowCron);
  const first = fire();
  await expect.poll(() => searches.length).toBe(1);
  await fire();
  expect([await slow.runs(), await other.runs(), searches.length]).toEqual([0, 1, 1]);
  searches[0]?.();
  await first;
  expect(await slow.runs()).toBe(1);
});
