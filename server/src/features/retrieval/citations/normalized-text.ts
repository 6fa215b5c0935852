/** A text as quotes are compared: one space for any white space, plain quotation marks, dashes and ligatures. */
export interface NormalizedText {
  text: string;
  /** Offset in the source of each code unit of `text`; one more at the end. */
  offsets: Int32Array;
}

const plainForms: Record<string, string> = {
  '‘': "'",
  '’': "'",
  '‚': "'",
  '‛': "'",
  '′': "'",
  '“': '"',
  '”': '"',
  '„': '"',
  '‟': '"',
  '″': '"',
  '«': '"',
  '»': '"',
  '‐': '-',
  '‑': '-',
  '‒': '-',
  '–': '-',
  '—': '-',
  '―': '-',
  '−': '-',
  '…': '...',
};
const ignored = /[\u00ad\u200b-\u200d\u2060\ufeff]/;
const whiteSpace = /\s/u;

/** Normalises a text for comparison and remembers where each code unit came from. Linear in the text. */
export function normalizeText(source: string): NormalizedText {
  const parts: string[] = [];
  const offsets: number[] = [];
  let copiedTo = 0;
  let afterSpace = true;
  for (let at = 0; at < source.length; ) {
    const unit = source.charCodeAt(at);
    // Most of a text is plain: it is copied in runs.
    if (unit > 0x20 && unit < 0x7f) {
      offsets.push(at++);
      afterSpace = false;
      continue;
    }
    const character = String.fromCodePoint(source.codePointAt(at) ?? unit);
    const plain = plainForm(character, afterSpace);
    parts.push(source.slice(copiedTo, at), plain);
    for (let index = 0; index < plain.length; index++) offsets.push(at);
    if (plain !== '') afterSpace = plain.endsWith(' ');
    at += character.length;
    copiedTo = at;
  }
  parts.push(source.slice(copiedTo));
  offsets.push(source.length);
  return { text: parts.join(''), offsets: Int32Array.from(offsets) };
}

function plainForm(character: string, afterSpace: boolean): string {
  if (whiteSpace.test(character)) return afterSpace ? '' : ' ';
  if (ignored.test(character)) return '';
  return plainForms[character] ?? character.normalize('NFKC');
}

/** Where `quote` stands in a normalised text, as offsets of the source; the one nearest to `near` if there are several. */
export function findQuote(
  haystack: NormalizedText,
  quote: string,
  near = 0,
): { start: number; end: number } | undefined {
  const needle = normalizeText(quote).text.trim();
  if (needle === '') return undefined;
  let best: { start: number; end: number } | undefined;
  // Non-overlapping steps keep the cost linear for repetitive text.
  for (
    let at = haystack.text.indexOf(needle);
    at !== -1;
    at = haystack.text.indexOf(needle, at + needle.length)
  ) {
    const start = haystack.offsets[at] ?? 0;
    if (best && Math.abs(start - near) >= Math.abs(best.start - near)) break;
    best = { start, end: sourceEnd(haystack, at + needle.length) };
  }
  return best;
}

/** The source offset behind the last matched code unit: what was dropped after it does not belong to the quote. */
function sourceEnd(haystack: NormalizedText, end: number): number {
  const last = haystack.offsets[end - 1] ?? 0;
  for (let at = end; at < haystack.offsets.length; at++) {
    const next = haystack.offsets[at] ?? last;
    if (next > last) return Math.min(next, lastUnitEnd(haystack, end - 1, next));
  }
  return last + 1;
}

function lastUnitEnd(haystack: NormalizedText, index: number, next: number): number {
  const start = haystack.offsets[index] ?? 0;
  const unit = haystack.text.charCodeAt(index);
  const isHalfOfPair = unit >= 0xdc00 && unit <= 0xdfff;
  return Math.min(next, start + (isHalfOfPair ? 2 : 1));
}
