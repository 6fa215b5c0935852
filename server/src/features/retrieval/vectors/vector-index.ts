import type { Corpus } from '../corpus.ts';

export interface VectorHit {
  number: number;
  /** Cosine, −1 to 1. */
  similarity: number;
}

export interface VectorResult {
  /** Best first. */
  hits: VectorHit[];
  /** Chunks in scope that have a vector of this model. */
  considered: number;
}

/** Nearest chunks of one owner and model. Both implementations pass the same tests. */
export interface VectorIndex {
  search(request: {
    corpus: Corpus;
    model: string;
    /** Unit length. */
    vector: Float32Array;
    limit: number;
  }): Promise<VectorResult>;
  close(): Promise<void>;
}
