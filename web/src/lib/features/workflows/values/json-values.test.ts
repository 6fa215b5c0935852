import { expect, it } from 'vitest';
import { isLongText, previewOf, toCopy } from './json-values.ts';

it('previews a value in one line, and looks at no more of it than it shows', () => {
  expect(previewOf({ name: 'Ada', tags: ['a', 1, null] })).toBe('{ name: "Ada", tags: ["a", 1, null] }');
  expect(previewOf({})).toBe('{  }');
  const text = previewOf(Array.from({ length: 100_000 }, (_, index) => index));
  expect(text.length).toBe(72);
  expect(text.endsWith('…')).toBe(true);
});

it('copies text as it is and everything else as JSON', () => {
  expect(toCopy('a\nb')).toBe('a\nb');
  expect(toCopy({ a: 1 })).toBe('{\n  "a": 1\n}');
});

it('gives text with lines, and long text, a place of its own', () => {
  expect(isLongText('short')).toBe(false);
  expect(isLongText('two\nlines')).toBe(true);
  expect(isLongText('x'.repeat(200))).toBe(true);
  expect(isLongText(12)).toBe(false);
});
