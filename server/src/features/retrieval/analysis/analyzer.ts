/// <reference path="./snowball-stemmers.d.ts" />
import { createRequire } from 'node:module';
import type { newStemmer } from 'snowball-stemmers';
import type { Language } from './language.ts';
import { stripAccents, type Token, tokenize } from './tokenizer.ts';

/** A word of a text together with the key under which it is indexed. */
export interface Term extends Token {
  key: string;
}

/** Most text repeats its words: a stem is computed once while the word is in use. */
const maxCachedStems = 50_000;

const stemmers = {
  en: cachedStemmer('english', ''),
  // Each language has its own key space: a German stem must not match an English one by accident.
  de: cachedStemmer('german', 'de:'),
  none: (word: string): string => `x:${stripAccents(word)}`,
};

/** The index key of a folded word in a language. */
export function termKey(word: string, language: Language): string {
  return stemmers[language](word);
}

/** Words of a text with their index keys; the same for documents and for questions. Linear in the text (S38). */
export function analyze(text: string, language: Language): Term[] {
  return keyed(tokenize(text), language);
}

/** Adds index keys to words that were split already. */
export function keyed(tokens: readonly Token[], language: Language): Term[] {
  const key = stemmers[language];
  return tokens.map((token) => ({ ...token, key: key(token.word) }));
}

type Stemmer = ReturnType<typeof newStemmer>;

/** Loaded with the first word: the tables of all languages are large, and most starts ask for none. */
function loadStemmer(algorithm: string): Stemmer {
  const stemmers = createRequire(import.meta.url)('snowball-stemmers') as { newStemmer: typeof newStemmer };
  return stemmers.newStemmer(algorithm);
}

function cachedStemmer(algorithm: string, prefix: string): (word: string) => string {
  let stemmer: Stemmer | undefined;
  const cache = new Map<string, string>();
  return (word) => {
    const known = cache.get(word);
    if (known !== undefined) return known;
    stemmer ??= loadStemmer(algorithm);
    const key = prefix + stripAccents(stemmer.stem(word));
    if (cache.size >= maxCachedStems) cache.clear();
    cache.set(word, key);
    return key;
  };
}
