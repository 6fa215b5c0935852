import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { defineError, failureOf, keptFailure, ProblemError } from '../../src/platform/errors.ts';
import { openapiFile } from '../../src/platform/http/openapi.ts';
import { compileValidator } from '../../src/platform/http/validation.ts';

const sources = path.resolve(import.meta.dirname, '../../src');
const TooHeavy = defineError('tests.too_heavy', 422, 'Too heavy', 'This is too heavy.');

test('the description of the API names every code that is declared', () => {
  const { components } = JSON.parse(readFileSync(openapiFile, 'utf8'));
  const described = new Set<string>(components.schemas.Problem.properties.code.enum);
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
  );
  const declared = files.flatMap((name) =>
    [...readFileSync(path.join(sources, name), 'utf8').matchAll(/= (?:defineError|csrf)\(\s*'([^']+)'/g)].map(
      ([, code = '']) => code,
    ),
  );
  expect(declared.length).toBeGreaterThan(250);
  expect(declared.filter((code) => !described.has(code))).toEqual([]);
});

test('a problem says whether its sentence is more exact than the one of its code', () => {
  expect(failureOf(TooHeavy.with())).toEqual({ code: 'tests.too_heavy', detail: 'This is too heavy.' });
  expect(failureOf(TooHeavy.with({ detail: 'This has 9 kg.' }))).toMatchObject({ reason: 'other' });
  const exact = { detail: 'This has 9 kg.', reason: 'weight', params: { weight_kg: 9 } };
  expect(failureOf(TooHeavy.with(exact))).toEqual({ code: 'tests.too_heavy', ...exact });
});

test('so does a failure of which code and sentence were kept', () => {
  expect(keptFailure('tests.too_heavy', 'This is too heavy.').reason).toBeUndefined();
  expect(keptFailure('tests.too_heavy', 'This has 9 kg.').reason).toBe('other');
});

test('a field says by a reason and a value why it is refused', () => {
  const schema = Type.Object(
    { name: Type.String({ minLength: 1, maxLength: 3 }), count: Type.Integer({ minimum: 2 }) },
    { additionalProperties: false },
  );
  const validate = compileValidator({ schema, method: 'POST', url: '/', httpPart: 'body' });
  const reasonsOf = (body: unknown) => {
    const { error } = validate(body) as { error: unknown };
    if (!(error instanceof ProblemError)) throw new Error('The body was not refused.');
    return error.errors?.map(({ field, reason, params }) => ({ field, reason, params }));
  };
  expect(reasonsOf({ name: 'long', count: 1 })).toEqual([
    { field: 'name', reason: 'too_long', params: { limit: 3 } },
    { field: 'count', reason: 'too_small', params: { limit: 2 } },
  ]);
  expect(reasonsOf({ name: '', more: true })).toEqual(
    expect.arrayContaining([
      { field: 'name', reason: 'empty', params: undefined },
      { field: 'count', reason: 'missing', params: undefined },
      { field: 'more', reason: 'unknown', params: undefined },
    ]),
  );
});
