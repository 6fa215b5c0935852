import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { TLocalizedValidationError } from 'typebox/error';
import { Convert, Default } from 'typebox/value';
import { type FieldProblem, type ShapeReason, ValidationFailed } from '../errors.ts';

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
    return {
      error: ValidationFailed.with({
        errors: shapeProblems(compiled.Errors(value), httpPart ?? 'body').slice(0, maxProblems),
      }),
    };
  };
};

/** A field that does not meet its schema. */
export interface ShapeProblem extends FieldProblem {
  reason: ShapeReason;
}

/** What a value lacks, field by field; `whole` is the name of the value itself. */
export function shapeProblems(errors: TLocalizedValidationError[], whole: string): ShapeProblem[] {
  return errors
    .filter((error) => error.keyword !== 'boolean')
    .flatMap((error) => toShapeProblems(error, whole));
}

function toShapeProblems(error: TLocalizedValidationError, whole: string): ShapeProblem[] {
  const base = error.instancePath.slice(1).replaceAll('/', '.');
  const nested = (names: string[], detail: string, reason: ShapeReason): ShapeProblem[] =>
    names.map((name) => ({ field: [base, name].filter(Boolean).join('.'), detail, reason }));
  if (error.keyword === 'required') return nested(error.params.requiredProperties, 'is missing', 'missing');
  if (error.keyword === 'additionalProperties')
    return nested(error.params.additionalProperties, 'is not known here', 'unknown');
  return [{ field: base || whole, detail: error.message, ...reasonOf(error) }];
}

function reasonOf(error: TLocalizedValidationError): Pick<ShapeProblem, 'reason' | 'params'> {
  switch (error.keyword) {
    case 'minLength':
      return error.params.limit === 1 ? { reason: 'empty' } : limited('too_short', error.params);
    case 'maxLength':
      return limited('too_long', error.params);
    case 'minItems':
      return limited('too_few_items', error.params);
    case 'maxItems':
      return limited('too_many_items', error.params);
    case 'minProperties':
      return limited('too_few_fields', error.params);
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
  reason: ShapeReason,
  { limit }: { limit: number | bigint },
): Pick<ShapeProblem, 'reason' | 'params'> {
  return { reason, params: { limit: Number(limit) } };
}
