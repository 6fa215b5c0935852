import { describe, expect, it } from 'vitest';
import fc from '../../../property.ts';
import { createTimeScale } from './time-scale.ts';

const hourMs = 3_600_000;

describe('the time scale', () => {
  it('draws work evenly', () => {
    const scale = createTimeScale([{ fromMs: 0, toMs: 100 }], { fromMs: 0, toMs: 100 });
    expect([0, 25, 50, 100].map((ms) => scale.at(ms))).toEqual([0, 0.25, 0.5, 1]);
    expect(scale.pauses).toEqual([]);
  });

  it('draws a night of waiting shorter, and says so', () => {
    const end = 8 * hourMs + 2_000;
    const work = [
      { fromMs: 0, toMs: 1_000 },
      { fromMs: end - 1_000, toMs: end },
    ];
    const scale = createTimeScale(work, { fromMs: 0, toMs: end });
    expect(scale.pauses).toHaveLength(1);
    expect(scale.pauses[0]).toMatchObject({ fromMs: 1_000, toMs: end - 1_000 });
    expect(scale.at(1_000)).toBeGreaterThan(0.4);
    expect(scale.at(end)).toBe(1);
  });

  it('keeps a short wait as it was', () => {
    const work = [
      { fromMs: 0, toMs: 10_000 },
      { fromMs: 14_000, toMs: 24_000 },
    ];
    expect(createTimeScale(work, { fromMs: 0, toMs: 24_000 }).pauses).toEqual([]);
  });

  it('never draws later what was earlier, and nothing outside', () => {
    const spans = fc.array(
      fc
        .tuple(fc.nat(100_000_000), fc.nat(10_000_000))
        .map(([fromMs, lengthMs]) => ({ fromMs, toMs: fromMs + lengthMs })),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(spans, fc.array(fc.nat(100_000_000), { minLength: 2 }), (work, moments) => {
        const scale = createTimeScale(work, { fromMs: 0, toMs: 100_000_000 });
        const drawn = [...moments].sort((a, b) => a - b).map((ms) => scale.at(ms));
        for (const [index, position] of drawn.entries()) {
          expect(position).toBeGreaterThanOrEqual(0);
          expect(position).toBeLessThanOrEqual(1);
          expect(position).toBeGreaterThanOrEqual((drawn[index - 1] ?? 0) - 1e-9);
        }
      }),
    );
  });
});
