import { type Selectable, sql } from 'kysely';
import type { Queryable } from '../../platform/database/database.ts';
import { type DocumentState, type DocumentTables, withDocumentTables } from './documents.tables.ts';

export type DocumentRow = Selectable<DocumentTables['documents']>;

export interface NewDocument {
  id: string;
  owner_id: string;
  collection_id: string | null;
  name: string;
  kind: DocumentTables['documents']['kind'];
  media_type: string;
  size_bytes: number;
  sha256: string;
  file_key: string;
  upload_warnings: string[];
  sample: boolean;
  ingest_id: string;
}

export async function insertDocument(db: Queryable, document: NewDocument): Promise<DocumentRow> {
  return withDocumentTables(db)
    .insertInto('documents')
    .values({ ...document, upload_warnings: JSON.stringify(document.upload_warnings) })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** A document of this owner that is not deleted. */
export async function findDocument(
  db: Queryable,
  ownerId: string,
  id: string,
): Promise<DocumentRow | undefined> {
  return withDocumentTables(db)
    .selectFrom('documents')
    .selectAll()
    .where('id', '=', id)
    .where('owner_id', '=', ownerId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
}

/** The same with deleted ones, locked until the transaction ends. */
export async function lockDocument(
  db: Queryable,
  ownerId: string,
  id: string,
): Promise<DocumentRow | undefined> {
  return withDocumentTables(db)
    .selectFrom('documents')
    .selectAll()
    .where('id', '=', id)
    .where('owner_id', '=', ownerId)
    .forUpdate()
    .executeTakeFirst();
}

export interface DocumentFilter {
  after: string | undefined;
  limit: number;
  collectionId: string | undefined;
  state: DocumentState | undefined;
  nameContains: string | undefined;
}

/** Newest first; one row more than `limit` says that there is a next page. */
export async function listDocuments(
  db: Queryable,
  ownerId: string,
  filter: DocumentFilter,
): Promise<DocumentRow[]> {
  let query = withDocumentTables(db)
    .selectFrom('documents')
    .selectAll()
    .where('owner_id', '=', ownerId)
    .where('deleted_at', 'is', null)
    .orderBy('id', 'desc')
    .limit(filter.limit + 1);
  if (filter.after) query = query.where('id', '<', filter.after);
  if (filter.collectionId) query = query.where('collection_id', '=', filter.collectionId);
  if (filter.state) query = query.where('state', '=', filter.state);
  if (filter.nameContains) query = query.where('name', 'ilike', `%${escapeLike(filter.nameContains)}%`);
  return query.execute();
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

/** Name of another living document of this owner with the same bytes. */
export async function findTwinName(
  db: Queryable,
  ownerId: string,
  sha256: string,
): Promise<string | undefined> {
  const row = await withDocumentTables(db)
    .selectFrom('documents')
    .select('name')
    .where('owner_id', '=', ownerId)
    .where('sha256', '=', sha256)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  return row?.name;
}

export async function changeDocument(
  db: Queryable,
  ownerId: string,
  id: string,
  change: { name?: string; collection_id?: string | null },
): Promise<DocumentRow | undefined> {
  return withDocumentTables(db)
    .updateTable('documents')
    .set({ ...change, updated_at: sql<Date>`now()` })
    .where('id', '=', id)
    .where('owner_id', '=', ownerId)
    .where('deleted_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
}

export async function markDeleted(db: Queryable, ownerId: string, id: string, at: Date): Promise<void> {
  await withDocumentTables(db)
    .updateTable('documents')
    .set({ deleted_at: at })
    .where('id', '=', id)
    .where('owner_id', '=', ownerId)
    .execute();
}

/** Puts a document back to the beginning of ingestion, under a new run; also takes a deletion back. */
export async function resetForIngestion(
  db: Queryable,
  ownerId: string,
  id: string,
  ingestId: string,
): Promise<DocumentRow> {
  return withDocumentTables(db)
    .updateTable('documents')
    .set({
      state: 'uploaded',
      ingest_id: ingestId,
      progress_done: null,
      progress_total: null,
      error_code: null,
      error_detail: null,
      deleted_at: null,
      updated_at: sql<Date>`now()`,
    })
    .where('id', '=', id)
    .where('owner_id', '=', ownerId)
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function clearDeletion(db: Queryable, ownerId: string, id: string): Promise<DocumentRow> {
  return withDocumentTables(db)
    .updateTable('documents')
    .set({ deleted_at: null })
    .where('id', '=', id)
    .where('owner_id', '=', ownerId)
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function listSamples(db: Queryable, ownerId: string): Promise<{ id: string; name: string }[]> {
  return withDocumentTables(db)
    .selectFrom('documents')
    .select(['id', 'name'])
    .where('owner_id', '=', ownerId)
    .where('sample', '=', true)
    .where('deleted_at', 'is', null)
    .execute();
}

/** Which of these files a document of anybody still needs; the sweep of the file store asks. */
export async function unscopedKnownFileKeys(db: Queryable, keys: string[]): Promise<Set<string>> {
  if (keys.length === 0) return new Set();
  const rows = await withDocumentTables(db)
    .selectFrom('documents')
    .select('file_key')
    .where('file_key', 'in', keys)
    .execute();
  return new Set(rows.map((row) => row.file_key));
}
