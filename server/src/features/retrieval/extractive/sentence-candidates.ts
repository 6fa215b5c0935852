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
  /** Subject words of the heading right above, for the sentences that open its section. */
  openingKeys: Set<string>;
  language: Language;
}

const maxPassages = 12;
const maxSentences = 200;
/** Longer "sentences" are tables or lists without marks: no quotation. */
const maxSentenceUnits = 700;
const minWords = 3;
/** That many sentences below a heading are taken for what the heading announces. */
const openingSentences = 3;
/** Marks of Markdown at the start of a line that are no part of the sentence. */
const lineMark = /^(?:[-*+]|\d{1,3}[.)]|>)\s+/u;
const headingMark = /^#{1,6}\s+/u;
const tableRow = /^\|.*\|/u;

/** The sentences of the best passages. */
export function listSentences(passages: readonly Source[]): SentenceCandidate[] {
  return passages.slice(0, maxPassages).flatMap(sentencesOf).slice(0, maxSentences);
}

function sentencesOf(source: Source, passage: number): SentenceCandidate[] {
  const language = detectLanguage(tokenize(source.text));
  const headingKeys = subjectKeys(source.heading_path.join('\n'), language);
  const headings = new Set(source.heading_path.map((heading) => heading.trim()));
  let openingKeys = new Set<string>();
  let openings = 0;
  return splitSentences(source.text).flatMap((span, position) => {
    const whole = source.text.slice(span.start, span.end);
    const title = whole.replace(headingMark, '');
    if (headings.has(title) || title !== whole) {
      openingKeys = subjectKeys(title, language);
      openings = openingSentences;
      return [];
    }
    const text = whole.replace(lineMark, '');
    if (text.length > maxSentenceUnits || tableRow.test(text) || tokenize(text).length < minWords) return [];
    const opens = openings-- > 0;
    const keys = subjectKeys(text, language);
    const place = { start: span.end - text.length, end: span.end, passage, position };
    return [
      { ...place, text, keys, headingKeys, openingKeys: opens ? openingKeys : new Set<string>(), language },
    ];
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
