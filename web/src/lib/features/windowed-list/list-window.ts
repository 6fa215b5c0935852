/** Which items of a long list are drawn, and how much empty space stands for the others. All lengths in px. */
export interface ListWindow {
  /** Index of the first drawn item. */
  start: number;
  /** Index after the last drawn item. */
  end: number;
  before: number;
  after: number;
}

export interface ListViewport {
  scrollTop: number;
  height: number;
}

/** The items that touch the viewport or lie within `overscan` of it. Items are stacked without gaps. */
export function windowOf(heights: readonly number[], viewport: ListViewport, overscan: number): ListWindow {
  const from = viewport.scrollTop - overscan;
  const to = viewport.scrollTop + viewport.height + overscan;
  let top = 0;
  let start = 0;
  while (start < heights.length - 1 && top + (heights[start] ?? 0) <= from) top += heights[start++] ?? 0;
  const before = top;
  let end = start;
  while (end < heights.length && (end === start || top < to)) top += heights[end++] ?? 0;
  let after = 0;
  for (let index = end; index < heights.length; index += 1) after += heights[index] ?? 0;
  return { start, end, before, after };
}

/** Distance from the top of the list to the top of an item. */
export function offsetOf(heights: readonly number[], index: number): number {
  let offset = 0;
  for (let at = 0; at < index; at += 1) offset += heights[at] ?? 0;
  return offset;
}

export interface ScrollAnchor {
  index: number;
  /** How far the top of the item is above the top of the viewport. */
  delta: number;
}

/**
 * The item at the top of the viewport. Whoever restores it after items came before it or changed their height
 * keeps in place what the person reads.
 */
export function anchorAt(heights: readonly number[], scrollTop: number): ScrollAnchor {
  let top = 0;
  let index = 0;
  while (index < heights.length - 1 && top + (heights[index] ?? 0) <= scrollTop) top += heights[index++] ?? 0;
  return { index, delta: scrollTop - top };
}

/** True when the end of the list is in view, give or take `tolerance`. */
export function isAtEnd(scrollTop: number, height: number, scrollHeight: number, tolerance = 48): boolean {
  return scrollHeight - scrollTop - height <= tolerance;
}
