import { expect, test } from 'vitest';
import { createSearchLimits } from './search-limits.ts';

const hourMs = 3_600_000;

test('each key has so many an hour for itself, and is told how long to wait', () => {
  const clock = { now: 5_000 };
  const limits = createSearchLimits(() => clock.now);
  expect([limits.take('ann', 2), limits.take('ann', 2)]).toEqual([undefined, undefined]);
  clock.now += 600_000;
  expect(limits.take('ann', 2)).toBe(3_000);
  expect(limits.take('ben', 2)).toBeUndefined();
  // One more was allowed meanwhile: what was refused did not count.
  expect(limits.take('ann', 3)).toBeUndefined();
});

test('an hour after its first search a key begins anew', () => {
  const clock = { now: 5_000 };
  const limits = createSearchLimits(() => clock.now);
  limits.take('ann', 1);
  clock.now += hourMs - 1;
  expect(limits.take('ann', 1)).toBe(1);
  clock.now += 1;
  expect(limits.take('ann', 1)).toBeUndefined();
  expect(limits.take('ann', 1)).toBe(3_600);
});
