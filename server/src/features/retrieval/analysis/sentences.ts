export interface TextSpan {
  start: number;
  end: number;
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'sentence' });

/** Text is cut in windows of this many code units, so that the cost is linear for any text (S38). */
const windowUnits = 8_192;
const paragraphBreak = /\n[^\S\n]*\n/g;
/** What a sentence cannot end with, though a full stop stands there. */
const abbreviation =
  /(?:^|[\s(])(?:\p{Lu}|[Dd]r|[Pp]rof|[Mm]rs?|[Mm]s|[Ss]t|[Nn]o|[Nn]r|vs|etc|approx|ca|bzw|usw|z\.\s?B|d\.\s?h|e\.\s?g|i\.\s?e|[Ff]ig|[Ee]q|[Vv]ol|pp?|[Aa]l|[Ii]nc|[Ll]td|[Cc]o)\.\s*$/u;

/** The sentences of a text, trimmed, in order. A blank line always ends one. Linear in the text. */
export function splitSentences(text: string): TextSpan[] {
  const sentences: TextSpan[] = [];
  let start = 0;
  for (const match of text.matchAll(paragraphBreak)) {
    splitParagraph(text, start, match.index, sentences);
    start = match.index + match[0].length;
  }
  splitParagraph(text, start, text.length, sentences);
  return sentences;
}

function splitParagraph(text: string, from: number, to: number, sentences: TextSpan[]): void {
  let open = from;
  for (let at = from; at < to; at += windowUnits) {
    const window = text.slice(at, Math.min(to, at + windowUnits));
    for (const { index, segment } of segmenter.segment(window)) {
      const end = at + index + segment.length;
      // Only the last words before the mark matter.
      if (end < to && abbreviation.test(text.slice(Math.max(open, end - 12), end))) continue;
      pushTrimmed(text, open, end, sentences);
      open = end;
    }
  }
  pushTrimmed(text, open, to, sentences);
}

function pushTrimmed(text: string, from: number, to: number, sentences: TextSpan[]): void {
  const raw = text.slice(from, to);
  const start = from + raw.length - raw.trimStart().length;
  const end = from + raw.trimEnd().length;
  if (end > start) sentences.push({ start, end });
}
