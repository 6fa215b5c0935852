/**
 * Where a step is: `l12.3/` is item 3 of the loop that is step 12, `p4.1/` branch 1 of the parallel step 4, one after the
 * other from the outside in.
 */
export interface FramePart {
  kind: 'loop' | 'branch';
  /** Number of the loop's or parallel step. */
  step: number;
  index: number;
  /** Everything outside of it. */
  outer: string;
}

export function itemFrame(outer: string, loop: number, index: number): string {
  return `${outer}l${loop}.${index}/`;
}

export function branchFrame(outer: string, parallel: number, index: number): string {
  return `${outer}p${parallel}.${index}/`;
}

/** The parts of a frame, innermost first. */
export function frameParts(frame: string): FramePart[] {
  const parts: FramePart[] = [];
  let outer = '';
  for (const part of frame.split('/')) {
    const match = /^([lp])(\d+)\.(\d+)$/.exec(part);
    if (!match) continue;
    const [, letter, step, index] = match;
    parts.unshift({
      kind: letter === 'l' ? 'loop' : 'branch',
      step: Number(step),
      index: Number(index),
      outer,
    });
    outer += `${part}/`;
  }
  return parts;
}

/** The loops alone. */
export function itemPath(frame: string): string {
  return frame.replaceAll(/p\d+\.\d+\//g, '');
}
