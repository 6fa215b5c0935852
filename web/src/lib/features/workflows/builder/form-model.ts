import { type JsonProblem, readJson } from '../values/json-problem.ts';
import type { JsonSchema, StepKind } from './step-catalogue.ts';

export type FieldKind =
  | 'text'
  | 'long_text'
  | 'number'
  | 'boolean'
  | 'choice'
  | 'map'
  | 'value'
  | 'json'
  | 'expression'
  | 'model'
  | 'tool'
  | 'tool_input'
  | 'cases'
  | 'schema'
  | 'workflow'
  | 'collection'
  | 'event';

/** One field of a form made from a schema. */
export interface FormField {
  name: string;
  kind: FieldKind;
  required: boolean;
  /** Names in double braces are replaced when the step runs. */
  takesTemplate: boolean;
  options: string[];
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  isInteger: boolean;
  description?: string;
  title?: string;
}

/** Settings that have an editor of their own. */
const special: Record<string, FieldKind> = {
  'prompt.model': 'model',
  'prompt.output_schema': 'schema',
  'tool.tool': 'tool',
  'tool.input': 'tool_input',
  'switch.cases': 'cases',
  'sub_workflow.workflow_id': 'workflow',
  'retrieve.collection_id': 'collection',
  'wait.event': 'event',
};

const longTextFrom = 1_000;

/** The settings of a kind of step as fields, what must be given first. */
export function settingFields(kind: StepKind): FormField[] {
  return schemaFields(kind.config).map((field) => {
    const own = special[`${kind.type}.${field.name}`];
    if (kind.expressions.includes(field.name))
      return { ...field, kind: 'expression', takesTemplate: false } as const;
    const isLiteral = kind.literals.includes(field.name);
    return { ...field, ...(own ? { kind: own } : {}), takesTemplate: field.takesTemplate && !isLiteral };
  });
}

/** The properties of an object schema as fields, what must be given first. */
export function schemaFields(schema: JsonSchema): FormField[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {})
    .map(([name, property]) => fieldOf(name, property, required.has(name)))
    .toSorted((a, b) => Number(b.required) - Number(a.required));
}

function fieldOf(name: string, schema: JsonSchema, required: boolean): FormField {
  const kind = kindOf(schema);
  const { minimum, maximum, maxLength, description, title } = schema;
  return {
    ...{ name, kind, required, minimum, maximum, maxLength, description, title },
    takesTemplate: kind === 'text' || kind === 'long_text' || kind === 'value' || kind === 'map',
    options: optionsOf(schema),
    isInteger: schema.type === 'integer',
  };
}

function kindOf(schema: JsonSchema): FieldKind {
  if (optionsOf(schema).length > 0) return 'choice';
  switch (schema.type) {
    case 'string':
      return (schema.maxLength ?? 0) > longTextFrom ? 'long_text' : 'text';
    case 'number':
    case 'integer':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'object':
      return Object.values(schema.patternProperties ?? {}).some((one) => one.type === 'string')
        ? 'map'
        : 'json';
    case undefined:
      return schema.anyOf ? 'json' : 'value';
    default:
      return 'json';
  }
}

function optionsOf({ anyOf = [], enum: listed = [] }: JsonSchema): string[] {
  const values = listed.length > 0 ? listed : anyOf.map((one) => one.const);
  return values.every((value) => typeof value === 'string') ? (values as string[]) : [];
}

/** What a number field holds: a number, nothing, or for tools the text with a name in braces. */
export function readNumber(text: string, takesTemplate = false): number | string | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  const value = Number(trimmed.replace(',', '.'));
  if (Number.isFinite(value)) return value;
  return takesTemplate ? trimmed : undefined;
}

/** How any value is written in a text field; {@link readValue} reads it back. */
export function writeValue(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

/** A text, or what it says as JSON where it is a list or an object. */
export function readValue(text: string): unknown {
  if (text === '') return undefined;
  if (!/^\s*[[{]/.test(text)) return text;
  const read = readJson(text);
  return read.ok ? read.value : text;
}

/** What a field holds, from its text. */
export function readField({ kind }: Pick<FormField, 'kind'>, text: string): unknown {
  if (text === '') return undefined;
  if (kind === 'number') return readNumber(text, true);
  return kind === 'value' ? readValue(text) : text;
}

/** What a field shows: the text as it was typed while it says what is stored ("1." says 1), else what is stored. */
export function fieldText(field: Pick<FormField, 'kind'>, value: unknown, typed: string | null): string {
  const stored = writeValue(value);
  return typed !== null && writeValue(readField(field, typed)) === stored ? typed : stored;
}

/** A JSON text as a value, or why it is none. */
export function parseJson(text: string): { value: unknown; problem: JsonProblem | null } {
  if (text.trim() === '') return { value: undefined, problem: null };
  const read = readJson(text);
  return read.ok ? { value: read.value, problem: null } : { value: undefined, problem: read.problem };
}

/** What somebody typed into the form of a run, as the input that the schema describes. */
export function inputFromForm(
  fields: readonly FormField[],
  typed: Record<string, string>,
): Record<string, unknown> {
  const entries = fields.flatMap((field): [string, unknown][] => {
    const text = typed[field.name] ?? '';
    const value = inputValue(field, text);
    return value === undefined ? [] : [[field.name, value]];
  });
  return Object.fromEntries(entries);
}

function inputValue(field: FormField, text: string): unknown {
  if (field.kind === 'number') return readNumber(text);
  if (field.kind === 'boolean') return text === '' ? undefined : text === 'true';
  if (text === '') return undefined;
  if (field.kind === 'json' || field.kind === 'value' || field.kind === 'map') {
    const { value, problem } = parseJson(text);
    return problem === null ? value : text;
  }
  return text;
}
