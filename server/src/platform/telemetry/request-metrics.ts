/** Upper bounds in milliseconds; a last bucket takes the rest. */
export const durationBoundsMs: readonly number[] = [
  1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000,
];
const recentSize = 1_024;

/** Requests of one route that were answered with one status. */
export interface StatusTally {
  status: number;
  /** By `durationBoundsMs`, not cumulative. */
  buckets: number[];
  count: number;
  sumMs: number;
}

/** Counts the answers of one route. To observe one allocates nothing: every request passes here. */
export interface RouteTally {
  readonly method: string;
  readonly url: string;
  observe(status: number, durationMs: number): void;
  statuses(): Iterable<StatusTally>;
  /** Durations of the latest successful answers, in no order. */
  recentMs(): number[];
}

export interface RequestMetrics {
  /** The tally of a route, made once. */
  route(method: string, url: string): RouteTally;
  routes(): Iterable<RouteTally>;
}

/** Durations of requests by route and status, since the process began. */
export function createRequestMetrics(): RequestMetrics {
  const tallies = new Map<string, RouteTally>();
  return {
    route(method, url) {
      const name = `${method} ${url}`;
      const known = tallies.get(name) ?? new Tally(method, url);
      tallies.set(name, known);
      return known;
    },
    routes: () => tallies.values(),
  };
}

class Tally implements RouteTally {
  readonly method: string;
  readonly url: string;
  readonly #statuses = new Map<number, StatusTally>();
  #recent: Float64Array | undefined;
  #successes = 0;

  constructor(method: string, url: string) {
    this.method = method;
    this.url = url;
  }

  observe(status: number, durationMs: number): void {
    const tally = this.#statuses.get(status) ?? this.#begin(status);
    let bucket = 0;
    while (bucket < durationBoundsMs.length && durationMs > (durationBoundsMs[bucket] ?? 0)) bucket += 1;
    tally.buckets[bucket] = (tally.buckets[bucket] ?? 0) + 1;
    tally.count += 1;
    tally.sumMs += durationMs;
    if (status >= 300) return;
    this.#recent ??= new Float64Array(recentSize);
    this.#recent[this.#successes % recentSize] = durationMs;
    this.#successes += 1;
  }

  statuses(): Iterable<StatusTally> {
    return this.#statuses.values();
  }

  recentMs(): number[] {
    return [...(this.#recent?.subarray(0, this.#successes) ?? [])];
  }

  #begin(status: number): StatusTally {
    const buckets = new Array<number>(durationBoundsMs.length + 1).fill(0);
    const tally = { status, buckets, count: 0, sumMs: 0 };
    this.#statuses.set(status, tally);
    return tally;
  }
}
