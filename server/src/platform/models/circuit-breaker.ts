import { ProviderResting } from './model-errors.ts';
import type { BreakerView } from './model-types.ts';

/** Keeps requests from a server that fails again and again: they would only wait for the next failure. */
export interface CircuitBreaker {
  /** Throws `models.provider_resting` while it is open, or while another request is trying whether the server is back. */
  admit(providerName: string): void;
  succeeded(): void;
  failed(): void;
  /** The request ended without saying anything about the server, such as by an abort. */
  undecided(): void;
  view(): BreakerView;
}

/** A closed breaker. It opens after that many failures in a row, and lets one request try after `restMs`. */
export function createCircuitBreaker(options: {
  failuresToOpen: number;
  restMs: number;
  now: () => number;
}): CircuitBreaker {
  let failures = 0;
  let openUntil: number | undefined;
  let isProbing = false;

  const state = (): BreakerView['state'] => {
    if (openUntil === undefined) return 'closed';
    return isProbing || options.now() >= openUntil ? 'half_open' : 'open';
  };
  return {
    admit(providerName) {
      const now = state();
      if (now === 'closed') return;
      if (now === 'open' || isProbing) throw resting(providerName, (openUntil ?? 0) - options.now());
      isProbing = true;
    },
    succeeded() {
      failures = 0;
      openUntil = undefined;
      isProbing = false;
    },
    failed() {
      failures += 1;
      if (isProbing || failures >= options.failuresToOpen) openUntil = options.now() + options.restMs;
      isProbing = false;
    },
    undecided() {
      isProbing = false;
    },
    view: () => ({
      state: state(),
      consecutiveFailures: failures,
      retryAt: openUntil === undefined ? null : new Date(openUntil),
    }),
  };
}

function resting(providerName: string, waitMs: number): Error {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
  return ProviderResting.with({
    detail: `${providerName} has failed several times in a row. It is tried again in ${seconds} s.`,
    reason: 'wait',
    params: { provider: providerName, retry_seconds: seconds },
  });
}
