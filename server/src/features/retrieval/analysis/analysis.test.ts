import { expect, test, vi } from 'vitest';
import fc from '../../../../test/property.ts';
import { analyze } from './analyzer.ts';
import { detectLanguage } from './language.ts';
import { splitSentences } from './sentences.ts';
import { tokenize } from './tokenizer.ts';

const words = (text: string): string[] => tokenize(text).map((token) => token.word);

test('splits words, keeps decimal numbers, drops possessive endings', () => {
  expect(words("Mach 2.5 wing's boundary-layer; O’Neill's file_name.txt")).toEqual([
    'mach',
    '2.5',
    'wing',
    'boundary',
    'layer',
    'o',
    'neill',
    'file',
    'name',
    'txt',
  ]);
});

test('compatibility forms and case are one spelling; accents do not part words', () => {
  expect(words('ﬁle ＡＢＣ Straße')).toEqual(['file', 'abc', 'straße']);
  expect(analyze('café', 'en')[0]?.key).toBe(analyze('cafe', 'en')[0]?.key);
});

test('tells languages apart by their little words', () => {
  const language = (text: string) => detectLanguage(tokenize(text));
  expect(language('The flow of heat in the wing is not known')).toBe('en');
  expect(language('Die Strömung der Luft ist nicht bekannt und wird geprüft')).toBe('de');
  expect(language('Le chat est dans la maison avec les enfants')).toBe('none');
  expect(language('x1 42 SKU-99')).toBe('en');
});

test('tokens lie in the text, in order, for any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      let before = 0;
      for (const token of tokenize(text)) {
        expect(token.start).toBeGreaterThanOrEqual(0);
        expect(token.start).toBeGreaterThanOrEqual(before - 2);
        expect(token.end).toBeLessThanOrEqual(text.length);
        expect(token.end).toBeGreaterThan(token.start);
        before = token.end;
      }
    }),
  );
});

test('sentences end where readers end them', () => {
  const text =
    'Dr. Smith paid 3.5 million, e.g. in cash. He left!\n\nNew paragraph without mark\n\nNext one.';
  expect(splitSentences(text).map(({ start, end }) => text.slice(start, end))).toEqual([
    'Dr. Smith paid 3.5 million, e.g. in cash.',
    'He left!',
    'New paragraph without mark',
    'Next one.',
  ]);
});

test('sentences cover everything but white space, for any text', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 400 }), (text) => {
      const joined = splitSentences(text).map(({ start, end }) => text.slice(start, end));
      expect(joined.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
    }),
  );
});

test.each([
  ['blank lines', '\n \n'.repeat(34_000)],
  ['short paragraphs', 'a\n\n'.repeat(34_000)],
  ['one endless line', 'word '.repeat(20_000)],
  ['marks', 'A. '.repeat(34_000)],
  ['windows full of line feeds', `${'\n'.repeat(8_190)}aa`.repeat(12)],
])('S38: 100 KB of %s are segmented in a few windows, each unit once', (_name, text) => {
  const segment = vi.spyOn(Intl.Segmenter.prototype, 'segment');
  try {
    splitSentences(text);
    const windows = segment.mock.calls.map(([window]) => window.length);
    expect(windows.reduce((sum, units) => sum + units, 0)).toBe(text.length);
    // A window ends behind a line, so two of them together hold more than one window's units.
    expect(windows.length).toBeLessThanOrEqual(2 * Math.ceil(text.length / 8_192) + 1);
  } finally {
    segment.mockRestore();
  }
});
