import { describe, expect, it } from 'vitest';
import { parseStrictJson } from '../../src/platform/http/strict-json.ts';
import fc from '../property.ts';

const dangerous = new Set(['__proto__', 'constructor', 'prototype']);
const key = fc.string().filter((text) => !dangerous.has(text));
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(key, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
}));

describe('strict JSON', () => {
  it('reads every JSON text without duplicate keys as JSON.parse does', () => {
    fc.assert(
      fc.property(json.value, (value) => {
        const text = JSON.stringify(value);
        expect(parseStrictJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('S26: refuses a key that stands twice in one object, wherever the object is', () => {
    fc.assert(
      fc.property(key, json.value, (name, value) => {
        const pair = `${JSON.stringify(name)}:${JSON.stringify(value)}`;
        expect(() => parseStrictJson(`[1,{"a":{${pair},${pair}}}]`)).toThrow(/twice/);
      }),
    );
  });

  it('S26: refuses keys that reach a prototype, also when written with escapes', () => {
    for (const text of [
      '{"__proto__":1}',
      '{"a":[{"\\u005f_proto__":1}]}',
      '{"constructor":{"prototype":1}}',
    ])
      expect(() => parseStrictJson(text)).toThrow(/never allowed/);
  });

  it('S38: refuses deep nesting instead of exhausting the stack', () => {
    expect(() => parseStrictJson('['.repeat(100_000) + ']'.repeat(100_000))).toThrow();
    expect(() => parseStrictJson('{"a":'.repeat(100) + '1' + '}'.repeat(100))).toThrow(/deep/);
  });
});
