import { englishStopWords, germanStopWords, otherLanguageWords } from './stop-words.ts';
import type { Token } from './tokenizer.ts';

/** How words are reduced: by English or German rules, or not at all. */
export type Language = 'en' | 'de' | 'none';

/** This many words of a text decide its language. */
const sampleWords = 2_000;

/**
 * Guesses a text's language from its most frequent little words. Text without any (tables, code) counts as English,
 * whose rules do little harm to names and numbers.
 */
export function detectLanguage(tokens: readonly Token[]): Language {
  let english = 0;
  let german = 0;
  let other = 0;
  for (let index = 0; index < Math.min(tokens.length, sampleWords); index++) {
    const word = tokens[index]?.word ?? '';
    if (englishStopWords.has(word)) english++;
    if (germanStopWords.has(word)) german++;
    if (otherLanguageWords.has(word)) other++;
  }
  if (english >= german && english >= other) return 'en';
  return german >= other ? 'de' : 'none';
}

/** True for a word that says nothing about the subject, in the given language. */
export function isStopWord(word: string, language: Language): boolean {
  if (language === 'en') return englishStopWords.has(word);
  return language === 'de' && germanStopWords.has(word);
}
