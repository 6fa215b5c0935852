import { Errors } from 'typebox/schema';
import type { ProblemParameters } from '../../../platform/errors.ts';
import type { ProblemReason, ReasonedSentence } from './problem-codes.ts';

/** What schemas of people may use: everything that is checked in linear time. `pattern` and `$ref` are left out. */
const keywords = new Set([
  '$schema',
  'title',
  'description',
  'default',
  'examples',
  'type',
  'enum',
  'const',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'anyOf',
]);
const types = new Set(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']);
const maxDepth = 12;

/** What stands in the way of using a person's JSON schema; empty when nothing does. */
export function schemaProblems(schema: unknown, path = '', depth = 0): ReasonedSentence[] {
  const at = path === '' ? 'The schema' : `The schema at ${path}`;
  const place = path || '/';
  const wrong = (reason: ProblemReason, detail: string, params?: ProblemParameters): ReasonedSentence => ({
    detail,
    reason,
    params: { place, ...params },
  });
  if (depth > maxDepth)
    return [wrong('schema_too_deep', `${at} is nested more than ${maxDepth} deep.`, { limit: maxDepth })];
  if (typeof schema === 'boolean') return [];
  if (schema === null || typeof schema !== 'object' || Array.isArray(schema))
    return [wrong('schema_no_object', `${at} is no object.`)];
  const given = schema as Record<string, unknown>;
  const problems = Object.keys(given)
    .filter((key) => !keywords.has(key))
    .map((key) => key.slice(0, 40))
    .map((keyword) =>
      wrong('schema_keyword', `${at} uses "${keyword}", which is not supported here.`, { keyword }),
    );
  const declared = given.type === undefined ? [] : [given.type].flat();
  if (declared.some((type) => !types.has(String(type))))
    problems.push(wrong('schema_type', `${at} names an unknown type.`));
  if (given.required !== undefined && !isStrings(given.required))
    problems.push(wrong('schema_required', `"required" at ${path || 'the top'} is no list of names.`));
  if (!isObjectOrAbsent(given.properties))
    return [...problems, wrong('schema_properties', `"properties" at ${path || 'the top'} is no object.`)];
  if (given.anyOf !== undefined && !Array.isArray(given.anyOf))
    return [...problems, wrong('schema_any_of', `"anyOf" at ${path || 'the top'} is no list.`)];
  const nested = childrenOf(given, path).flatMap(([where, child]) => schemaProblems(child, where, depth + 1));
  return [...problems, ...nested];
}

/** The schemas in a schema, each with its path. */
function childrenOf(given: Record<string, unknown>, path: string): [string, unknown][] {
  const { properties, items, additionalProperties, anyOf } = given;
  const children: [string, unknown][] = [];
  for (const [name, child] of Object.entries(properties ?? {})) children.push([`${path}/${name}`, child]);
  if (items !== undefined) children.push([`${path}/items`, items]);
  if (additionalProperties !== undefined)
    children.push([`${path}/additionalProperties`, additionalProperties]);
  for (const [index, child] of (Array.isArray(anyOf) ? anyOf : []).entries())
    children.push([`${path}/anyOf/${index}`, child]);
  return children;
}

function isObjectOrAbsent(value: unknown): boolean {
  return value === undefined || (value !== null && typeof value === 'object');
}

function isStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

export interface Mismatch {
  field: string;
  detail: string;
}

/** Where a value does not meet a schema that `schemaProblems` found nothing wrong with. Interpreted, never compiled. */
export function mismatches(schema: Record<string, unknown>, value: unknown): Mismatch[] {
  const [, errors] = Errors(schema, value);
  return errors
    .filter((error) => error.keyword !== 'boolean')
    .slice(0, 10)
    .map((error) => ({
      field: error.instancePath.slice(1).replaceAll('/', '.') || 'value',
      detail: detailOf(error),
    }));
}

function detailOf(error: { keyword: string; message: string; params: object }): string {
  const { requiredProperties } = error.params as { requiredProperties?: string[] };
  return requiredProperties ? `${requiredProperties.join(', ')} is missing` : error.message;
}
