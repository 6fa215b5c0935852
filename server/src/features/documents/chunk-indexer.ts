import type { Queryable } from '../../platform/database/database.ts';

/**
 * What ingestion needs from search. Documents cannot know retrieval (retrieval knows documents), so retrieval gives
 * this to documents when the program is put together. All three may be repeated: steps run at least once.
 */
export interface ChunkIndexer {
  /** Makes the stored chunks of a document searchable; replaces what was indexed of it before. */
  indexChunks(trx: Queryable, documentId: string): Promise<void>;
  /**
   * Computes and stores vectors where an embedding model is assigned; does nothing where none is. Goes on where an
   * earlier try stopped. Throws declared model errors, and the signal's reason when it aborts.
   */
  embedChunks(
    documentId: string,
    signal: AbortSignal,
    onProgress: (progress: { done: number; total: number }) => Promise<void> | void,
  ): Promise<unknown>;
  /** Forgets everything indexed of a document. */
  removeDocument(trx: Queryable, documentId: string): Promise<void>;
}
