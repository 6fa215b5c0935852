import { expect, it } from 'vitest';
import { writeDuration, writeTimeLeft } from './durations.ts';

const written = (lengthsMs: number[], style = {}) =>
  lengthsMs.map((ms) => writeDuration(ms, { language: 'en', ...style }));

it('writes a length of time in its two largest units', () => {
  expect(written([0, 320, 1_240, 42_000, 252_000, 7_500_000, 93_600_000])).toEqual([
    '0 ms',
    '320 ms',
    '1.2 sec',
    '42 sec',
    '4 min 12 sec',
    '2 hr 5 min',
    '1 day 2 hr',
  ]);
});

it('rounds up to the next unit rather than to sixty of the smaller one', () => {
  expect(written([999.4, 9_960, 59_700])).toEqual(['999 ms', '10 sec', '1 min']);
});

it('writes units in full within a sentence, and as the language does', () => {
  expect(written([2_400_000, 3_600_000], { long: true })).toEqual(['40 minutes', '1 hour']);
  expect(written([1_240], { language: 'de' })).toEqual(['1,2 Sek.']);
});

it('counts down to the moment itself', () => {
  const left = (seconds: number) => writeTimeLeft(seconds * 1_000, 0, { language: 'en' });
  expect([1, 90, 7_200, 90_061].map(left)).toEqual(['1 sec', '1 min 30 sec', '2 hr', '1 day 1 hr']);
  expect(writeTimeLeft(1_000, 999, { language: 'en' })).toBe('1 sec');
  expect(writeTimeLeft(1_000, 1_000)).toBeNull();
});
