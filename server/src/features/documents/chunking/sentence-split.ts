const segmenter = new Intl.Segmenter(undefined, { granularity: 'sentence' });

/** Sentences are looked for in windows of this many code units, so that the cost is linear for any text. */
const windowUnits = 8_192;

export interface TextRange {
  start: number;
  end: number;
}

/**
 * Cuts `text` into consecutive ranges at sentence ends, each at most `maxUnits` long; a sentence that is longer is
 * cut at a space, and a word that is longer at the limit, never inside a surrogate pair. The ranges cover the text.
 */
export function splitSentences(text: string, maxUnits: number): TextRange[] {
  const ranges: TextRange[] = [];
  let position = 0;
  while (position < text.length) {
    const windowEnd = safeCut(text, Math.min(text.length, position + windowUnits));
    const ends = sentenceEnds(text.slice(position, windowEnd));
    // The last sentence of a window may go on behind it: it is left to the next window.
    if (windowEnd < text.length && ends.length > 1) ends.pop();
    let start = position;
    for (const end of ends) {
      pushBounded(ranges, text, { start, end: position + end }, maxUnits);
      start = position + end;
    }
    position = start;
  }
  return ranges;
}

/** Cuts `text` after each line feed; ranges cover the text and obey `maxUnits` as in {@link splitSentences}. */
export function splitLines(text: string, maxUnits: number): TextRange[] {
  const ranges: TextRange[] = [];
  let start = 0;
  while (start < text.length) {
    const feed = text.indexOf('\n', start);
    const end = feed === -1 ? text.length : feed + 1;
    if (end - start <= maxUnits) ranges.push({ start, end });
    else
      for (const part of splitSentences(text.slice(start, end), maxUnits))
        ranges.push({ start: start + part.start, end: start + part.end });
    start = end;
  }
  return ranges;
}

function sentenceEnds(text: string): number[] {
  const ends: number[] = [];
  for (const segment of segmenter.segment(text)) ends.push(segment.index + segment.segment.length);
  return ends;
}

function pushBounded(ranges: TextRange[], text: string, range: TextRange, maxUnits: number): void {
  let { start } = range;
  while (range.end - start > maxUnits) {
    const limit = safeCut(text, start + maxUnits);
    const space = lastSpace(text, start + Math.floor(maxUnits / 2), limit);
    const end = space === -1 ? limit : space + 1;
    ranges.push({ start, end });
    start = end;
  }
  if (range.end > start) ranges.push({ start, end: range.end });
}

function lastSpace(text: string, from: number, to: number): number {
  for (let index = to - 1; index >= from; index--) {
    const unit = text.charCodeAt(index);
    if (unit === 32 || unit === 10 || unit === 9) return index;
  }
  return -1;
}

/** The nearest position at or before `position` that does not split a surrogate pair. */
export function safeCut(text: string, position: number): number {
  if (position <= 0 || position >= text.length) return Math.min(Math.max(position, 0), text.length);
  const low = text.charCodeAt(position);
  const high = text.charCodeAt(position - 1);
  return low >= 0xdc00 && low <= 0xdfff && high >= 0xd800 && high <= 0xdbff ? position - 1 : position;
}
