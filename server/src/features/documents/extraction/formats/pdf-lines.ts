/** A run of text at one place of a page; x grows to the right, y upwards, both in points. */
export interface TextFragment {
  text: string;
  x: number;
  y: number;
  width: number;
  size: number;
}

/** Fragments of one line that belong together: a line of a column, or a cell of a table. */
export interface TextSegment {
  text: string;
  left: number;
  right: number;
  y: number;
  size: number;
}

/** A gap of this many font sizes ends a segment: wider than any word space, narrower than a gutter. */
const segmentGap = 1.6;
const wordGap = 0.15;
const minColumnSegments = 4;
/** Prose fills its column; the cells of a table do not. */
const proseUnits = 18;
const proseFill = 0.55;
const maxColumnDepth = 3;

/** Puts the fragments of a page into reading order: lines from top to bottom, prose columns one after the other. */
export function orderFragments(fragments: TextFragment[]): TextSegment[] {
  return orderRegion(buildSegments(fragments), 0);
}

function buildSegments(fragments: TextFragment[]): TextSegment[] {
  const segments: TextSegment[] = [];
  for (const line of groupByBaseline(fragments)) {
    let current: TextSegment | undefined;
    for (const fragment of line.toSorted((one, other) => one.x - other.x)) {
      const gap = current ? fragment.x - current.right : Number.POSITIVE_INFINITY;
      if (current && gap < segmentGap * Math.max(current.size, fragment.size)) extend(current, fragment, gap);
      else {
        current = startSegment(fragment);
        segments.push(current);
      }
    }
  }
  return segments.filter((segment) => segment.text.trim() !== '');
}

function groupByBaseline(fragments: TextFragment[]): TextFragment[][] {
  const lines: TextFragment[][] = [];
  let baseline = Number.POSITIVE_INFINITY;
  for (const fragment of fragments.toSorted((one, other) => other.y - one.y)) {
    const line = lines.at(-1);
    if (line && baseline - fragment.y < Math.max(fragment.size * 0.45, 1)) line.push(fragment);
    else {
      lines.push([fragment]);
      baseline = fragment.y;
    }
  }
  return lines;
}

function startSegment(fragment: TextFragment): TextSegment {
  const { text, x, y, width, size } = fragment;
  return { text, left: x, right: x + width, y, size };
}

function extend(segment: TextSegment, fragment: TextFragment, gap: number): void {
  const spaced = segment.text.endsWith(' ') || fragment.text.startsWith(' ');
  segment.text += !spaced && gap > wordGap * fragment.size ? ` ${fragment.text}` : fragment.text;
  segment.right = Math.max(segment.right, fragment.x + fragment.width);
  segment.size = Math.max(segment.size, fragment.size);
}

function orderRegion(segments: TextSegment[], depth: number): TextSegment[] {
  const gutter = depth < maxColumnDepth ? findGutter(segments) : undefined;
  if (gutter === undefined) return segments.toSorted(byLine);
  const ordered: TextSegment[] = [];
  let band: TextSegment[] = [];
  const flush = (): void => {
    const left = band.filter((segment) => segment.right <= gutter);
    const right = band.filter((segment) => segment.left >= gutter);
    for (const segment of orderRegion(left, depth + 1)) ordered.push(segment);
    for (const segment of orderRegion(right, depth + 1)) ordered.push(segment);
    band = [];
  };
  for (const segment of segments.toSorted(byLine)) {
    if (segment.left < gutter && segment.right > gutter) {
      // A headline across the columns: what stands above it is read before it.
      flush();
      ordered.push(segment);
    } else band.push(segment);
  }
  flush();
  return ordered;
}

function byLine(one: TextSegment, other: TextSegment): number {
  return other.y - one.y || one.left - other.left;
}

/** The x position between two columns of prose, or `undefined` when the text is one column or a table. */
function findGutter(segments: TextSegment[]): number | undefined {
  if (segments.length < minColumnSegments * 2) return undefined;
  const left = Math.min(...segments.map((segment) => segment.left));
  const right = Math.max(...segments.map((segment) => segment.right));
  const narrow = segments.filter((segment) => segment.right - segment.left < (right - left) * 0.6);
  // Columns are most of the page; a few short lines beside full ones are not.
  if (narrow.length < segments.length * 0.6) return undefined;
  for (const candidate of gaps(narrow)) {
    const first = narrow.filter((segment) => segment.right <= candidate);
    const second = narrow.filter((segment) => segment.left >= candidate);
    if (isProseColumn(first) && isProseColumn(second)) return candidate;
  }
  return undefined;
}

/** Middles of the vertical strips that no segment touches, from left to right. */
function gaps(segments: TextSegment[]): number[] {
  const found: number[] = [];
  let covered = Number.NEGATIVE_INFINITY;
  for (const segment of segments.toSorted((one, other) => one.left - other.left)) {
    if (covered !== Number.NEGATIVE_INFINITY && segment.left > covered + 2)
      found.push((covered + segment.left) / 2);
    covered = Math.max(covered, segment.right);
  }
  return found;
}

function isProseColumn(segments: TextSegment[]): boolean {
  if (segments.length < minColumnSegments) return false;
  const width =
    Math.max(...segments.map((segment) => segment.right)) -
    Math.min(...segments.map((segment) => segment.left));
  const units = segments.reduce((sum, segment) => sum + segment.text.length, 0) / segments.length;
  const fill =
    segments.reduce((sum, segment) => sum + segment.right - segment.left, 0) / segments.length / width;
  return units >= proseUnits && fill >= proseFill;
}
