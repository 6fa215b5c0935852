import { describe, expect, it } from 'vitest';
import fc from '../../property.ts';
import { anchorAt, isAtEnd, offsetOf, windowOf } from './list-window.ts';

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
const heights = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 200 });

describe('list window', () => {
  it('draws what is in view, and stands for everything else with empty space', () => {
    fc.assert(
      fc.property(
        heights,
        fc.nat(20_000),
        fc.nat(2_000),
        fc.nat(800),
        (list, scrollTop, height, overscan) => {
          const { start, end, before, after } = windowOf(list, { scrollTop, height }, overscan);
          expect(before + sum(list.slice(start, end)) + after).toBe(sum(list));
          expect(before).toBe(offsetOf(list, start));
          expect(end).toBeGreaterThan(start);
          for (const [index, itemHeight] of list.entries()) {
            const top = offsetOf(list, index);
            const inView = top < scrollTop + height && top + itemHeight > scrollTop;
            if (inView) expect(index >= start && index < end).toBe(true);
          }
        },
      ),
    );
  });

  it('draws a handful of ten thousand messages', () => {
    const { start, end } = windowOf(Array(10_000).fill(200), { scrollTop: 1_999_000, height: 900 }, 600);
    expect(end - start).toBeLessThan(15);
    expect(end).toBe(10_000);
  });

  it('draws nothing of an empty list', () => {
    expect(windowOf([], { scrollTop: 0, height: 900 }, 600)).toEqual({
      start: 0,
      end: 0,
      before: 0,
      after: 0,
    });
  });

  it('finds the item being read again after others came before it', () => {
    fc.assert(
      fc.property(heights, heights, fc.nat(20_000), (older, list, position) => {
        const scrollTop = Math.min(position, sum(list));
        const { index, delta } = anchorAt(list, scrollTop);
        const restored = offsetOf([...older, ...list], older.length + index) + delta;
        expect(restored).toBe(scrollTop + sum(older));
      }),
    );
  });

  it('tells the end from the middle', () => {
    expect(isAtEnd(952, 900, 1_900)).toBe(true);
    expect(isAtEnd(700, 900, 1_900)).toBe(false);
  });
});
