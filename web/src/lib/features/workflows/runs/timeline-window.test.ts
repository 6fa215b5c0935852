import { expect, it } from 'vitest';
import { TimelineWindow } from './timeline-window.svelte.ts';

it('draws the lines near the view, and the one that has the focus wherever it is', () => {
  const near = Array.from({ length: 12 }, (_, index) => index);
  const lines = new TimelineWindow();
  expect(lines.drawn(10_000, 3)).toEqual(near);
  expect(lines.drawn(10_000, 700)).toEqual([...near, 700]);
  expect(lines.drawn(2, 0)).toEqual([0, 1]);
  expect(lines.drawn(0, 0)).toEqual([]);
});
