export interface Figure {
  id: string;
  name: string;
  ours: number;
  /** `null` where the figure has only a target. */
  baseline: number | null;
  unit: string;
  target: string;
  met: boolean;
}

/** Prints one figure as a JSON line, which `npm run bench` collects. */
export function report(figure: Figure): void {
  const ratio = figure.baseline === null ? null : figure.ours / figure.baseline;
  console.log(JSON.stringify({ ...figure, ratio }));
}

/** Middle value; the mean of the two middle ones for an even count. */
export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Nearest-rank percentile, `p` from 0 to 100. */
export function percentile(values: number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (
    sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil((p / 100) * sorted.length) - 1))] ?? Number.NaN
  );
}
