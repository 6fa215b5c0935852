import readXlsxFile from 'read-excel-file/node';
import type { PageContent } from '../extraction.types.ts';
import { DocumentDamaged } from '../extraction-errors.ts';
import { PageBuilder } from '../page-builder.ts';
import { openZipArchive } from '../zip-archive.ts';
import type { ExtractorContext } from './extractor.ts';
import { addRow } from './rows.ts';

/** Reads a workbook sheet by sheet: the first filled row names the columns, every other row becomes lines. */
export async function* extractXlsx(context: ExtractorContext): AsyncIterable<PageContent> {
  const archive = await openZipArchive(context.filePath, context.limits);
  let sheets: Awaited<ReturnType<typeof readXlsxFile>>;
  try {
    sheets = await readXlsxFile(archive.bytes);
  } catch (cause) {
    throw DocumentDamaged.with({ cause });
  }
  const builder = new PageBuilder({ paged: false });
  for (const [index, { sheet, data }] of sheets.entries()) {
    addSheet(sheet, data, builder);
    context.progress(index + 1, sheets.length);
    yield* builder.takePages();
  }
  yield* builder.finish();
}

function addSheet(name: string, rows: unknown[][], builder: PageBuilder): void {
  const filled = rows.map((row) => row.map(cellText)).filter((row) => row.some((cell) => cell !== ''));
  const headers = filled[0];
  if (!headers) return;
  builder.add('heading', name, { level: 1 });
  if (filled.length === 1) builder.add('table', headers.join(' | '));
  for (const row of filled.slice(1)) addRow(headers, row, builder);
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString().replace(/T00:00:00\.000Z$/, '');
  return String(value);
}
