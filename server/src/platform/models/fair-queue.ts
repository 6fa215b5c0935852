import { ModelRateLimited } from './model-errors.ts';

/** Bounds how much runs at once; the waiting take turns by key, so that one busy key delays nobody else. */
export interface FairQueue {
  /** Resolves with the function that gives the place back. Throws the signal's reason, or `models.rate_limited` when full. */
  enter(key: string, signal: AbortSignal): Promise<() => void>;
}

/** Opens a queue. */
export function createFairQueue(options: { maxRunning: number; maxWaiting: number }): FairQueue {
  const line = new WaitingLine();
  let running = 0;

  const takePlace = (): (() => void) => {
    running += 1;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      running -= 1;
      line.admitNext();
    };
  };
  return {
    async enter(key, signal) {
      signal.throwIfAborted();
      if (running < options.maxRunning) return takePlace();
      if (line.length >= options.maxWaiting)
        throw ModelRateLimited.with({
          detail: 'Too many requests wait for this model already. Try again in a moment.',
          retryAfterSeconds: 5,
        });
      return line.wait(key, signal, takePlace);
    },
  };
}

class WaitingLine {
  /** Insertion order is the order of turns: a key that was served goes to the end. */
  readonly #byKey = new Map<string, (() => void)[]>();
  length = 0;

  /** Resolves with what `admit` answers when the turn has come; rejects with the signal's reason. */
  wait<Place>(key: string, signal: AbortSignal, admit: () => Place): Promise<Place> {
    return new Promise((resolve, reject) => {
      const takeTurn = (): void => {
        signal.removeEventListener('abort', giveUp);
        this.length -= 1;
        resolve(admit());
      };
      const giveUp = (): void => {
        this.length -= 1;
        this.#keep(
          key,
          (this.#byKey.get(key) ?? []).filter((one) => one !== takeTurn),
        );
        reject(signal.reason);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.length += 1;
      this.#keep(key, [...(this.#byKey.get(key) ?? []), takeTurn]);
    });
  }

  admitNext(): void {
    const next = this.#byKey.entries().next();
    if (next.done) return;
    const [key, [takeTurn, ...rest]] = next.value;
    this.#byKey.delete(key);
    this.#keep(key, rest);
    takeTurn?.();
  }

  #keep(key: string, waiting: (() => void)[]): void {
    if (waiting.length > 0) this.#byKey.set(key, waiting);
    else this.#byKey.delete(key);
  }
}
