import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { Database } from '../../platform/database/database.ts';
import type { FileStore } from '../../platform/files/file-store.ts';
import { pageSeparator } from './chunking/chunker.ts';
import { OriginalMissing, PassageOutOfRange } from './documents.errors.ts';
import type { ChunkList, DocumentPages, DocumentPassage, PassageQuery } from './documents.schemas.ts';
import { getRow } from './documents.service.ts';
import { pagedKinds } from './extraction/extraction.types.ts';
import { readOrdinalCursor, toPage } from './list-cursor.ts';
import { countPages, listChunks, listPages, listPagesBetween, type PageRow } from './reading.queries.ts';

const maxPassageUnits = 20_000;

export interface OriginalFile {
  name: string;
  mediaType: string;
  sizeBytes: number;
  open(): Readable;
}

export type ReadingService = ReturnType<typeof createReadingService>;

/** What people see of the text of their documents. Every verb throws documents.not_found for others' (S30). */
export function createReadingService({ db, files }: { db: Database; files: FileStore }) {
  return {
    /** Pages (or sections, where the kind has no pages) from number `from` on; the outline with the first ones. */
    async pages(
      ownerId: string,
      id: string,
      { from, limit }: { from: number; limit: number },
    ): Promise<DocumentPages> {
      const document = await getRow(db, ownerId, id);
      const rows = await listPages(db, id, from, limit);
      const items = rows.map((row) => ({
        number: row.number,
        text: row.text,
        start: row.start_offset,
        end: row.end_offset,
      }));
      const total = await countPages(db, id);
      if (from !== 1) return { items, total };
      const outline = document.outline.map(({ title, level, page, offset }) => ({
        title,
        level,
        page,
        start: offset,
      }));
      return { items, total, outline };
    },
    /** Chunks in their order. Throws documents.invalid_cursor. */
    async chunks(
      ownerId: string,
      id: string,
      query: { cursor?: string | undefined; limit: number },
    ): Promise<ChunkList> {
      await getRow(db, ownerId, id);
      const rows = await listChunks(db, id, readOrdinalCursor(query.cursor), query.limit);
      const page = toPage(rows, query.limit, (row) => String(row.ordinal));
      const items = page.items.map(({ start_offset, end_offset, ...row }) => ({
        ...row,
        start: start_offset,
        end: end_offset,
      }));
      return { ...page, items };
    },
    /** The exact text between two offsets with its surroundings. Throws documents.passage_out_of_range. */
    async passage(
      ownerId: string,
      id: string,
      { start, end, context }: PassageQuery,
    ): Promise<DocumentPassage> {
      const document = await getRow(db, ownerId, id);
      if (start >= end || end - start > maxPassageUnits || end > (document.text_length ?? 0))
        throw PassageOutOfRange.with();
      const from = Math.max(0, start - context);
      const pages = await listPagesBetween(db, id, from, end + context);
      const page = pages.findLast((candidate) => candidate.start_offset <= start);
      return {
        document_id: id,
        document_name: document.name,
        page: pagedKinds.has(document.kind) ? (page?.number ?? null) : null,
        start,
        end,
        before: sliceWhole(pages, from, start),
        text: sliceWhole(pages, start, end),
        after: sliceWhole(pages, end, end + context),
      };
    },
    /** The file as it was uploaded. Throws documents.original_missing. */
    async original(ownerId: string, id: string): Promise<OriginalFile> {
      const document = await getRow(db, ownerId, id);
      const facts = await stat(files.pathOf(document.file_key)).catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === 'ENOENT') throw OriginalMissing.with({ cause });
        throw cause;
      });
      return {
        name: document.name,
        mediaType: document.media_type,
        sizeBytes: facts.size,
        open: () => files.read(document.file_key),
      };
    },
  };
}

/** `whole.slice(start, end)` of the whole text, from consecutive pages that cover the range. */
export function sliceWhole(pages: PageRow[], start: number, end: number): string {
  const first = pages[0];
  if (!first || start >= end) return '';
  const text = pages.map((page) => page.text).join(pageSeparator);
  return text
    .slice(Math.max(0, start - first.start_offset), Math.max(0, end - first.start_offset))
    .toWellFormed();
}
