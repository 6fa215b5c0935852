import { sql } from 'kysely';
import type { Queryable } from '../../platform/database/database.ts';

/** What joins the pages of a document to its whole text. */
const pageSeparator = '\n\n';

export interface TextSlice {
  /** Offset of the first code unit in the whole text. */
  start: number;
  text: string;
  pages: { number: number; start: number; end: number }[];
}

/**
 * The pages that overlap [start, end) of a document of this owner, joined as in the whole text; `undefined` when the
 * document is not theirs, deleted, or has no text there.
 */
export async function readTextSlice(
  db: Queryable,
  ownerId: string,
  documentId: string,
  range: { start: number; end: number },
): Promise<TextSlice | undefined> {
  const { rows } = await sql<{ number: number; start_offset: number; end_offset: number; text: string }>`
    select p.number, p.start_offset, p.end_offset, p.text
    from document_pages p join documents d on d.id = p.document_id
    where p.document_id = ${documentId} and d.owner_id = ${ownerId} and d.deleted_at is null
      and p.start_offset < ${range.end} and p.end_offset >= ${range.start}
    order by p.number`.execute(db);
  const first = rows[0];
  if (!first) return undefined;
  return {
    start: first.start_offset,
    text: rows.map((row) => row.text).join(pageSeparator),
    pages: rows.map((row) => ({ number: row.number, start: row.start_offset, end: row.end_offset })),
  };
}

/** The page that holds an offset of the whole text; `null` outside of all pages. */
export function pageAt(slice: TextSlice, offset: number): number | null {
  return slice.pages.findLast((page) => page.start <= offset)?.number ?? null;
}
