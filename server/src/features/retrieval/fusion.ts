/** Reciprocal rank fusion (Cormack, Clarke and Büttcher 2009): the constant of the paper. */
const k = 60;

export interface FusedChunk {
  number: number;
  fusedScore: number;
  /** From 1. */
  lexicalRank: number | null;
  lexicalScore: number | null;
  vectorRank: number | null;
  vectorSimilarity: number | null;
}

/** Joins two rankings by rank alone; best first, equal scores in order of number. */
export function fuse(
  lexical: readonly { number: number; score: number }[],
  vector: readonly { number: number; similarity: number }[],
): FusedChunk[] {
  const fused = new Map<number, FusedChunk>();
  const entry = (number: number): FusedChunk => {
    const known = fused.get(number);
    if (known) return known;
    const made = {
      number,
      fusedScore: 0,
      lexicalRank: null,
      lexicalScore: null,
      vectorRank: null,
      vectorSimilarity: null,
    };
    fused.set(number, made);
    return made;
  };
  lexical.forEach(({ number, score }, index) => {
    const chunk = entry(number);
    chunk.lexicalRank = index + 1;
    chunk.lexicalScore = score;
    chunk.fusedScore += 1 / (k + index + 1);
  });
  vector.forEach(({ number, similarity }, index) => {
    const chunk = entry(number);
    chunk.vectorRank = index + 1;
    chunk.vectorSimilarity = similarity;
    chunk.fusedScore += 1 / (k + index + 1);
  });
  return [...fused.values()].sort((a, b) => b.fusedScore - a.fusedScore || a.number - b.number);
}
