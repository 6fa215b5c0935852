import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { safeCut } from '../../chunking/sentence-split.ts';
import type { PageContent } from '../extraction.types.ts';
import { PageBuilder } from '../page-builder.ts';
import { decodeText } from '../text-decoding.ts';
import type { ExtractorContext } from './extractor.ts';
import { addRow } from './rows.ts';
import { addPlainText } from './text.ts';

/** Rows larger than this are no table; the file is then read as plain text. */
const maxRowUnits = 16 * 1_024 * 1_024;
const delimiters = [',', ';', '\t', '|'];

/** Reads a table: the first row names the columns, every other row becomes `header: value` lines. RFC 4180, leniently. */
export async function* extractCsv(context: ExtractorContext): AsyncIterable<PageContent> {
  const { text, warning } = decodeText(await readFile(context.filePath));
  if (warning) context.warn(warning);
  if (!(await parses(text))) {
    context.warn('The file is not a well-formed table; it was read as plain text.');
    const plain = new PageBuilder({ paged: false });
    addPlainText(text, plain);
    yield* plain.finish();
    return;
  }
  const builder = new PageBuilder({ paged: false });
  let headers: string[] | undefined;
  for await (const cells of rowsOf(text)) {
    if (headers === undefined) headers = cells;
    else addRow(headers, cells, builder);
    yield* builder.takePages();
  }
  if (headers && builder.isEmpty) builder.add('table', headers.join(' | '));
  yield* builder.finish();
}

/** A first pass that keeps nothing: a quote that is never closed shows only at the end of the file. */
async function parses(text: string): Promise<boolean> {
  try {
    for await (const _cells of rowsOf(text));
    return true;
  } catch {
    // Whatever the parser objects to, the text itself is still readable.
    return false;
  }
}

function rowsOf(text: string): AsyncIterable<string[]> {
  const parser = parse({
    delimiter: guessDelimiter(text),
    bom: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: maxRowUnits,
  });
  // In slices, so that the parser stops reading while nobody takes its rows.
  return Readable.from(slices(text)).pipe(parser);
}

function* slices(text: string): Iterable<string> {
  let start = 0;
  while (start < text.length) {
    const end = safeCut(text, Math.min(text.length, start + 65_536));
    yield text.slice(start, end);
    start = end;
  }
}

/** The candidate that occurs most often in the first line. */
function guessDelimiter(text: string): string {
  const feed = text.indexOf('\n');
  const line = text.slice(0, Math.min(feed === -1 ? text.length : feed, 10_000));
  const counts = delimiters.map((delimiter) => ({ delimiter, count: line.split(delimiter).length }));
  return counts.reduce((best, one) => (one.count > best.count ? one : best)).delimiter;
}
