import { sql } from 'kysely';
import type { Queryable } from '../../platform/database/database.ts';
import { withDocumentTables } from './documents.tables.ts';

/** Characters of pages that one answer may hold, whatever the number of pages asked for. */
const maxAnswerUnits = 2_000_000;

export interface PageRow {
  number: number;
  start_offset: number;
  end_offset: number;
  text: string;
}

/** Pages from `from` on; fewer than `limit` where their text would be too much for one answer. */
export async function listPages(
  db: Queryable,
  documentId: string,
  from: number,
  limit: number,
): Promise<PageRow[]> {
  const rows = await withDocumentTables(db)
    .selectFrom('document_pages')
    .select(['number', 'start_offset', 'end_offset', 'text'])
    .where('document_id', '=', documentId)
    .where('number', '>=', from)
    .where('number', '<', from + limit)
    .orderBy('number')
    .execute();
  const first = rows[0]?.start_offset ?? 0;
  return rows.filter((row, index) => index === 0 || row.end_offset - first <= maxAnswerUnits);
}

export async function countPages(db: Queryable, documentId: string): Promise<number> {
  const row = await withDocumentTables(db)
    .selectFrom('document_pages')
    .select((select) => select.fn.countAll<number>().as('total'))
    .where('document_id', '=', documentId)
    .executeTakeFirstOrThrow();
  return row.total;
}

/** Pages that hold any of the code units from `start` to `end` of the whole text. */
export async function listPagesBetween(
  db: Queryable,
  documentId: string,
  start: number,
  end: number,
): Promise<PageRow[]> {
  return withDocumentTables(db)
    .selectFrom('document_pages')
    .select(['number', 'start_offset', 'end_offset', 'text'])
    .where('document_id', '=', documentId)
    .where('start_offset', '<', end)
    .where(
      'start_offset',
      '>=',
      // The page that `start` lies in is the last one that begins at or before it.
      sql<number>`coalesce((select max(p.start_offset) from document_pages p
        where p.document_id = ${documentId} and p.start_offset <= ${start}), 0)`,
    )
    .orderBy('number')
    .execute();
}

export async function listChunks(db: Queryable, documentId: string, afterOrdinal: number, limit: number) {
  return withDocumentTables(db)
    .selectFrom('chunks')
    .select(['id', 'ordinal', 'text', 'page_start', 'page_end', 'start_offset', 'end_offset', 'heading_path'])
    .where('document_id', '=', documentId)
    .where('ordinal', '>', afterOrdinal)
    .orderBy('ordinal')
    .limit(limit + 1)
    .execute();
}
