import { createRequire } from 'node:module';
import type { parse } from 'chrono-node';

/** What kind of answer a question asks for. */
export type QuestionKind = 'summary' | 'when' | 'who' | 'how_many' | 'where' | 'why' | 'what';

const summaryRequest =
  /\b(?:summari[sz]e|summary|overview|key points|main points|tl;?dr|gist|zusammenfass\w*|überblick|what (?:is|are) (?:this|these|the) (?:documents?|files?|texts?|pdf) about|worum geht)/iu;

const cues: [QuestionKind, RegExp][] = [
  [
    'how_many',
    /\b(?:how (?:many|much|long|far|old|tall|big|large|often)|wie ?viele?|wie (?:lange|oft|hoch|groß|alt))\b/iu,
  ],
  [
    'when',
    /\b(?:when|what (?:date|day|year|time)|which (?:date|day|year)|since when|deadline|wann|seit wann|bis wann)\b/iu,
  ],
  ['who', /\b(?:who|whom|whose|wer|wem|wen|wessen)\b/iu],
  ['where', /\b(?:where|wo|wohin|woher)\b/iu],
  ['why', /\b(?:why|warum|weshalb|wieso)\b/iu],
];

/** Reads the kind of a question from its cue words. */
export function questionKind(question: string): QuestionKind {
  const beginning = question.slice(0, 500);
  if (summaryRequest.test(beginning)) return 'summary';
  return cues.find(([, cue]) => cue.test(beginning))?.[0] ?? 'what';
}

const number =
  /\p{N}|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|hundred|thousand|million|eins|zwei|drei|vier|fünf|zehn|hundert|tausend)\b/iu;
const nameInside = /[^\s.!?:]\s+\p{Lu}\p{Ll}+/u;
const placeCue = /\b(?:in|at|near|from|to|bei|aus|nach)\s+(?:the\s+|der\s+)?\p{Lu}/u;
const reason =
  /\b(?:because|since|due to|therefore|so that|in order to|caused? by|reason|weil|da|wegen|aufgrund|deshalb|damit)\b/iu;
const maxDateUnits = 1_000;

/** Whether a sentence holds what the kind of question asks for: a date, a number, a name, a place, a reason. */
export function answersKind(kind: QuestionKind, sentence: string): boolean {
  switch (kind) {
    case 'when':
      return number.test(sentence) && namesDate(sentence);
    case 'how_many':
      return number.test(sentence);
    case 'who':
      return nameInside.test(sentence);
    case 'where':
      return placeCue.test(sentence);
    case 'why':
      return reason.test(sentence);
    default:
      return false;
  }
}

/** Words that ask for an answer and name no subject. */
export const requestWords: ReadonlySet<string> = new Set(
  `summarise summarize summary overview key main points gist explain describe tell show give list find answer question
  document documents file files text texts pdf mention mentioned mentions say says said according know information
  many much long often when date zusammenfassen zusammenfassung überblick erkläre erklären beschreibe beschreiben zeige
  nenne finde dokument dokumente datei dateien wieviel wieviele viele`.split(/\s+/),
);

let parseDates: typeof parse | undefined;

/** The date parser is loaded with the first question for a date: its grammars of many languages take memory. */
function namesDate(sentence: string): boolean {
  parseDates ??= (createRequire(import.meta.url)('chrono-node') as { parse: typeof parse }).parse;
  return parseDates(sentence.slice(0, maxDateUnits)).length > 0;
}
