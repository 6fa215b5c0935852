import { sql } from 'kysely';
import type { Database, Queryable } from '../../platform/database/database.ts';
import type { ChunkIndexer } from '../documents/index.ts';
import { addChunks, removeDocument } from './lexical/lexical-index.ts';
import { embedDocument } from './vectors/embed-document.ts';
import type { Embedder } from './vectors/embedder.ts';

/** Chunks read at once: bounds the memory of indexing a large document. */
const readBatch = 256;

interface StoredChunk {
  owner_id: string;
  ordinal: number;
  text: string;
  heading_path: string[];
}

/** What documents' ingestion and erasure need from search. All three may be repeated. */
export function createChunkIndexer(options: { db: Database; embedder: Embedder }): ChunkIndexer {
  return {
    async indexChunks(trx, documentId) {
      await forgetDocument(trx, documentId);
      for (let from = 0; ; from += readBatch) {
        const chunks = await readStoredChunks(trx, documentId, from);
        const ownerId = chunks[0]?.owner_id;
        if (ownerId === undefined) return;
        const indexed = chunks.map(({ ordinal, text, heading_path }) => ({
          ordinal,
          text,
          headingPath: heading_path,
        }));
        await addChunks(trx, { ownerId, documentId }, indexed);
      }
    },
    embedChunks: (documentId, signal, onProgress) =>
      embedDocument(options, { documentId, signal, onProgress }),
    removeDocument: forgetDocument,
  };
}

async function forgetDocument(trx: Queryable, documentId: string): Promise<void> {
  const { rows } = await sql<{ owner_id: string }>`
    select owner_id from retrieval_ranges where document_id = ${documentId} limit 1`.execute(trx);
  const ownerId = rows[0]?.owner_id;
  if (ownerId !== undefined) await removeDocument(trx, ownerId, documentId);
}

async function readStoredChunks(trx: Queryable, documentId: string, from: number): Promise<StoredChunk[]> {
  const { rows } = await sql<StoredChunk>`
    select owner_id, ordinal, text, heading_path from chunks
    where document_id = ${documentId} and ordinal >= ${from} and ordinal < ${from + readBatch}
    order by ordinal`.execute(trx);
  return rows;
}
