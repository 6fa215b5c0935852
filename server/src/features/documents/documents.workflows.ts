/** Names of the durable runs of this feature; recorded in the database, so they never change. */
export const ingestWorkflowName = 'documents.ingest';
export const purgeWorkflowName = 'documents.purge';

export interface IngestInput {
  document_id: string;
  ingest_id: string;
}

export interface PurgeInput {
  document_id: string;
  deleted_at: string;
}

/** How long a deletion can be undone. */
export const undoWindowMs = 10_000;
