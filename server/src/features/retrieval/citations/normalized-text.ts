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
  let text = '';
  const offsets: number[] = [];
  let offset = 0;
  for (const character of source) {
    const plain = plainForm(character, text);
    for (let unit = 0; unit < plain.length; unit++) offsets.push(offset);
    text += plain;
    offset += character.length;
  }
  offsets.push(source.length);
  return { text, offsets: Int32Array.from(offsets) };
}

function plainForm(character: string, before: string): string {
  if (whiteSpace.test(character)) return before === '' || before.endsWith(' ') ? '' : ' ';
  if (character.charCodeAt(0) < 0x80) return character;
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
