/** A terminal, npm and our launcher may each pass on the same Ctrl-C, the last one late on a busy machine. */
const sameKeyPressMs = 1_000;

export interface StopSignal {
  /** Resolves when somebody asks this process to stop. */
  requested: Promise<string>;
  /** Asks from inside, as a signal would. */
  request(reason: string): void;
  /** Called for a second Ctrl-C or SIGTERM: stop without waiting. */
  onImpatience(listener: () => void): void;
}

/** Listens for SIGINT, SIGTERM, SIGHUP and for the end of the launcher that started this process. */
export function listenForStop(): StopSignal {
  const { promise, resolve } = Promise.withResolvers<string>();
  let firstAt: number | undefined;
  let impatient: (() => void) | undefined;
  const request = (reason: string) => {
    const now = Date.now();
    if (firstAt === undefined) {
      firstAt = now;
      resolve(reason);
    } else if (now - firstAt > sameKeyPressMs) {
      impatient?.();
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, request);
  if (process.connected) {
    process.once('disconnect', () => resolve('launcher ended'));
    process.channel?.unref();
  }
  return {
    requested: promise,
    request,
    onImpatience(listener) {
      impatient = listener;
    },
  };
}
