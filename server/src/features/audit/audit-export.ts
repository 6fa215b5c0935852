import type { ExportFormat } from './audit.schemas.ts';

type Fields = Record<string, unknown>;

export const exportMediaTypes: Record<ExportFormat, string> = {
  csv: 'text/csv; charset=utf-8',
  jsonl: 'application/x-ndjson; charset=utf-8',
};

/** One event as a line. */
export function formatLine(format: ExportFormat, columns: readonly string[], fields: Fields): string {
  if (format === 'jsonl') return `${JSON.stringify(fields)}\n`;
  return `${columns.map((column) => csvField(fields[column])).join(',')}\r\n`;
}

/** The names of the columns; JSON lines carry them themselves. */
export function formatHeader(format: ExportFormat, columns: readonly string[]): string | undefined {
  return format === 'csv' ? `${columns.join(',')}\r\n` : undefined;
}

/**
 * A field by RFC 4180. What a spreadsheet would take for a formula gets an apostrophe in front: user agents and addresses
 * are chosen by whoever attacks (OWASP, CSV injection).
 */
export function csvField(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) || harmless !== text ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
