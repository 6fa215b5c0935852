import type { BlockKind } from '../extraction.types.ts';
import type { TextSegment } from './pdf-lines.ts';

export interface PdfBlock {
  kind: BlockKind;
  text: string;
  level?: number;
}

interface OpenParagraph {
  lines: string[];
  size: number;
  last: TextSegment;
  /** The right edge of the widest line. */
  right: number;
  /** Lines that were put together from several cells. */
  rows: number;
}

/** How much larger than the body text a heading of each level is at least. */
const headingRatios = [1.45, 1.25, 1.1];
const cellGap = '  ';
const maxHeadingUnits = 200;
/** Line pitch, in font sizes, above which a new paragraph begins. */
const paragraphPitch = 1.75;
const bullet = /^(?:[•▪◦‣●○■–—*-]|\d{1,3}[.)]|\(?[a-z]\))\s/u;

/** Joins ordered segments to paragraphs, headings (by size against `bodySize`) and table rows (several on one line). */
export function buildParagraphs(segments: TextSegment[], bodySize: number): PdfBlock[] {
  const blocks: PdfBlock[] = [];
  let open: OpenParagraph | undefined;
  const close = (): void => {
    if (open) blocks.push(toBlock(open, bodySize));
    open = undefined;
  };
  for (const segment of segments) {
    if (open && sharesLine(open.last, segment)) {
      const line = open.lines.pop() ?? '';
      if (!line.includes(cellGap)) open.rows++;
      open.lines.push(`${line}${cellGap}${segment.text.trim()}`);
      open.last = segment;
    } else if (open && continues(open, segment)) {
      open.lines.push(segment.text.trim());
      open.last = segment;
      open.right = Math.max(open.right, segment.right);
    } else {
      close();
      open = {
        lines: [segment.text.trim()],
        size: segment.size,
        last: segment,
        right: segment.right,
        rows: 0,
      };
    }
  }
  close();
  return blocks;
}

function sharesLine(last: TextSegment, next: TextSegment): boolean {
  return Math.abs(last.y - next.y) < Math.max(last.size * 0.45, 1) && next.left >= last.right;
}

function continues(open: OpenParagraph, segment: TextSegment): boolean {
  const pitch = open.last.y - segment.y;
  const sameSize = Math.abs(open.size - segment.size) < Math.max(open.size, segment.size) * 0.08;
  if (!sameSize || pitch <= 0 || pitch > open.size * paragraphPitch) return false;
  return !endsShort(open) && !bullet.test(segment.text.trimStart());
}

/** A line that ends a sentence well before the right edge ends the paragraph, also where no space follows it. */
function endsShort(open: OpenParagraph): boolean {
  const width = open.right - open.last.left;
  return (
    open.lines.length > 1 &&
    open.right - open.last.right > width * 0.12 &&
    /[.!?:”"]$/u.test(open.lines.at(-1) ?? '')
  );
}

function toBlock(open: OpenParagraph, bodySize: number): PdfBlock {
  // Cells beside each other, line after line: a table, whose rows stay apart.
  if (open.lines.length > 1 && open.rows > open.lines.length / 2)
    return { kind: 'table', text: open.lines.join('\n') };
  const text = joinLines(open.lines);
  const level = headingRatios.findIndex((ratio) => open.size >= bodySize * ratio) + 1;
  const isHeading = level > 0 && text.length <= maxHeadingUnits && /\p{L}/u.test(text);
  if (isHeading) return { kind: 'heading', text, level };
  return { kind: bullet.test(text) ? 'list' : 'paragraph', text };
}

/** Joins the lines of a paragraph by spaces; a word that was hyphenated at a line end becomes whole again. */
function joinLines(lines: string[]): string {
  let text = '';
  for (const line of lines) {
    if (text === '') text = line;
    else if (/\p{Ll}-$/u.test(text.slice(-3)) && /^\p{Ll}/u.test(line)) text = text.slice(0, -1) + line;
    else if (text.endsWith('\u00ad')) text = text.slice(0, -1) + line;
    else text += ` ${line}`;
  }
  return text;
}

/** The font size that most characters seen so far have. */
export class BodySizeEstimate {
  readonly #units = new Map<number, number>();

  add(segments: TextSegment[]): void {
    for (const { size, text } of segments) {
      const rounded = Math.round(size * 2) / 2;
      this.#units.set(rounded, (this.#units.get(rounded) ?? 0) + text.length);
    }
  }

  get size(): number {
    let best = 10;
    let most = 0;
    for (const [size, units] of this.#units) {
      if (units > most) {
        best = size;
        most = units;
      }
    }
    return best;
  }
}
