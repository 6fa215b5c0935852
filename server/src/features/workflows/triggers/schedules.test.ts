import { setImmediate } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { createSchedules } from './schedules.ts';

const schedules = createSchedules();
afterAll(() => schedules.close());

const after = new Date('2026-03-23T00:00:00Z');
const good = { cron: '0 9 * * *', time_zone: 'Europe/Berlin' };
const goodTime = new Date('2026-03-23T08:00:00Z');
/** It takes the library seconds to say so. */
const never = {
  rrule: 'FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30',
  starts_at: '2026-03-01T09:00:00',
  time_zone: 'Europe/Berlin',
};
/** Keeps the whole process from doing anything. */
const standStill = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
const invalid = expect.objectContaining({ code: 'workflows.trigger_invalid' });

test('S38: is not sought for longer than a moment, and the next one is answered', async () => {
  // A fast machine may find within the limit that no year has such a day: another sentence, the same code.
  await expect(schedules.next(never, after)).rejects.toEqual(invalid);
  await expect(schedules.upcoming(never, after, 5)).rejects.toEqual(invalid);
  expect(await schedules.next(good, after)).toEqual(goodTime);
});

test('S38: keeps nobody waiting while it is sought', async () => {
  await schedules.next(good, after);
  let isOver = false;
  const search = schedules
    .next(never, after)
    .catch((error: unknown) => error)
    .finally(() => {
      isOver = true;
    });
  // Fewer turns of the event loop than ticks have to pass until a search is given up.
  for (let turn = 0; turn < 3; turn++) await setImmediate();
  expect(isOver).toBe(false);
  expect(await search).toEqual(invalid);
});

test('S38: of many times gives those that are found within the moment of one', async () => {
  const often = { cron: '* * * * *', time_zone: 'UTC' };
  const tooMany = 1_000_000_000;
  const times = await schedules.upcoming(often, after, tooMany);
  expect(times[0]).toEqual(new Date('2026-03-23T00:01:00Z'));
  expect(times.length).toBeLessThan(tooMany);
});

test('S38: one that was let in goes before those that are not yet', async () => {
  const order: string[] = [];
  const ask = async (name: string, time: Promise<unknown>) => {
    await time.catch(() => undefined);
    order.push(name);
  };
  await Promise.all([
    ask('first', schedules.next(good, after)),
    ask('new', schedules.next(good, after)),
    ask('known', schedules.nextOfKnown(good, after)),
  ]);
  expect(order).toEqual(['first', 'known', 'new']);
});

test('is not refused because the process stood still while its thread started, or while it was sought', async () => {
  const fresh = createSchedules();
  for (let n = 0; n < 2; n++) {
    const time = fresh.next(good, after);
    await Promise.resolve();
    standStill(1_000);
    expect(await time).toEqual(goodTime);
  }
  await fresh.close();
});

test('is not refused because its thread was closed', async () => {
  const fresh = createSchedules();
  const time = fresh.next(never, after);
  await Promise.resolve();
  await fresh.close();
  await expect(time).rejects.not.toEqual(invalid);
});

test('S38: the line of new ones has an end, and those that were let in are not refused by it', async () => {
  const asked = Array.from({ length: 60 }, () => schedules.next(good, after));
  const known = schedules.nextOfKnown(good, after);
  const outcomes = await Promise.allSettled(asked);
  const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
  expect(refused).toEqual(Array(10).fill('workflows.schedules_busy'));
  expect(await known).toEqual(goodTime);
});
