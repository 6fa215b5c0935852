/** One line of what a decision is about: `depth` levels below the whole. */
export interface DataLine {
  name: string;
  value: string;
  depth: number;
}

const maxLines = 200;

/** What an approval is about as lines that people can read: names and values instead of JSON. */
export function dataLines(data: unknown): DataLine[] {
  const lines: DataLine[] = [];
  addLines(lines, '', data, 0);
  return lines;
}

function addLines(lines: DataLine[], name: string, value: unknown, depth: number): void {
  if (lines.length >= maxLines) return;
  if (value === null || value === undefined) {
    if (name !== '') lines.push({ name, value: '–', depth });
    return;
  }
  if (typeof value !== 'object') {
    lines.push({ name, value: String(value), depth });
    return;
  }
  if (Array.isArray(value) && value.every((each) => typeof each !== 'object')) {
    lines.push({ name, value: value.join(', '), depth });
    return;
  }
  if (name !== '') lines.push({ name, value: '', depth });
  const below = name === '' ? depth : depth + 1;
  for (const [key, each] of Object.entries(value)) {
    addLines(lines, Array.isArray(value) ? String(Number(key) + 1) : nameOf(key), each, below);
  }
}

/** `due_date` is "due date". */
const nameOf = (key: string): string => key.replaceAll('_', ' ');

/** The tool that waits for the decision and what it would be given; undefined when something else waits. */
export function toolCallOf(data: unknown): { tool: string; input: unknown } | undefined {
  if (typeof data !== 'object' || data === null || !('tool' in data)) return undefined;
  if (typeof data.tool !== 'string') return undefined;
  return { tool: data.tool, input: 'input' in data ? data.input : null };
}
