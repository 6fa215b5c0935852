import { Type } from 'typebox';
import type { Database } from '../../platform/database/database.ts';
import { defineWorkflow, type WorkflowRegistration } from '../../platform/durable/workflow-engine.ts';
import type { FileStore } from '../../platform/files/file-store.ts';
import type { ChunkIndexer } from './chunk-indexer.ts';
import { type PurgeInput, purgeWorkflowName, undoWindowMs } from './documents.workflows.ts';
import { erasePurgeable, holdDeletion } from './ingestion.queries.ts';

/** Longer than the window, so that an undo in its last moment finds the document. */
const graceMs = 2_000;

/** Waits until a deletion can no longer be undone, then erases rows, index and file, unless it was taken back. */
export function purgeWorkflow(options: {
  db: Database;
  files: FileStore;
  indexer: ChunkIndexer;
}): WorkflowRegistration {
  const { db, files, indexer } = options;
  const eraseRows = (documentId: string, deletedAt: Date): Promise<string | null> =>
    db.transaction().execute(async (trx) => {
      if (!(await holdDeletion(trx, documentId, deletedAt))) return null;
      await indexer.removeDocument(trx, documentId);
      return (await erasePurgeable(trx, documentId, deletedAt)) ?? null;
    });
  return defineWorkflow<PurgeInput>({
    name: purgeWorkflowName,
    input: Type.Object(
      { document_id: Type.String(), deleted_at: Type.String() },
      { additionalProperties: false },
    ),
    dispatch: 'immediate',
    async run(context, input) {
      await context.sleep(undoWindowMs + graceMs);
      const erase = () => eraseRows(input.document_id, new Date(input.deleted_at));
      const fileKey = await context.step('erase-rows', erase, { maxAttempts: 5 });
      if (fileKey === null) return { purged: false };
      // Rows first: a file without a row is swept up later, a row without its file would be a loss to be seen.
      await context.step('remove-file', () => files.remove(fileKey), { maxAttempts: 5 });
      return { purged: true };
    },
  });
}
