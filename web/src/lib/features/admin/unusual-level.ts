/** Fewer than this in one span is never remarkable. */
const smallest = 5;

/**
 * The height from which a span stands out: three spreads above what is common (the upper limit of a Poisson count around
 * the median, so that an attack does not raise its own limit). At least {@link smallest}.
 */
export function unusualLevel(counts: readonly number[]): number {
  const sorted = [...counts].filter((count) => count > 0).sort((a, b) => a - b);
  const median = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  return Math.max(smallest, Math.ceil(median + 3 * Math.sqrt(median)));
}
