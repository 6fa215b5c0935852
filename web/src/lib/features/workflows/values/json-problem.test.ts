import { describe, expect, it } from 'vitest';
import fc from '../../../property.ts';
import { readJson } from './json-problem.ts';

describe('reading JSON that somebody types', () => {
  it.each([
    ['{"a":1,}', 1, 8],
    ['{\n "a": 1\n "b"}', 3, 2],
    ['{"a": tru}', 1, 10],
    ['{"a": "x\n"}', 1, 9],
    ['{"a": 1} x', 1, 10],
    ['{a:1}', 1, 2],
    ['{"a":', 1, 6],
    ['', 1, 1],
  ])('says where %j stops being JSON', (text, line, column) => {
    expect(readJson(text)).toMatchObject({ ok: false, problem: { line, column } });
  });

  it('reads every value back', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(readJson(JSON.stringify(value, null, 2))).toEqual({
          ok: true,
          value: JSON.parse(JSON.stringify(value)),
        });
      }),
    );
  });

  it('finds an end that is missing at the end', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), (list) => {
        const text = JSON.stringify(list).slice(0, -1);
        const read = readJson(text);
        expect(read.ok ? null : read.problem.position).toBe(text.length);
      }),
    );
  });
});
