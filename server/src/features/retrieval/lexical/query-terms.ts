import { termKey } from '../analysis/analyzer.ts';
import { isStopWord, type Language } from '../analysis/language.ts';
import { tokenize } from '../analysis/tokenizer.ts';

/** A longer question is cut here: what it is about has been said by then, and the cost stays bounded (S38). */
const maxQueryUnits = 16_384;
const maxDistinctTerms = 400;

/** A word of a question under one language's key. */
export interface QueryTerm {
  key: string;
  /** As the person wrote it, folded. */
  word: string;
  /** How often the question has it. */
  count: number;
}

/**
 * The subject words of a question, for each language of the corpus. Stop words are left out unless there is nothing
 * else. Long questions are bounded.
 */
export function queryTerms(query: string, languages: readonly Language[]): QueryTerm[] {
  const tokens = tokenize(query.slice(0, maxQueryUnits).toWellFormed());
  const terms = new Map<string, QueryTerm>();
  for (const language of languages) {
    const subjects = tokens.filter((token) => !isStopWord(token.word, language));
    for (const { word } of subjects.length > 0 ? subjects : tokens) {
      const key = termKey(word, language);
      const known = terms.get(key);
      if (known) known.count++;
      else if (terms.size < maxDistinctTerms) terms.set(key, { key, word, count: 1 });
    }
  }
  return [...terms.values()];
}
