import { ModelRateLimited } from './model-errors.ts';

/** Bounds how much runs at once; the waiting take turns by key, so that one busy key delays nobody else. */
export interface FairQueue {
  /**
   * Resolves with the function that gives the place back. Throws the signal's reason, or `models.rate_limited` when full.
   * `onMove` is told the place in the line, 1 for the next, each time it changes.
   */
  enter(key: string, signal: AbortSignal, onMove?: (position: number) => void): Promise<() => void>;
  /** Changes how many run at once; those who run already are not disturbed. */
  resize(maxRunning: number): void;
  readonly running: number;
  readonly waiting: number;
  readonly maxRunning: number;
}

/** Opens a queue. */
export function createFairQueue(options: { maxRunning: number; maxWaiting: number }): FairQueue {
  const line = new WaitingLine();
  let running = 0;
  let { maxRunning } = options;

  const admitWaiting = (): void => {
    while (running < maxRunning && line.length > 0) line.admitNext();
  };
  const takePlace = (): (() => void) => {
    running += 1;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      running -= 1;
      admitWaiting();
    };
  };
  return {
    async enter(key, signal, onMove) {
      signal.throwIfAborted();
      if (running < maxRunning) return takePlace();
      if (line.length >= options.maxWaiting)
        throw ModelRateLimited.with({
          detail: 'Too many requests wait for this model already. Try again in a moment.',
          reason: 'queue',
          retryAfterSeconds: 5,
        });
      return line.wait({ key, signal, admit: takePlace, onMove });
    },
    resize(wanted) {
      maxRunning = wanted;
      admitWaiting();
    },
    get running() {
      return running;
    },
    get waiting() {
      return line.length;
    },
    get maxRunning() {
      return maxRunning;
    },
  };
}

interface Waiting {
  takeTurn(): void;
  onMove: ((position: number) => void) | undefined;
  position: number;
}

class WaitingLine {
  /** Insertion order is the order of turns: a key that was served goes to the end. */
  readonly #byKey = new Map<string, Waiting[]>();
  length = 0;

  /** Resolves with what `admit` answers when the turn has come; rejects with the signal's reason. */
  wait<Place>(request: {
    key: string;
    signal: AbortSignal;
    admit: () => Place;
    onMove: ((position: number) => void) | undefined;
  }): Promise<Place> {
    const { key, signal, admit, onMove } = request;
    return new Promise((resolve, reject) => {
      const takeTurn = (): void => {
        signal.removeEventListener('abort', giveUp);
        this.length -= 1;
        resolve(admit());
      };
      const mine: Waiting = { takeTurn, onMove, position: 0 };
      const giveUp = (): void => {
        this.length -= 1;
        this.#keep(
          key,
          (this.#byKey.get(key) ?? []).filter((one) => one !== mine),
        );
        this.#tellPositions();
        reject(signal.reason);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.length += 1;
      this.#keep(key, [...(this.#byKey.get(key) ?? []), mine]);
      this.#tellPositions();
    });
  }

  admitNext(): void {
    const next = this.#byKey.entries().next();
    if (next.done) return;
    const [key, [first, ...rest]] = next.value;
    this.#byKey.delete(key);
    this.#keep(key, rest);
    first?.takeTurn();
    this.#tellPositions();
  }

  #keep(key: string, waiting: Waiting[]): void {
    if (waiting.length > 0) this.#byKey.set(key, waiting);
    else this.#byKey.delete(key);
  }

  /** In the order of turns: the first of every key, then the second of every key, … */
  #tellPositions(): void {
    const lines = [...this.#byKey.values()];
    let position = 0;
    for (let turn = 0; position < this.length; turn++)
      for (const waiting of lines.flatMap((one) => one[turn] ?? [])) {
        position += 1;
        if (waiting.position === position) continue;
        waiting.position = position;
        waiting.onMove?.(position);
      }
  }
}
