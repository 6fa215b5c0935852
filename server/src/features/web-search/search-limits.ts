import { createBoundedCache } from '../../platform/bounded-cache.ts';

const windowMs = 3_600_000;
const maxCounted = 50_000;

export interface SearchLimits {
  /** Counts one more; answers the seconds until there is room when there is none, and then counts nothing. */
  take(key: string, perHour: number): number | undefined;
}

/** Counts per hour, in the memory of this process: several processes allow as many times more. */
export function createSearchLimits(now: () => number): SearchLimits {
  const counts = createBoundedCache<{ startedAt: number; count: number }>(maxCounted);
  return {
    take(key, perHour) {
      const known = counts.get(key);
      const current = known && now() - known.startedAt < windowMs ? known : { startedAt: now(), count: 0 };
      if (current.count >= perHour) return Math.ceil((current.startedAt + windowMs - now()) / 1_000);
      counts.set(key, { ...current, count: current.count + 1 });
      return undefined;
    },
  };
}
