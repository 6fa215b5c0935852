import { isTransient } from './api-problem.ts';
import { backoffMs, delay } from './backoff.ts';
import { send } from './client.ts';
import { connection } from './connection.svelte.ts';

/** Asks the server's readiness address once; the banner shows what came of it. */
export async function checkConnection(signal?: AbortSignal): Promise<void> {
  try {
    await send('GET', '/api/health/ready', { retries: 0, timeoutMs: 5_000, signal });
  } catch (error) {
    if (!isTransient(error)) throw error;
  }
}

/**
 * While the server cannot be reached, asks its readiness address with jittered back-off, so that the banner
 * goes and pages read again as soon as it answers. Returns how to end that.
 */
export function startConnectionProbe(): () => void {
  const abort = new AbortController();
  let probing = false;

  async function probe(): Promise<void> {
    for (let attempt = 0; !connection.reachable && !abort.signal.aborted; attempt += 1) {
      await delay(backoffMs(attempt), abort.signal);
      await checkConnection(abort.signal);
    }
  }

  function start(): void {
    if (probing || connection.reachable) return;
    probing = true;
    probe()
      .catch((error: unknown) => {
        if (!abort.signal.aborted) throw error;
      })
      .finally(() => {
        probing = false;
      });
  }

  const unsubscribe = connection.onChange(start);
  start();
  return () => {
    abort.abort();
    unsubscribe();
  };
}
