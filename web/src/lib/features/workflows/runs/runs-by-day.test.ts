import { expect, it } from 'vitest';
import { runsByDay } from './runs-by-day.ts';

const count = (at: string, of: 'succeeded' | 'failed' | 'others') => ({
  ...{ at, succeeded: 0, failed: 0, others: 0, tokens: 10 },
  [of]: 1,
});

it('counts runs by the day of the person, also days without any', () => {
  const nowMs = Date.parse('2026-01-03T12:00:00Z');
  const counts = [
    count('2025-12-01T00:00:00Z', 'failed'),
    count('2026-01-01T23:30:00Z', 'failed'),
    count('2026-01-03T01:00:00Z', 'succeeded'),
    count('2026-01-03T02:00:00Z', 'others'),
  ];
  const utc = runsByDay(counts, { days: 3, nowMs, timeZone: 'UTC' });
  expect(utc.map(({ day }) => day)).toEqual(['2026-01-01', '2026-01-02', '2026-01-03']);
  expect(utc.map(({ failed }) => failed)).toEqual([1, 0, 0]);
  expect(utc[2]).toMatchObject({ succeeded: 1, others: 1, tokens: 20 });
  const berlin = runsByDay(counts, { days: 3, nowMs, timeZone: 'Europe/Berlin' });
  expect(berlin.map(({ failed }) => failed)).toEqual([0, 1, 0]);
});
