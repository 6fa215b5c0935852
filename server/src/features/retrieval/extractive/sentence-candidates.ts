import { analyze } from '../analysis/analyzer.ts';
import { detectLanguage, isStopWord, type Language } from '../analysis/language.ts';
import { splitSentences, type TextSpan } from '../analysis/sentences.ts';
import { tokenize } from '../analysis/tokenizer.ts';
import type { Source } from '../citations/answer-citations.ts';
import { requestWords } from './question-kind.ts';

/** A sentence of a passage that may be quoted. */
export interface SentenceCandidate extends TextSpan {
  /** Which passage, from 0. */
  passage: number;
  /** Which sentence of it, from 0. */
  position: number;
  text: string;
  keys: Set<string>;
  /** Subject words of the passage's headings. */
  headingKeys: Set<string>;
  language: Language;
}

const maxPassages = 12;
const maxSentences = 200;
/** Longer "sentences" are tables or lists without marks: no quotation. */
const maxSentenceUnits = 700;
const minWords = 3;

/** The sentences of the best passages. */
export function listSentences(passages: readonly Source[]): SentenceCandidate[] {
  return passages.slice(0, maxPassages).flatMap(sentencesOf).slice(0, maxSentences);
}

function sentencesOf(source: Source, passage: number): SentenceCandidate[] {
  const language = detectLanguage(tokenize(source.text));
  const headingKeys = subjectKeys(source.heading_path.join('\n'), language);
  const headings = new Set(source.heading_path.map((heading) => heading.trim()));
  return splitSentences(source.text).flatMap((span, position) => {
    const text = source.text.slice(span.start, span.end);
    if (text.length > maxSentenceUnits || headings.has(text)) return [];
    if (tokenize(text).length < minWords) return [];
    const keys = subjectKeys(text, language);
    return [{ ...span, passage, position, text, keys, headingKeys, language }];
  });
}

/** The subject words of a text, as index keys. */
export function subjectKeys(text: string, language: Language): Set<string> {
  return new Set(
    analyze(text, language)
      .filter((term) => !isStopWord(term.word, language))
      .map((term) => term.key),
  );
}

/** The subject words of a question: without the words that only ask. */
export function questionKeys(question: string, language: Language): Set<string> {
  const terms = analyze(question.slice(0, 16_384).toWellFormed(), language).filter(
    (term) => !isStopWord(term.word, language),
  );
  const subjects = terms.filter((term) => !requestWords.has(term.word));
  return new Set((subjects.length > 0 ? subjects : terms).map((term) => term.key));
}
