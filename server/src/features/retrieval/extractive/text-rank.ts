const damping = 0.85;
const rounds = 30;

/**
 * TextRank (Mihalcea and Tarau 2004): how central each sentence is among the others, given the words of each. Costs
 * the square of the number of sentences: the caller bounds it.
 */
export function textRank(sentences: readonly ReadonlySet<string>[]): number[] {
  const count = sentences.length;
  const weights = sentences.map((a, i) => sentences.map((b, j) => (i === j ? 0 : similarity(a, b))));
  const totals = weights.map((row) => row.reduce((sum, weight) => sum + weight, 0));
  let ranks = new Array<number>(count).fill(1);
  for (let round = 0; round < rounds; round++)
    ranks = ranks.map((_, i) => {
      let incoming = 0;
      for (let j = 0; j < count; j++) {
        const total = totals[j] ?? 0;
        if (total > 0) incoming += ((weights[j]?.[i] ?? 0) / total) * (ranks[j] ?? 0);
      }
      return 1 - damping + damping * incoming;
    });
  return ranks;
}

function similarity(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size < 2 || b.size < 2) return 0;
  let shared = 0;
  for (const word of a) if (b.has(word)) shared++;
  return shared / (Math.log(a.size) + Math.log(b.size));
}
