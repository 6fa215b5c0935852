import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { TLocalizedValidationError } from 'typebox/error';
import { Convert, Default } from 'typebox/value';
import { type FieldProblem, type FieldReason, ValidationFailed } from '../errors.ts';

const maxProblems = 20;

/**
 * Validates by TypeBox. Bodies are never coerced (S26: an array for a string is refused); path and query values arrive
 * as text and are converted to the declared type. Compiled at the first request, so that start-up does not pay for it.
 */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  let compiled: ReturnType<typeof Compile> | undefined;
  const fromText = httpPart === 'querystring' || httpPart === 'params' || httpPart === 'headers';
  return (data: unknown) => {
    compiled ??= Compile(schema);
    const value = Default(schema, fromText ? Convert(schema, { ...(data as object) }) : (data ?? {}));
    if (compiled.Check(value)) return { value };
    return { error: ValidationFailed.with({ errors: describe(compiled.Errors(value), httpPart ?? 'body') }) };
  };
};

function describe(errors: TLocalizedValidationError[], part: string): FieldProblem[] {
  const problems = errors
    .filter((error) => error.keyword !== 'boolean')
    .flatMap((error) => toFieldProblems(error, part));
  return problems.slice(0, maxProblems);
}

function toFieldProblems(error: TLocalizedValidationError, part: string): FieldProblem[] {
  const base = error.instancePath.slice(1).replaceAll('/', '.');
  const nested = (names: string[], detail: string, reason: FieldReason): FieldProblem[] =>
    names.map((name) => ({ field: [base, name].filter(Boolean).join('.'), detail, reason }));
  if (error.keyword === 'required') return nested(error.params.requiredProperties, 'is missing', 'missing');
  if (error.keyword === 'additionalProperties')
    return nested(error.params.additionalProperties, 'is not known here', 'unknown');
  return [{ field: base || part, detail: error.message, ...reasonOf(error) }];
}

function reasonOf(error: TLocalizedValidationError): Pick<FieldProblem, 'reason' | 'params'> {
  switch (error.keyword) {
    case 'minLength':
      return error.params.limit === 1 ? { reason: 'empty' } : limited('too_short', error.params);
    case 'maxLength':
      return limited('too_long', error.params);
    case 'minItems':
      return limited('too_few_items', error.params);
    case 'maxItems':
      return limited('too_many_items', error.params);
    case 'minimum':
      return limited('too_small', error.params);
    case 'maximum':
      return limited('too_large', error.params);
    case 'type':
      return { reason: 'wrong_type' };
    case 'pattern':
      return { reason: error.params.pattern === '\\S' ? 'empty' : 'wrong_format' };
    case 'format':
      return { reason: 'wrong_format' };
    case 'const':
    case 'enum':
    case 'anyOf':
      return { reason: 'not_allowed' };
    default:
      return { reason: 'other' };
  }
}

function limited(
  reason: FieldReason,
  { limit }: { limit: number | bigint },
): Pick<FieldProblem, 'reason' | 'params'> {
  return { reason, params: { limit: Number(limit) } };
}
