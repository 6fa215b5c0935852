import type { VectorHit, VectorResult } from './vector-index.ts';

export interface VectorSegment {
  numbers: Int32Array;
  vectors: Float32Array;
}

/** Exact nearest vectors by cosine (unit length is given) among allowed chunk numbers. */
export function scanVectors(
  segments: readonly VectorSegment[],
  query: Float32Array,
  allowed: Uint8Array,
  limit: number,
): VectorResult {
  const best: VectorHit[] = [];
  let considered = 0;
  for (const { numbers, vectors } of segments)
    for (let row = 0; row < numbers.length; row++) {
      const number = numbers[row] ?? 0;
      if (allowed[number] !== 1) continue;
      considered++;
      keepBest(best, { number, similarity: dot(vectors, row * query.length, query) }, limit);
    }
  return { hits: best, considered };
}

/** Four sums at once keep the processor's pipeline full. */
function dot(vectors: Float32Array, offset: number, query: Float32Array): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const end = query.length - (query.length % 4);
  for (let index = 0; index < end; index += 4) {
    a += (vectors[offset + index] ?? 0) * (query[index] ?? 0);
    b += (vectors[offset + index + 1] ?? 0) * (query[index + 1] ?? 0);
    c += (vectors[offset + index + 2] ?? 0) * (query[index + 2] ?? 0);
    d += (vectors[offset + index + 3] ?? 0) * (query[index + 3] ?? 0);
  }
  for (let index = end; index < query.length; index++)
    a += (vectors[offset + index] ?? 0) * (query[index] ?? 0);
  return a + b + c + d;
}

/** Inserts in order; the list is short, and most vectors fail the first comparison. */
function keepBest(best: VectorHit[], hit: VectorHit, limit: number): void {
  if (best.length === limit && hit.similarity <= (best.at(-1)?.similarity ?? 0)) return;
  let low = 0;
  let high = best.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((best[middle]?.similarity ?? 0) >= hit.similarity) low = middle + 1;
    else high = middle;
  }
  best.splice(low, 0, hit);
  if (best.length > limit) best.pop();
}
