import { isStopWord } from './analysis/language.ts';
import { tokenize } from './analysis/tokenizer.ts';
import type { Corpus } from './corpus.ts';
import { questionKind, requestWords } from './extractive/question-kind.ts';

/** True for "summarise this" and the like: an overview is wanted and no subject is named. */
export function asksForOverview(query: string): boolean {
  if (questionKind(query) !== 'summary') return false;
  return tokenize(query.slice(0, 2_000)).every(
    ({ word }) => isStopWord(word, 'en') || isStopWord(word, 'de') || requestWords.has(word),
  );
}

/** The beginnings of the documents in scope, in turn: what an overview is made from. Chunk numbers with scores. */
export function overviewChunks(corpus: Corpus, limit: number): { number: number; score: number }[] {
  const ranges = corpus.ranges.filter((range) => range.inScope && range.firstOrdinal === 0);
  const numbers: number[] = [];
  for (let depth = 0; numbers.length < limit && depth < limit; depth++)
    for (const range of ranges) if (depth < range.count) numbers.push(range.firstNumber + depth);
  return numbers.slice(0, limit).map((number, index) => ({ number, score: 1 / (1 + index) }));
}
