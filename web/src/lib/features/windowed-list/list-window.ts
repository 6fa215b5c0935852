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

/**
 * How far to scroll so that what the person reads stays where it is when the item at `index` changes its height:
 * only changes above the top of the viewport move it.
 */
export function scrollCorrection(
  heights: readonly number[],
  index: number,
  newHeight: number,
  scrollTop: number,
): number {
  const oldHeight = heights[index] ?? 0;
  return offsetOf(heights, index) + oldHeight <= scrollTop ? newHeight - oldHeight : 0;
}

/** True when the end of the list is in view, give or take `tolerance`. */
export function isAtEnd(scrollTop: number, height: number, scrollHeight: number, tolerance = 48): boolean {
  return scrollHeight - scrollTop - height <= tolerance;
}
