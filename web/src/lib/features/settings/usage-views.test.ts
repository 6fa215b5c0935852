import { describe, expect, it } from 'vitest';
import { chartOf, lastDays, sumBy } from './usage-views.ts';

const row = (day: string, model: string, prompt: number, completion: number) => ({
  day,
  slot: 'chat',
  provider_name: 'Home',
  model,
  calls: 1,
  failed_calls: 0,
  estimated_calls: 0,
  prompt_tokens: prompt,
  completion_tokens: completion,
  duration_ms: 5,
});

describe('use of models', () => {
  it('covers each of the last days, over the end of a month', () => {
    expect(lastDays(3, Date.parse('2026-03-01T23:00:00Z'))).toEqual([
      '2026-02-27',
      '2026-02-28',
      '2026-03-01',
    ]);
  });

  it('adds up what was read and written on a day', () => {
    const rows = [row('2026-03-01', 'a', 10, 1), row('2026-03-01', 'b', 5, 2), row('2026-02-01', 'a', 9, 9)];
    const { series } = chartOf(rows, ['2026-02-28', '2026-03-01'], (day) => day);
    expect(series.map((one) => one.counts)).toEqual([
      [0, 15],
      [0, 3],
    ]);
  });

  it('puts rows together, the largest use first', () => {
    const rows = [row('2026-03-01', 'a', 1, 1), row('2026-03-02', 'b', 5, 5), row('2026-03-03', 'a', 1, 1)];
    expect(sumBy(rows, ({ model }) => [model])).toMatchObject([
      { names: ['b'], calls: 1, prompt: 5 },
      { names: ['a'], calls: 2, prompt: 2, completion: 2 },
    ]);
  });
});
