import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Queryable } from '../../platform/database/database.ts';
import type { ChunkDraft } from './chunking/chunk-draft.ts';
import { pageSeparator } from './chunking/chunker.ts';
import { type DocumentState, type DocumentTables, withDocumentTables } from './documents.tables.ts';
import type { ExtractedPage, ExtractionSummary } from './extraction/extraction.types.ts';

/** Rows of one INSERT: far below the 65,535 parameters of the protocol. */
const insertRows = 1_000;

/** Names the run that may write; every statement here matches no row once another run has taken over. */
export interface IngestionFence {
  documentId: string;
  ingestId: string;
}

export interface IngestionSource {
  owner_id: string;
  file_key: string;
  kind: DocumentTables['documents']['kind'];
  ingest_attempt: number;
}

/** Claims the document for one more attempt; `undefined` when it was deleted or another run has it. */
export async function beginExtraction(
  db: Queryable,
  fence: IngestionFence,
): Promise<IngestionSource | undefined> {
  return fencedUpdate(db, fence)
    .set((row) => ({
      state: 'extracting' as const,
      ingest_attempt: row('ingest_attempt', '+', 1),
      progress_done: null,
      progress_total: null,
      error_code: null,
      error_detail: null,
      updated_at: sql<Date>`now()`,
    }))
    .returning(['owner_id', 'file_key', 'kind', 'ingest_attempt'])
    .executeTakeFirst();
}

function fencedUpdate(db: Queryable, fence: IngestionFence) {
  return withDocumentTables(db)
    .updateTable('documents')
    .where('id', '=', fence.documentId)
    .where('ingest_id', '=', fence.ingestId)
    .where('deleted_at', 'is', null);
}

/** True while this attempt still owns the document; holds that until the transaction ends. */
export async function holdAttempt(db: Queryable, fence: IngestionFence, attempt: number): Promise<boolean> {
  const row = await withDocumentTables(db)
    .selectFrom('documents')
    .select('id')
    .where('id', '=', fence.documentId)
    .where('ingest_id', '=', fence.ingestId)
    .where('ingest_attempt', '=', attempt)
    .where('deleted_at', 'is', null)
    .forShare()
    .executeTakeFirst();
  return row !== undefined;
}

export async function deleteText(db: Queryable, documentId: string): Promise<void> {
  const tables = withDocumentTables(db);
  await tables.deleteFrom('chunks').where('document_id', '=', documentId).execute();
  await tables.deleteFrom('document_pages').where('document_id', '=', documentId).execute();
}

/** Stores pages that follow `startOffset` and returns where the next page begins. */
export async function insertPages(
  db: Queryable,
  documentId: string,
  pages: ExtractedPage[],
  startOffset: number,
): Promise<number> {
  let offset = startOffset;
  const rows = pages.map(({ number, text }) => {
    const start_offset = offset;
    const end_offset = offset + text.length;
    offset = end_offset + pageSeparator.length;
    return { document_id: documentId, number, text, start_offset, end_offset };
  });
  for (let at = 0; at < rows.length; at += insertRows) {
    await withDocumentTables(db)
      .insertInto('document_pages')
      .values(rows.slice(at, at + insertRows))
      .execute();
  }
  return offset;
}

/** Stores chunks; without `paged`, page numbers are only sections of ours and stay out. */
export async function insertChunks(
  db: Queryable,
  document: { id: string; ownerId: string; paged: boolean },
  chunks: ChunkDraft[],
): Promise<void> {
  const rows = chunks.map((chunk) => ({
    ...chunk,
    id: uuidv7(),
    document_id: document.id,
    owner_id: document.ownerId,
    page_start: document.paged ? chunk.page_start : null,
    page_end: document.paged ? chunk.page_end : null,
  }));
  for (let at = 0; at < rows.length; at += insertRows) {
    await withDocumentTables(db)
      .insertInto('chunks')
      .values(rows.slice(at, at + insertRows))
      .execute();
  }
}

export async function storeSummary(
  db: Queryable,
  fence: IngestionFence,
  summary: ExtractionSummary,
  paged: boolean,
): Promise<void> {
  await fencedUpdate(db, fence)
    .set({
      state: 'indexing',
      progress_done: null,
      progress_total: null,
      page_count: paged ? summary.pageCount : null,
      chunk_count: summary.chunkCount,
      text_length: summary.characters,
      outline: JSON.stringify(summary.outline),
      warnings: JSON.stringify(summary.warnings),
      updated_at: sql<Date>`now()`,
    })
    .execute();
}

export async function setProgress(
  db: Queryable,
  fence: IngestionFence,
  progress: { done: number; total: number | null },
): Promise<void> {
  await fencedUpdate(db, fence)
    .set({ progress_done: progress.done, progress_total: progress.total, updated_at: sql<Date>`now()` })
    .execute();
}

/** Moves on to `state`; returns the owner, or `undefined` when this run does not own the document any more. */
export async function advanceState(
  db: Queryable,
  fence: IngestionFence,
  state: DocumentState,
  outcome: { error?: { code: string; detail: string }; warning?: string } = {},
): Promise<string | undefined> {
  const row = await fencedUpdate(db, fence)
    .set({
      state,
      progress_done: null,
      progress_total: null,
      error_code: outcome.error?.code ?? null,
      error_detail: outcome.error?.detail ?? null,
      updated_at: sql<Date>`now()`,
      ...(outcome.warning
        ? { warnings: sql<string>`warnings || ${JSON.stringify([outcome.warning])}::jsonb` }
        : {}),
    })
    .returning('owner_id')
    .executeTakeFirst();
  return row?.owner_id;
}

/** Erases a document whose deletion at `deletedAt` still stands; returns its file, which the caller removes. */
export async function erasePurgeable(
  db: Queryable,
  documentId: string,
  deletedAt: Date,
): Promise<string | undefined> {
  const row = await withDocumentTables(db)
    .deleteFrom('documents')
    .where('id', '=', documentId)
    .where('deleted_at', '=', deletedAt)
    .returning('file_key')
    .executeTakeFirst();
  return row?.file_key;
}

/** True while the deletion at `deletedAt` still stands; keeps it so until the transaction ends. */
export async function holdDeletion(db: Queryable, documentId: string, deletedAt: Date): Promise<boolean> {
  const row = await withDocumentTables(db)
    .selectFrom('documents')
    .select('id')
    .where('id', '=', documentId)
    .where('deleted_at', '=', deletedAt)
    .forUpdate()
    .executeTakeFirst();
  return row !== undefined;
}
