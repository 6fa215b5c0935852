import { describe, expect, it } from 'vitest';
import { orderFragments, type TextFragment } from './pdf-lines.ts';

const line = (text: string, x: number, y: number): TextFragment => ({
  text,
  x,
  y,
  width: text.length * 5,
  size: 10,
});

describe('reading order', () => {
  it('reads prose columns one after the other although the file draws them row by row', () => {
    const fragments = [
      line('A headline that runs across both of the columns of this very page here', 50, 760),
    ];
    for (let row = 0; row < 8; row++) {
      fragments.push(line(`left column, line number ${row} of it`, 50, 740 - row * 12));
      fragments.push(line(`right column, line number ${row} of it`, 300, 740 - row * 12));
    }
    const texts = orderFragments(fragments).map((segment) => segment.text);
    expect(texts[0]).toMatch(/^A headline/);
    expect(texts.slice(1, 9).every((text) => text.startsWith('left'))).toBe(true);
    expect(texts.slice(9).every((text) => text.startsWith('right'))).toBe(true);
  });

  it('reads a table row by row', () => {
    const fragments: TextFragment[] = [];
    for (let row = 0; row < 8; row++)
      fragments.push(line(`item ${row}`, 50, 700 - row * 12), line(`${row * 3}`, 300, 700 - row * 12));
    const texts = orderFragments(fragments).map((segment) => segment.text);
    expect(texts.slice(0, 4)).toEqual(['item 0', '0', 'item 1', '3']);
  });

  it('puts spaces where gaps between words are and nowhere else', () => {
    const fragments = [line('re', 50, 700), line('ading', 60, 700), line('order', 90, 700)];
    expect(orderFragments(fragments).map((segment) => segment.text)).toEqual(['reading order']);
  });
});
