import { ModelRateLimited } from './model-errors.ts';

/** Bounds how much runs at once; the waiting take turns by key, so that one busy key delays nobody else. */
export interface FairQueue {
  /** Resolves with the function that gives the place back. Throws the signal's reason, or `models.rate_limited` when full. */
  enter(key: string, signal: AbortSignal): Promise<() => void>;
}

interface Waiter {
  admit(): void;
}

export function createFairQueue(options: { maxRunning: number; maxWaiting: number }): FairQueue {
  // Insertion order is the order of turns: a key that was served goes to the end.
  const waiting = new Map<string, Waiter[]>();
  let running = 0;
  let waitingCount = 0;

  const leave = (): void => {
    running -= 1;
    const next = waiting.entries().next();
    if (next.done) return;
    const [key, waiters] = next.value;
    const waiter = waiters.shift();
    waiting.delete(key);
    if (waiters.length > 0) waiting.set(key, waiters);
    waiter?.admit();
  };
  const oncePerPlace = (): (() => void) => {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      leave();
    };
  };
  return {
    async enter(key, signal) {
      signal.throwIfAborted();
      if (running < options.maxRunning) {
        running += 1;
        return oncePerPlace();
      }
      if (waitingCount >= options.maxWaiting)
        throw ModelRateLimited.with({
          detail: 'Too many requests wait for this model already. Try again in a moment.',
          retryAfterSeconds: 5,
        });
      return new Promise((resolve, reject) => {
        const settle = (): void => {
          waitingCount -= 1;
          signal.removeEventListener('abort', giveUp);
        };
        const waiter: Waiter = {
          admit() {
            settle();
            running += 1;
            resolve(oncePerPlace());
          },
        };
        const giveUp = (): void => {
          settle();
          removeWaiter(waiting, key, waiter);
          reject(signal.reason);
        };
        signal.addEventListener('abort', giveUp, { once: true });
        waitingCount += 1;
        waiting.set(key, [...(waiting.get(key) ?? []), waiter]);
      });
    },
  };
}

function removeWaiter(waiting: Map<string, Waiter[]>, key: string, waiter: Waiter): void {
  const rest = (waiting.get(key) ?? []).filter((one) => one !== waiter);
  if (rest.length > 0) waiting.set(key, rest);
  else waiting.delete(key);
}
