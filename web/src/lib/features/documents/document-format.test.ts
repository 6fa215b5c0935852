import { describe, expect, it } from 'vitest';
import fc from '../../property.ts';
import { formatBytes, highlightedParts } from './document-format.ts';

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_400, '1.4 kB'],
    [25_000_000, '25 MB'],
    [3_200_000_000, '3.2 GB'],
  ])('writes %i as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('highlightedParts', () => {
  it('marks the ranges and loses no text, whatever the ranges', () => {
    const range = fc.record({
      start: fc.integer({ min: -5, max: 60 }),
      end: fc.integer({ min: -5, max: 60 }),
    });
    fc.assert(
      fc.property(fc.string({ maxLength: 50 }), fc.array(range, { maxLength: 6 }), (text, ranges) => {
        const parts = highlightedParts(text, ranges);
        expect(parts.map((part) => part.text).join('')).toBe(text);
      }),
    );
  });

  it('keeps what is marked apart from what is not', () => {
    expect(highlightedParts('a quick fox', [{ start: 2, end: 7 }])).toEqual([
      { text: 'a ', isHighlighted: false },
      { text: 'quick', isHighlighted: true },
      { text: ' fox', isHighlighted: false },
    ]);
  });
});
