export interface TextSpan {
  start: number;
  end: number;
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'sentence' });

/** Text is cut in windows of this many code units, so that the cost is linear for any text (S38). */
const windowUnits = 8_192;
/** A blank line, however many there are in a row. */
const blankLines = /\n\s*\n/g;
/** What a sentence cannot end with, though a full stop stands there. */
const abbreviation =
  /(?:^|[\s(])(?:\p{Lu}|[Dd]r|[Pp]rof|[Mm]rs?|[Mm]s|[Ss]t|[Nn]o|[Nn]r|vs|etc|approx|ca|bzw|usw|z\.\s?B|d\.\s?h|e\.\s?g|i\.\s?e|[Ff]ig|[Ee]q|[Vv]ol|pp?|[Aa]l|[Ii]nc|[Ll]td|[Cc]o)\.\s*$/u;

/**
 * The sentences of a text, trimmed, in order. A blank line always ends one. Linear in the text: the segmenter is asked
 * once per window, since each call of it costs as much as a hundred words.
 */
export function splitSentences(text: string): TextSpan[] {
  const sentences: TextSpan[] = [];
  // Of the same length, so that offsets stay: a run of blank lines is one, not thousands of segments.
  const even = text.replace(blankLines, (run) => `\n${' '.repeat(run.length - 2)}\n`);
  let open = 0;
  for (let from = 0; from < text.length; ) {
    const to = windowEnd(even, from);
    for (const { index, segment } of segmenter.segment(even.slice(from, to))) {
      const end = from + index + segment.length;
      const blank = segment.endsWith('\n') && segment.trim() === '';
      // Only the last words before the mark matter.
      if (!blank && end < text.length && abbreviation.test(text.slice(Math.max(open, end - 12), end)))
        continue;
      pushTrimmed(text, open, end, sentences);
      open = end;
    }
    from = to;
  }
  pushTrimmed(text, open, text.length, sentences);
  return sentences;
}

/** Behind the last line in reach, where the segmenter ends a sentence anyway; in the middle of one only where it must. */
function windowEnd(text: string, from: number): number {
  const limit = from + windowUnits;
  if (limit >= text.length) return text.length;
  const line = text.lastIndexOf('\n', limit - 1);
  return line >= from ? line + 1 : limit;
}

function pushTrimmed(text: string, from: number, to: number, sentences: TextSpan[]): void {
  const raw = text.slice(from, to);
  const start = from + raw.length - raw.trimStart().length;
  const end = from + raw.trimEnd().length;
  if (end > start) sentences.push({ start, end });
}
