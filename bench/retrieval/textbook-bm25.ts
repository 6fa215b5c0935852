import { analyze } from '../../server/src/features/retrieval/analysis/analyzer.ts';
import { isStopWord } from '../../server/src/features/retrieval/analysis/language.ts';

const k1 = 1.2;
const b = 0.75;

/** Textbook BM25 over texts in memory, English stemming, no fields, no feedback: the baseline of P10. */
export function createTextbookBm25(
  texts: readonly { id: number; text: string }[],
): (query: string, limit: number) => number[] {
  const postings = new Map<string, Map<number, number>>();
  const lengths = new Map<number, number>();
  for (const { id, text } of texts) {
    const terms = analyze(text, 'en');
    lengths.set(id, terms.length);
    for (const { key } of terms) {
      const known = postings.get(key) ?? new Map<number, number>();
      postings.set(key, known.set(id, (known.get(id) ?? 0) + 1));
    }
  }
  const average = [...lengths.values()].reduce((sum, length) => sum + length, 0) / texts.length;
  return (query, limit) => {
    const scores = new Map<number, number>();
    for (const { key, word } of analyze(query, 'en')) {
      if (isStopWord(word, 'en')) continue;
      const found = postings.get(key) ?? new Map<number, number>();
      const inverse = Math.log(1 + (texts.length - found.size + 0.5) / (found.size + 0.5));
      for (const [id, frequency] of found) {
        const norm = k1 * (1 - b + (b * (lengths.get(id) ?? 0)) / average);
        scores.set(id, (scores.get(id) ?? 0) + (inverse * frequency * (k1 + 1)) / (frequency + norm));
      }
    }
    return [...scores]
      .sort((x, y) => y[1] - x[1] || x[0] - y[0])
      .slice(0, limit)
      .map(([id]) => id);
  };
}
