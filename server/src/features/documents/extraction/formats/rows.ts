import type { PageBuilder } from '../page-builder.ts';

/** Columns that are read; wider tables are data, not reading. */
const maxColumns = 500;

/** Adds one row as lines of `header: value`, so that each row can be understood and found by itself. */
export function addRow(headers: string[], cells: string[], builder: PageBuilder): void {
  const lines: string[] = [];
  for (let column = 0; column < Math.min(cells.length, maxColumns); column++) {
    const value = (cells[column] ?? '').trim();
    if (value === '') continue;
    const header = (headers[column] ?? '').trim();
    lines.push(header === '' ? value : `${header}: ${value}`);
  }
  builder.add('table', lines.join('\n'));
}
