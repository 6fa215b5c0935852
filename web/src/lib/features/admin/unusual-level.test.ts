import { describe, expect, it } from 'vitest';
import { unusualLevel } from './unusual-level.ts';

describe('the level from which a count is unusual', () => {
  it('is never low where little happens', () => {
    expect(unusualLevel([])).toBe(5);
    expect(unusualLevel([0, 0, 1, 0, 1])).toBe(5);
  });

  it('lies three spreads above what is common', () => {
    expect(unusualLevel([100, 100, 100, 0, 0])).toBe(130);
  });

  it('is not raised by the attack that it should show', () => {
    expect(unusualLevel([9, 9, 9, 9, 9, 40_000])).toBe(18);
  });
});
