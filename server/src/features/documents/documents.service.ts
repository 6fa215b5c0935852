import { v7 as uuidv7 } from 'uuid';
import type { Database, DatabaseTransaction } from '../../platform/database/database.ts';
import type { WorkflowEngine } from '../../platform/durable/workflow-engine.ts';
import type { UserFeed } from '../../platform/events/user-feed.ts';
import { findCollection } from './collections.queries.ts';
import { typedName } from './display-name.ts';
import { toDocumentView } from './document-view.ts';
import {
  CollectionNotFound,
  DocumentBusy,
  DocumentNotFound,
  DocumentUndoExpired,
} from './documents.errors.ts';
import {
  changeDocument,
  clearDeletion,
  type DocumentRow,
  findDocument,
  listDocuments,
  listSamples,
  lockDocument,
  markDeleted,
  resetForIngestion,
} from './documents.queries.ts';
import type { DocumentChange, DocumentListQuery, DocumentView } from './documents.schemas.ts';
import {
  type IngestInput,
  ingestWorkflowName,
  type PurgeInput,
  purgeWorkflowName,
  undoWindowMs,
} from './documents.workflows.ts';
import { readIdCursor, toPage } from './list-cursor.ts';

export interface DocumentServiceDependencies {
  db: Database;
  engine: WorkflowEngine;
  userFeed: UserFeed;
  clock: () => Date;
  /** Samples of other features, which go with these. */
  otherSamples?: readonly ((ownerId: string) => Promise<number>)[];
}

export type DocumentService = ReturnType<typeof createDocumentService>;

/** A run may still write to a document in these states. */
const finalStates = new Set(['ready', 'failed']);

/** What people do with their documents. Every verb is scoped to the owner: others' documents do not exist (S30). */
export function createDocumentService(dependencies: DocumentServiceDependencies) {
  const { db, engine, userFeed } = dependencies;
  const announced = (ownerId: string, row: DocumentRow): DocumentView => {
    userFeed.changed(ownerId, 'document', row.id);
    return toDocumentView(row);
  };
  return {
    /** Newest first. Throws documents.invalid_cursor. */
    async list(ownerId: string, query: DocumentListQuery) {
      const rows = await listDocuments(db, ownerId, {
        after: readIdCursor(query.cursor),
        limit: query.limit,
        collectionId: query.collection_id,
        state: query.state,
        nameContains: query.q,
      });
      const page = toPage(rows, query.limit, (row) => row.id);
      return { ...page, items: page.items.map(toDocumentView) };
    },
    /** Throws documents.not_found. */
    get: async (ownerId: string, id: string): Promise<DocumentView> =>
      toDocumentView(await getRow(db, ownerId, id)),
    /** Renames or moves. Throws documents.not_found, documents.collection_not_found. */
    async change(ownerId: string, id: string, change: DocumentChange): Promise<DocumentView> {
      const named = change.name === undefined ? {} : { name: typedName(change.name) };
      const moved = change.collection_id === undefined ? {} : { collection_id: change.collection_id };
      await getRow(db, ownerId, id);
      if (moved.collection_id && !(await findCollection(db, ownerId, moved.collection_id)))
        throw CollectionNotFound.with();
      const row = await changeDocument(db, ownerId, id, { ...named, ...moved });
      if (!row) throw DocumentNotFound.with();
      return announced(ownerId, row);
    },
    /** Deletes; `restore` takes it back until `undo_until`. Throws documents.not_found. */
    remove: (ownerId: string, id: string) => removeDocument(dependencies, ownerId, id),
    /** Takes a deletion back. Throws documents.not_found, documents.undo_expired. */
    restore: async (ownerId: string, id: string) =>
      announced(ownerId, await restoreDocument(dependencies, ownerId, id)),
    /** Reads the file again from the beginning. Throws documents.not_found, documents.busy. */
    async retry(ownerId: string, id: string): Promise<DocumentView> {
      const row = await db.transaction().execute(async (trx) => {
        const document = await lockDocument(trx, ownerId, id);
        if (!document || document.deleted_at) throw DocumentNotFound.with();
        if (!finalStates.has(document.state)) throw DocumentBusy.with();
        return startAgain(engine, trx, document);
      });
      engine.wake();
      return announced(ownerId, row);
    },
    /** Deletes what came with the workspace; returns how much that was. */
    async removeSamples(ownerId: string): Promise<{ removed: number }> {
      const samples = await listSamples(db, ownerId);
      for (const { id } of samples) await removeDocument(dependencies, ownerId, id);
      let removed = samples.length;
      for (const remove of dependencies.otherSamples ?? []) removed += await remove(ownerId);
      return { removed };
    },
  };
}

/** A living document of this owner. Throws documents.not_found. */
export async function getRow(db: Database, ownerId: string, id: string): Promise<DocumentRow> {
  const row = await findDocument(db, ownerId, id);
  if (!row) throw DocumentNotFound.with();
  return row;
}

async function removeDocument(
  { db, engine, userFeed, clock }: DocumentServiceDependencies,
  ownerId: string,
  id: string,
): Promise<{ undo_until: string }> {
  const deletedAt = clock();
  const document = await db.transaction().execute(async (trx) => {
    const row = await lockDocument(trx, ownerId, id);
    if (!row || row.deleted_at) throw DocumentNotFound.with();
    await markDeleted(trx, ownerId, id, deletedAt);
    const input: PurgeInput = { document_id: id, deleted_at: deletedAt.toISOString() };
    await engine.start(trx, { name: purgeWorkflowName, workflowId: uuidv7(), input });
    return row;
  });
  engine.wake();
  if (!finalStates.has(document.state)) await engine.cancel(document.ingest_id);
  userFeed.changed(ownerId, 'document', id);
  return { undo_until: new Date(deletedAt.getTime() + undoWindowMs).toISOString() };
}

async function restoreDocument(
  { db, engine, clock }: DocumentServiceDependencies,
  ownerId: string,
  id: string,
): Promise<DocumentRow> {
  const row = await db.transaction().execute(async (trx) => {
    const document = await lockDocument(trx, ownerId, id);
    if (!document) throw DocumentNotFound.with();
    if (!document.deleted_at) return document;
    if (clock().getTime() - document.deleted_at.getTime() > undoWindowMs) throw DocumentUndoExpired.with();
    // Deletion ended the run that was reading the document: it begins anew.
    return finalStates.has(document.state)
      ? clearDeletion(trx, ownerId, id)
      : startAgain(engine, trx, document);
  });
  engine.wake();
  return row;
}

async function startAgain(
  engine: WorkflowEngine,
  trx: DatabaseTransaction,
  document: DocumentRow,
): Promise<DocumentRow> {
  const ingestId = uuidv7();
  const row = await resetForIngestion(trx, document.owner_id, document.id, ingestId);
  const input: IngestInput = { document_id: document.id, ingest_id: ingestId };
  await engine.start(trx, { name: ingestWorkflowName, workflowId: ingestId, input });
  return row;
}
