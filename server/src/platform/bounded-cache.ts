import { LRUCache } from 'lru-cache';

/**
 * Keeps at most `max` entries; the ones not used for longest go first. It grows with what it holds, where the library's
 * own `max` would reserve room for all of them at the start.
 */
export function createBoundedCache<Value extends object>(
  max: number,
  options: { ttl?: number; ttlResolution?: number; perf?: { now(): number } } = {},
): LRUCache<string, Value> {
  return new LRUCache<string, Value>({ ...options, maxSize: max, sizeCalculation: () => 1 });
}
