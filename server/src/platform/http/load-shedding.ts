import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Overloaded } from '../errors.ts';

export interface LoadShedding {
  /** Throws `overloaded` (503 with Retry-After) when one more request would only wait. */
  enter(): void;
  leave(): void;
  readonly inWork: number;
  close(): void;
}

/** Refuses work before queues grow (incident I8): bounded requests in work, and a bound on the event loop's delay. */
export function createLoadShedding(options: { maxConcurrent: number; maxLoopDelayMs: number }): LoadShedding {
  const histogram = monitorEventLoopDelay({ resolution: 20 });
  histogram.enable();
  let inWork = 0;
  let delayed = false;
  // The histogram is read on a timer: per request it would cost more than it saves.
  const timer = setInterval(() => {
    delayed = histogram.percentile(50) / 1e6 > options.maxLoopDelayMs;
    histogram.reset();
  }, 1_000);
  timer.unref();
  return {
    enter() {
      if (inWork >= options.maxConcurrent || (delayed && inWork > 10))
        throw Overloaded.with({ retryAfterSeconds: 2 });
      inWork += 1;
    },
    leave() {
      inWork -= 1;
    },
    get inWork() {
      return inWork;
    },
    close() {
      clearInterval(timer);
      histogram.disable();
    },
  };
}
