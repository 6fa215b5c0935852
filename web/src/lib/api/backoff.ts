/** Wait before retry number `attempt` (0, 1, …) in ms: full jitter over an exponentially growing span. */
export function backoffMs(attempt: number, random = Math.random, baseMs = 500, capMs = 15_000): number {
  const spanMs = Math.min(capMs, baseMs * 2 ** attempt);
  return Math.round(spanMs / 2 + (random() * spanMs) / 2);
}

/** Resolves after `ms`, or rejects with the signal's reason as soon as it aborts. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
