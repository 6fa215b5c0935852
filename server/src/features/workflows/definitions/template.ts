import { MissingValue } from '../workflows.errors.ts';

/** A name in double braces: `{{steps.search.output.items}}`. A path and nothing else: nothing is ever evaluated. */
export interface Reference {
  /** As it was written. */
  text: string;
  path: string[];
}

/** What templates and expressions may name. */
export interface Scope {
  input: unknown;
  steps: Record<string, { output: unknown }>;
  item?: unknown;
  index?: number;
  run: { id: string; workflow_id: string };
}

const maxReferences = 1_000;
const pathShape = /^[A-Za-z_][\w-]*(?:\.[\w-]+)*$/;

interface Piece {
  literal: string;
  reference?: Reference;
}

/** Cuts a text at its references in one pass. A reference that is no path is named in `malformed`. */
export function parseTemplate(text: string): { pieces: Piece[]; malformed: string[] } {
  const pieces: Piece[] = [];
  const malformed: string[] = [];
  let from = 0;
  while (pieces.length < maxReferences) {
    const open = text.indexOf('{{', from);
    const close = open < 0 ? -1 : text.indexOf('}}', open + 2);
    if (close < 0) break;
    const written = text.slice(open + 2, close).trim();
    if (written.length <= 300 && pathShape.test(written))
      pieces.push({
        literal: text.slice(from, open),
        reference: { text: written, path: written.split('.') },
      });
    else {
      malformed.push(written.slice(0, 80));
      pieces.push({ literal: text.slice(from, close + 2) });
    }
    from = close + 2;
  }
  pieces.push({ literal: text.slice(from) });
  return { pieces, malformed };
}

/** Every reference in the strings of a value. */
export function referencesIn(value: unknown): Reference[] {
  if (typeof value === 'string')
    return parseTemplate(value).pieces.flatMap((piece) => (piece.reference ? [piece.reference] : []));
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (value !== null && typeof value === 'object') return Object.values(value).flatMap(referencesIn);
  return [];
}

/**
 * The value with its references replaced. A string that is one reference alone becomes the value itself. Throws
 * `workflows.missing_value` with the name that has no value.
 */
export function renderValue(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string') return renderText(value, scope);
  if (Array.isArray(value)) return value.map((one) => renderValue(one, scope));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, renderValue(one, scope)]));
}

function renderText(text: string, scope: Scope): unknown {
  const { pieces } = parseTemplate(text);
  const [only, rest] = pieces;
  if (pieces.length === 2 && only?.reference && only.literal === '' && rest?.literal === '')
    return valueOfReference(only.reference, scope);
  return pieces
    .map(({ literal, reference }) => literal + (reference ? asText(valueOfReference(reference, scope)) : ''))
    .join('');
}

/** The value that a reference names. Throws `workflows.missing_value`. */
export function valueOfReference({ path, text }: Reference, scope: Scope): unknown {
  let value: unknown = scope;
  for (const key of path) {
    const holds = value !== null && typeof value === 'object' && Object.hasOwn(value, key);
    if (!holds)
      throw MissingValue.with({
        detail: `There is no value for {{${text}}}: "${key}" is not there.`,
        ...templateReason(text),
      });
    value = (value as Record<string, unknown>)[key];
  }
  if (value === undefined)
    throw MissingValue.with({ detail: `There is no value for {{${text}}}.`, ...templateReason(text) });
  return value;
}

function templateReason(text: string) {
  return { reason: 'template', params: { template: `{{${text}}}` } };
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const stepName = /(?<![\w$.])steps\s*\.\s*`?([A-Za-z_]\w*)/g;
const stepsAtAll = /(?<![\w$.`"'])steps\b(?!\s*\.\s*`?[A-Za-z_])/;

/** The steps that an expression names, and whether it asks for all of them, which cannot be given. */
export function stepsInExpression(expression: string): { names: string[]; all: boolean } {
  const names = [...expression.matchAll(stepName)].map((match) => match[1] ?? '');
  return { names: [...new Set(names)], all: stepsAtAll.test(expression) };
}
