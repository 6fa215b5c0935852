import type { Document, DocumentState } from '@aiwfe/api-client';
import { texts } from '#lib/messages/translate.svelte.ts';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** A size in decimal units with two or three significant figures: `1.4 MB`. */
export function formatBytes(bytes: number): string {
  const power = Math.min(Math.max(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 0), UNITS.length - 1);
  const value = bytes / 1000 ** power;
  const digits = power > 0 && value < 10 ? 1 : 0;
  return `${value.toLocaleString(texts.language, { maximumFractionDigits: digits })} ${UNITS[power]}`;
}

/** A day, or the time of today, as the person's language writes it. */
export function formatMoment(iso: string, now = new Date()): string {
  const moment = new Date(iso);
  const isToday = moment.toDateString() === now.toDateString();
  const style: Intl.DateTimeFormatOptions = isToday
    ? { hour: 'numeric', minute: '2-digit' }
    : {
        day: 'numeric',
        month: 'short',
        year: moment.getFullYear() === now.getFullYear() ? undefined : 'numeric',
      };
  return moment.toLocaleString(texts.language, style);
}

const BUSY: ReadonlySet<DocumentState> = new Set(['uploaded', 'extracting', 'indexing', 'embedding']);

/** True while the server still works on a document. */
export function isBeingProcessed(document: Pick<Document, 'state'>): boolean {
  return BUSY.has(document.state);
}

/** A text cut at the given ranges; overlapping and disordered ranges are merged. */
export function highlightedParts(
  text: string,
  ranges: readonly { start: number; end: number }[],
): { text: string; isHighlighted: boolean }[] {
  const parts: { text: string; isHighlighted: boolean }[] = [];
  let position = 0;
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    const from = Math.max(start, position);
    const to = Math.min(end, text.length);
    if (to <= from) continue;
    if (from > position) parts.push({ text: text.slice(position, from), isHighlighted: false });
    parts.push({ text: text.slice(from, to), isHighlighted: true });
    position = to;
  }
  if (position < text.length) parts.push({ text: text.slice(position), isHighlighted: false });
  return parts;
}
