import { ProblemError } from '../../../platform/errors.ts';
import type { Logger } from '../../../platform/telemetry/logger.ts';
import type { Corpus } from '../corpus.ts';
import type { RetrievalState } from '../retrieval.schemas.ts';
import { type Embedder, toUnitLength } from './embedder.ts';
import type { VectorHit, VectorIndex } from './vector-index.ts';

/** A question is about what its beginning says; models take no more anyway. */
const maxEmbeddedUnits = 4_000;

export interface VectorSearchResult {
  hits: VectorHit[];
  state: Omit<RetrievalState, 'lexical'>;
}

/**
 * Nearest passages by meaning. Never fails a search: without a model, or while the model does not answer within
 * `timeoutMs`, the result says so and is empty. Throws only when the caller's signal aborts.
 */
export async function searchVectors(
  parts: { embedder: Embedder; index: VectorIndex; log: Logger; timeoutMs: number },
  request: { corpus: Corpus; query: string; limit: number; signal: AbortSignal },
): Promise<VectorSearchResult> {
  const { corpus, signal } = request;
  try {
    const model = await parts.embedder.currentModel();
    if (model === undefined) return without('no_model', 'No embedding model is assigned.');
    if (!corpus.ranges.some((range) => range.inScope))
      return { hits: [], state: { vectors: 'used', detail: null } };
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(parts.timeoutMs)]);
    const texts = [request.query.slice(0, maxEmbeddedUnits).toWellFormed()];
    const [answer] = await parts.embedder.embed({ model, texts, signal: bounded });
    const vector = answer && toUnitLength(answer);
    if (!vector) return without('unavailable', 'The embedding model answered without a usable vector.');
    const { hits, considered } = await parts.index.search({ corpus, model, vector, limit: request.limit });
    return { hits, state: { vectors: 'used', detail: coverage(corpus, considered) } };
  } catch (error) {
    signal.throwIfAborted();
    parts.log.warn({ err: error }, 'vector search is not available');
    return without('unavailable', explain(error));
  }
}

function without(vectors: 'no_model' | 'unavailable', detail: string): VectorSearchResult {
  return { hits: [], state: { vectors, detail } };
}

function coverage(corpus: Corpus, considered: number): string | null {
  let inScope = 0;
  for (const range of corpus.ranges) if (range.inScope) inScope += range.count;
  if (considered >= inScope) return null;
  return `${considered} of ${inScope} passages have vectors of this model so far.`;
}

function explain(error: unknown): string {
  if (error instanceof ProblemError) return error.detail;
  if (error instanceof DOMException && error.name === 'TimeoutError')
    return 'The embedding model did not answer in time.';
  return 'The embedding model or the vector index failed; the log has the reason.';
}
