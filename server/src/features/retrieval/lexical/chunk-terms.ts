import { termKey } from '../analysis/analyzer.ts';
import type { Language } from '../analysis/language.ts';
import { type Token, tokenize } from '../analysis/tokenizer.ts';
import { maxFrequency } from './posting-codec.ts';

/** A word in the nearest heading counts as often as this many in the text; one in an outer heading once (BM25F). */
const nearestHeadingWeight = 3;

export interface ChunkTerms {
  frequencies: Map<string, number>;
  /** Weighted number of words. */
  length: number;
}

export interface ChunkTokens {
  body: Token[];
  /** From the outermost to the nearest. */
  headings: Token[][];
}

/** Splits a chunk and its headings into words, once for language detection and indexing. */
export function tokenizeChunk(chunk: { text: string; headingPath: readonly string[] }): ChunkTokens {
  return { body: tokenize(chunk.text), headings: chunk.headingPath.map(tokenize) };
}

/** Weighted term frequencies of a chunk: text and headings in one. */
export function countTerms(tokens: ChunkTokens, language: Language): ChunkTerms {
  const frequencies = new Map<string, number>();
  let length = 0;
  const add = (words: readonly Token[], weight: number): void => {
    length += words.length * weight;
    for (const { word } of words) {
      const key = termKey(word, language);
      frequencies.set(key, Math.min(maxFrequency, (frequencies.get(key) ?? 0) + weight));
    }
  };
  add(tokens.body, 1);
  tokens.headings.forEach((heading, depth) => {
    add(heading, depth === tokens.headings.length - 1 ? nearestHeadingWeight : 1);
  });
  return { frequencies, length };
}
