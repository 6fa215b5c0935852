import { afterEach, expect, it, vi } from 'vitest';
import { coalesce } from './coalesce.ts';

afterEach(() => void vi.useRealTimers());

it('does once what many asked for, and again for who asks later', () => {
  vi.useFakeTimers();
  const work = vi.fn();
  const { ask } = coalesce(work, 100);
  for (let hint = 0; hint < 5; hint += 1) ask();
  expect(work).not.toHaveBeenCalled();
  vi.advanceTimersByTime(100);
  expect(work).toHaveBeenCalledTimes(1);
  ask();
  vi.advanceTimersByTime(100);
  expect(work).toHaveBeenCalledTimes(2);
});

it('does nothing for who has left', () => {
  vi.useFakeTimers();
  const work = vi.fn();
  const { ask, cancel } = coalesce(work, 100);
  ask();
  cancel();
  vi.advanceTimersByTime(1_000);
  expect(work).not.toHaveBeenCalled();
});
