import { Errors } from 'typebox/schema';

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
export function schemaProblems(schema: unknown, path = '', depth = 0): string[] {
  const at = path === '' ? 'The schema' : `The schema at ${path}`;
  if (depth > maxDepth) return [`${at} is nested more than ${maxDepth} deep.`];
  if (typeof schema === 'boolean') return [];
  if (schema === null || typeof schema !== 'object' || Array.isArray(schema)) return [`${at} is no object.`];
  const given = schema as Record<string, unknown>;
  const unknown = Object.keys(given).filter((key) => !keywords.has(key));
  const problems = unknown.map((key) => `${at} uses "${key.slice(0, 40)}", which is not supported here.`);
  const declared = given.type === undefined ? [] : [given.type].flat();
  if (declared.some((type) => !types.has(String(type)))) problems.push(`${at} names an unknown type.`);
  if (given.required !== undefined && !isStrings(given.required))
    problems.push(`"required" of ${at.toLowerCase()} is no list of names.`);
  return [...problems, ...nestedProblems(given, path, depth)];
}

function nestedProblems(given: Record<string, unknown>, path: string, depth: number): string[] {
  const { properties } = given;
  const children: [string, unknown][] = [];
  if (properties !== undefined && (properties === null || typeof properties !== 'object'))
    return [`"properties" at ${path || 'the top'} is no object.`];
  for (const [name, child] of Object.entries(properties ?? {})) children.push([`${path}/${name}`, child]);
  if (given.items !== undefined) children.push([`${path}/items`, given.items]);
  if (given.additionalProperties !== undefined)
    children.push([`${path}/additionalProperties`, given.additionalProperties]);
  if (given.anyOf !== undefined && !Array.isArray(given.anyOf))
    return [`"anyOf" at ${path || 'the top'} is no list.`];
  for (const [index, child] of (Array.isArray(given.anyOf) ? given.anyOf : []).entries())
    children.push([`${path}/anyOf/${index}`, child]);
  return children.flatMap(([place, child]) => schemaProblems(child, place, depth + 1));
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
