/** What a value is, for showing it. */
type ValueKind = 'object' | 'list' | 'text' | 'number' | 'boolean' | 'nothing';

const longFrom = 160;
const previewLength = 72;

export function kindOf(value: unknown): ValueKind {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'object') return 'object';
  if (typeof value === 'number') return 'number';
  return typeof value === 'boolean' ? 'boolean' : 'text';
}

/** The parts of an object or list by name; of everything else none. */
export function entriesOf(value: unknown): [string, unknown][] {
  if (Array.isArray(value)) return value.map((one, index) => [String(index), one]);
  return value !== null && typeof value === 'object' ? Object.entries(value) : [];
}

/** Text that wants lines of its own. */
export function isLongText(value: unknown): value is string {
  return typeof value === 'string' && (value.length > longFrom || value.includes('\n'));
}

/** The beginning of a value in one line; no more of it is looked at than is shown. */
export function previewOf(value: unknown, limit = previewLength): string {
  const text = writePreview(value, limit);
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}

function writePreview(value: unknown, left: number): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, left));
  if (value === null || typeof value !== 'object') return String(value ?? null);
  const isList = Array.isArray(value);
  const parts: string[] = [];
  let size = 0;
  for (const [name, one] of entriesOf(value)) {
    // What follows would not be shown.
    if (size >= left) break;
    const part = isList ? writePreview(one, left - size) : `${name}: ${writePreview(one, left - size)}`;
    parts.push(part);
    size += part.length + 2;
  }
  return isList ? `[${parts.join(', ')}]` : `{ ${parts.join(', ')} }`;
}

/** A value as text for the clipboard: text as it is, everything else as indented JSON. */
export function toCopy(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null, null, 2);
}
