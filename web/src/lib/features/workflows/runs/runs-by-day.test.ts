import { expect, it } from 'vitest';
import { runsByDay } from './runs-by-day.ts';

const run = (
  created_at: string,
  status: 'succeeded' | 'failed' | 'waiting',
  parent: string | null = null,
) => ({
  ...{ created_at, status, parent_run_id: parent },
  used: { steps: 1, tokens: 10, ms: 1 },
});

it('counts runs by the day of the person, also days without any', () => {
  const nowMs = Date.parse('2026-01-03T12:00:00Z');
  const runs = [
    run('2026-01-03T01:00:00Z', 'succeeded'),
    run('2026-01-03T02:00:00Z', 'waiting'),
    run('2026-01-03T02:00:01Z', 'succeeded', 'parent'),
    run('2026-01-01T23:30:00Z', 'failed'),
    run('2025-12-01T00:00:00Z', 'failed'),
  ];
  const utc = runsByDay(runs, { days: 3, nowMs, timeZone: 'UTC' });
  expect(utc.map(({ day }) => day)).toEqual(['2026-01-01', '2026-01-02', '2026-01-03']);
  expect(utc.map(({ failed }) => failed)).toEqual([1, 0, 0]);
  expect(utc[2]).toMatchObject({ succeeded: 1, others: 1, tokens: 20 });
  const berlin = runsByDay(runs, { days: 3, nowMs, timeZone: 'Europe/Berlin' });
  expect(berlin.map(({ failed }) => failed)).toEqual([0, 1, 0]);
});
