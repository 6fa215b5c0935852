import type { TSchema } from 'typebox';

interface Property {
  type?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Property[];
  description?: string;
}

/** The input of a tool in one line, for a model: `(query: string, limit?: integer)`. */
export function describeInput(schema: TSchema): string {
  const { properties = {}, required = [] } = schema as {
    properties?: Record<string, Property>;
    required?: string[];
  };
  const fields = Object.entries(properties).map(
    ([name, property]) => `${name}${required.includes(name) ? '' : '?'}: ${typeOf(property)}`,
  );
  return `(${fields.join(', ')})`;
}

function typeOf({ type, enum: values, const: only, anyOf: others }: Property): string {
  if (only !== undefined) return JSON.stringify(only);
  if (values) return values.map((value) => JSON.stringify(value)).join(' | ');
  if (others) return others.map(typeOf).join(' | ');
  return type ?? 'any';
}
