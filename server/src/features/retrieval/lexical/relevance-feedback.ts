import { analyze } from '../analysis/analyzer.ts';
import { isStopWord, type Language } from '../analysis/language.ts';

/**
 * Pseudo-relevance feedback in the manner of RM3 (Lavrenko and Croft 2001; Abdul-Jaleel 2004): words that the best
 * passages share are added to the question with a part of its weight. Tuned on Cranfield.
 */
export const feedback = {
  passages: 5,
  terms: 20,
  /** The share of the weight that stays with the question's own words. */
  questionShare: 0.6,
  /** Words in more than this share of all chunks tell nothing. */
  maxFrequencyShare: 0.2,
  /** In a smaller corpus the best passages are a sample of nothing. */
  minChunks: 100,
};

/** Only so many candidates are looked up. */
const maxCandidates = 40;
const minWordUnits = 3;

export interface FeedbackPassage {
  text: string;
  language: Language;
  score: number;
}

export interface ExpansionCandidate {
  key: string;
  word: string;
  /** Probability of the term in the feedback passages, weighted by their scores. */
  weight: number;
}

/** The words that characterise the passages, likeliest first. */
export function expansionCandidates(passages: readonly FeedbackPassage[]): ExpansionCandidate[] {
  const total = passages.reduce((sum, passage) => sum + passage.score, 0);
  const candidates = new Map<string, ExpansionCandidate>();
  for (const { text, language, score } of passages) {
    const terms = analyze(text, language);
    const share = score / total / Math.max(1, terms.length);
    for (const { key, word } of terms) {
      if (word.length < minWordUnits || isStopWord(word, language)) continue;
      const known = candidates.get(key);
      if (known) known.weight += share;
      else candidates.set(key, { key, word, weight: share });
    }
  }
  return [...candidates.values()].sort((a, b) => b.weight - a.weight).slice(0, maxCandidates);
}

/** Weights of the expanded question: they sum to `scale`, so that scores stay comparable with unexpanded ones. */
export function expandedWeights(
  question: ReadonlyMap<string, number>,
  expansion: readonly ExpansionCandidate[],
): Map<string, number> {
  const questionTotal = [...question.values()].reduce((sum, weight) => sum + weight, 0);
  const expansionTotal = expansion.reduce((sum, candidate) => sum + candidate.weight, 0);
  const weights = new Map(question);
  const { questionShare } = feedback;
  const factor = ((1 - questionShare) / questionShare) * (questionTotal / expansionTotal);
  for (const { key, weight } of expansion) weights.set(key, (weights.get(key) ?? 0) + weight * factor);
  return weights;
}
