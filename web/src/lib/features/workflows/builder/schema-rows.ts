import type { JsonSchema } from './step-catalogue.ts';

export const fieldTypes = ['string', 'number', 'integer', 'boolean', 'array', 'object'] as const;

/** One property of an object schema, as a line of a list. */
export interface SchemaRow {
  name: string;
  type: (typeof fieldTypes)[number];
  required: boolean;
  description: string;
  /** What the line does not show and keeps: limits, items, choices. */
  rest?: JsonSchema;
}

const shownKeys = new Set([
  '$schema',
  'type',
  'properties',
  'required',
  'title',
  'description',
  'additionalProperties',
]);

/** True when a list of fields says everything that the schema does. */
export function isSimple(schema: JsonSchema | undefined): boolean {
  if (schema === undefined) return true;
  if (schema.type !== 'object' || Object.keys(schema).some((key) => !shownKeys.has(key))) return false;
  return Object.values(schema.properties ?? {}).every(
    ({ type }) => typeof type === 'string' && (fieldTypes as readonly string[]).includes(type),
  );
}

export function readRows(schema: JsonSchema | undefined): SchemaRow[] {
  const required = new Set(schema?.required ?? []);
  return Object.entries(schema?.properties ?? {}).map(([name, { type, description = '', ...rest }]) => ({
    name,
    type: type as SchemaRow['type'],
    required: required.has(name),
    description,
    ...(Object.keys(rest).length > 0 ? { rest } : {}),
  }));
}

export function writeRows(rows: readonly SchemaRow[]): JsonSchema {
  const required = rows.filter((row) => row.required).map(({ name }) => name);
  const properties = Object.fromEntries(
    rows.map(({ name, type, description, rest }): [string, JsonSchema] => [
      name,
      { type, ...(description === '' ? {} : { description }), ...rest },
    ]),
  );
  return { type: 'object', properties, ...(required.length > 0 ? { required } : {}) };
}
