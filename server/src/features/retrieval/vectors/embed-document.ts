import type { Database } from '../../../platform/database/database.ts';
import { type Embedder, toUnitLength } from './embedder.ts';
import { findEmbeddingProgress, listChunksToEmbed, storeVectors } from './vector-queries.ts';

/** Texts per call of the model: a good size for small servers, and progress stays visible. */
const batchSize = 32;

export interface EmbedRequest {
  documentId: string;
  signal: AbortSignal;
  /** After each batch. */
  onProgress?: (progress: { done: number; total: number }) => Promise<void> | void;
}

/**
 * Gives each chunk of a document a vector of the assigned model; goes on where an earlier run stopped. Returns
 * `no_model` when none is assigned. Throws the gateway's errors.
 */
export async function embedDocument(
  options: { db: Database; embedder: Embedder },
  request: EmbedRequest,
): Promise<{ state: 'done' | 'no_model'; embedded: number }> {
  const { db, embedder } = options;
  const model = await embedder.currentModel();
  if (model === undefined) return { state: 'no_model', embedded: 0 };
  const progress = await findEmbeddingProgress(db, request.documentId, model);
  let embedded = 0;
  for (;;) {
    request.signal.throwIfAborted();
    const chunks = progress ? await listChunksToEmbed(db, request.documentId, model, batchSize) : [];
    if (!progress || chunks.length === 0) return { state: 'done', embedded };
    const texts = chunks.map((chunk) => [...chunk.heading_path, chunk.text].join('\n'));
    const vectors = await embedder.embed({ model, texts, signal: request.signal });
    const items = chunks.map((chunk, index) => ({
      number: chunk.number,
      vector: checkVector(vectors[index]),
    }));
    await storeVectors(db, { ownerId: progress.ownerId, documentId: request.documentId, model }, items);
    embedded += items.length;
    await request.onProgress?.({ done: progress.done + embedded, total: progress.total });
  }
}

function checkVector(vector: Float32Array | undefined): Float32Array {
  const unit = vector && toUnitLength(vector);
  if (!unit) throw new Error('The embedding model answered without a usable vector.');
  return unit;
}
