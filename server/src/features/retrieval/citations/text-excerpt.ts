import { detectLanguage } from '../analysis/language.ts';
import { splitSentences, type TextSpan } from '../analysis/sentences.ts';
import { tokenize } from '../analysis/tokenizer.ts';
import { questionKeys, subjectKeys } from '../extractive/sentence-candidates.ts';

/** Longer texts are searched at their beginning only, so that no page holds up other work (S38). */
const maxTextUnits = 60_000;

/**
 * The run of sentences, at most `maxUnits` long, that says most about a question: rare words of the question count more,
 * each one once. Offsets are in `text`; `undefined` for a text without sentences.
 */
export function bestExcerpt(text: string, question: string, maxUnits: number): TextSpan | undefined {
  const searched = text.slice(0, maxTextUnits);
  const language = detectLanguage(tokenize(searched));
  const wanted = questionKeys(question, language);
  const sentences = splitSentences(searched).map((span) => ({
    ...span,
    keys: wanted.intersection(subjectKeys(searched.slice(span.start, span.end), language)),
  }));
  const weight = weigh(sentences);
  let best: (TextSpan & { score: number }) | undefined;
  for (const [first, { start }] of sentences.entries()) {
    const keys = new Set<string>();
    let end = start;
    for (const sentence of sentences.slice(first)) {
      if (sentence.end - start > maxUnits) break;
      end = sentence.end;
      for (const key of sentence.keys) keys.add(key);
    }
    const score = [...keys].reduce((sum, key) => sum + weight(key), 0);
    if (end > start && score > (best?.score ?? -1)) best = { start, end, score };
  }
  if (best) return { start: best.start, end: best.end };
  const [only] = sentences;
  return only && { start: only.start, end: only.start + maxUnits };
}

function weigh(sentences: readonly { keys: Set<string> }[]): (key: string) => number {
  const frequency = new Map<string, number>();
  for (const { keys } of sentences) for (const key of keys) frequency.set(key, (frequency.get(key) ?? 0) + 1);
  return (key) => Math.log(1 + sentences.length / (frequency.get(key) ?? 1));
}
