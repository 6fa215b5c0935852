import type { Corpus } from '../corpus.ts';
import { forEachEntry } from './posting-codec.ts';

/** Saturation of term frequency and strength of length normalisation (Robertson and Zaragoza 2009); tuned on Cranfield. */
export const bm25 = { k1: 1.6, b: 0.75 };

export interface PostingBlock {
  block: number;
  entries: Buffer;
}

/** A term's occurrences, with the number of living chunks that have it. */
export interface TermPostings {
  key: string;
  blocks: PostingBlock[];
  documentFrequency: number;
}

/** Counts the living chunks among a term's postings. */
export function withDocumentFrequency(key: string, blocks: PostingBlock[], corpus: Corpus): TermPostings {
  let documentFrequency = 0;
  for (const { block, entries } of blocks)
    forEachEntry(entries, block, (number) => {
      if ((corpus.lengths[number] ?? 0) > 0) documentFrequency++;
    });
  return { key, blocks, documentFrequency };
}

/** Inverse document frequency, never negative. */
export function inverseFrequency(corpus: Corpus, documentFrequency: number): number {
  return Math.log(1 + (corpus.chunkCount - documentFrequency + 0.5) / (documentFrequency + 0.5));
}

/** What one occurrence count of a term adds to a chunk's score, before the query's weight. */
export function termScore(corpus: Corpus, inverse: number, frequency: number, length: number): number {
  const { k1, b } = bm25;
  const norm = k1 * (1 - b + (b * length) / corpus.averageLength);
  return (inverse * frequency * (k1 + 1)) / (frequency + norm);
}

/** BM25 score by chunk number of every living chunk in scope that has one of the terms; 0 elsewhere. */
export function scoreChunks(
  corpus: Corpus,
  terms: readonly TermPostings[],
  weights: ReadonlyMap<string, number>,
): Float64Array {
  const scores = new Float64Array(corpus.lengths.length);
  for (const term of terms) {
    const inverse = inverseFrequency(corpus, term.documentFrequency) * (weights.get(term.key) ?? 0);
    if (inverse === 0) continue;
    for (const { block, entries } of term.blocks)
      forEachEntry(entries, block, (number, frequency) => {
        const length = corpus.lengths[number] ?? 0;
        if (length > 0 && corpus.inScope[number] === 1)
          scores[number] = (scores[number] ?? 0) + termScore(corpus, inverse, frequency, length);
      });
  }
  return scores;
}

export interface ScoredChunk {
  number: number;
  score: number;
}

/** The best `limit` chunks with a score above 0, best first; equal scores in order of number. */
export function selectTop(scores: Float64Array, limit: number): ScoredChunk[] {
  const heap: ScoredChunk[] = [];
  for (let number = 0; number < scores.length; number++) {
    const score = scores[number] ?? 0;
    if (score <= 0 || (heap.length === limit && score <= (heap[0]?.score ?? 0))) continue;
    if (heap.length < limit) siftUp(heap, { number, score });
    else siftDown(heap, { number, score });
  }
  return heap.sort((a, b) => b.score - a.score || a.number - b.number);
}

const isWorse = (a: ScoredChunk, b: ScoredChunk): boolean =>
  a.score < b.score || (a.score === b.score && a.number > b.number);

function siftUp(heap: ScoredChunk[], item: ScoredChunk): void {
  let at = heap.push(item) - 1;
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above];
    if (!parent || !isWorse(item, parent)) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = item;
}

function siftDown(heap: ScoredChunk[], item: ScoredChunk): void {
  let at = 0;
  for (;;) {
    let below = 2 * at + 1;
    const left = heap[below];
    const right = heap[below + 1];
    if (!left) break;
    if (right && isWorse(right, left)) below++;
    const child = heap[below];
    if (!child || !isWorse(child, item)) break;
    heap[at] = child;
    at = below;
  }
  heap[at] = item;
}
