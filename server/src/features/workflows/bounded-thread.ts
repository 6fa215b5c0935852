import { Worker } from 'node:worker_threads';

/** What the program of a thread is given; whatever it says to that carries the same number. */
export interface ThreadRequest<Request> {
  id: number;
  request: Request;
}

/** What the program of a thread says: once that it can begin, then to each request any number of parts and one answer. */
export type ThreadMessage<Answer, Part = never> =
  | 'ready'
  | { id: number; part: Part }
  | { id: number; answer: Answer };

/** The thread was ended before it answered. */
export class ThreadEnded extends Error {
  /** What was asked took too much time or memory; otherwise the thread did not come up, or was closed. */
  readonly isByRequest: boolean;

  constructor(isByRequest: boolean) {
    super(isByRequest ? 'The thread reached its limit.' : 'The thread did not come up or was closed.');
    this.isByRequest = isByRequest;
  }
}

export interface AskOptions<Part> {
  /** Counted from when the thread is ready. */
  limitMs: number;
  /** Goes before those that wait for their turn. */
  isUrgent?: boolean;
  /** Looked at when the turn comes. */
  signal?: AbortSignal;
  onPart?(part: Part): void;
}

/** A thread that takes itself down and nothing else: with too much time or memory it is ended, and started anew. */
export interface BoundedThread<Request, Answer, Part = never> {
  /** One request at a time. Throws `ThreadEnded` or the signal's reason. */
  ask(request: Request, options: AskOptions<Part>): Promise<Answer>;
  close(): Promise<void>;
}

/** A thread that has to be started first reads its program meanwhile. */
const startLimitMs = 30_000;
const tickMs = 50;
const idleMs = 30_000;

/**
 * Counts time in short ticks of this process: where it stood still itself, an answer may lie there unread, and the thread
 * is not charged for it. The limit may become another one meanwhile; then the count begins anew.
 */
function countTime(limitMs: () => number, onEnd: () => void): NodeJS.Timeout {
  let current = limitMs();
  let ticks = 0;
  return setInterval(() => {
    const now = limitMs();
    ticks = now === current ? ticks + 1 : 1;
    current = now;
    if (ticks * tickMs >= now) onEnd();
  }, tickMs);
}

/** Lets in one at a time; whoever was let in calls what it got when it is done. */
function createTurns(): (isUrgent: boolean) => Promise<() => void> {
  const urgent: (() => void)[] = [];
  const others: (() => void)[] = [];
  let isTaken = false;
  const pass = (): void => {
    const next = urgent.shift() ?? others.shift();
    if (next) next();
    else isTaken = false;
  };
  return async (isUrgent) => {
    if (isTaken) await new Promise<void>((begin) => (isUrgent ? urgent : others).push(begin));
    isTaken = true;
    return pass;
  };
}

/** Started by the first request, ended when nobody needs it any more. `program` speaks in `ThreadMessage`s. */
export function createBoundedThread<Request, Answer, Part = never>({
  program,
  ...resourceLimits
}: {
  program: URL;
  maxOldGenerationSizeMb: number;
  maxYoungGenerationSizeMb: number;
}): BoundedThread<Request, Answer, Part> {
  type Message = ThreadMessage<Answer, Part>;
  let worker: Worker | undefined;
  let isReady = false;
  let isClosed = false;
  let idle: NodeJS.Timeout | undefined;
  let lastId = 0;
  const takeTurn = createTurns();

  const start = (): Worker => {
    isReady = false;
    const started = new Worker(program, { resourceLimits: { ...resourceLimits, stackSizeMb: 4 } });
    started.unref();
    // Its end is noticed where an answer is waited for.
    started.on('error', () => undefined);
    started.once('exit', () => {
      if (worker === started) worker = undefined;
    });
    // Its first word says that it has read its program.
    started.once('message', () => {
      if (worker === started) isReady = true;
    });
    return started;
  };

  const drop = async (): Promise<void> => {
    const gone = worker;
    worker = undefined;
    await gone?.terminate();
  };

  const askNow = async (request: Request, { limitMs, onPart }: AskOptions<Part>): Promise<Answer> => {
    clearTimeout(idle);
    worker ??= start();
    const asked = worker;
    const id = ++lastId;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const onMessage = (message: Message): void => {
      if (message === 'ready' || message.id !== id) return;
      if ('part' in message) onPart?.(message.part);
      else resolve(message.answer);
    };
    const onEnd = (): void => reject(new ThreadEnded(isReady && !isClosed));
    const timer = countTime(() => (isReady ? limitMs : startLimitMs), onEnd);
    asked.on('message', onMessage);
    asked.once('exit', onEnd);
    try {
      asked.postMessage({ id, request } satisfies ThreadRequest<Request>);
      return await promise;
    } catch (error) {
      await drop();
      throw error;
    } finally {
      clearInterval(timer);
      asked.off('message', onMessage);
      asked.off('exit', onEnd);
      idle = setTimeout(() => void drop(), idleMs).unref();
    }
  };

  return {
    async ask(request, options) {
      const passTurn = await takeTurn(options.isUrgent ?? false);
      try {
        options.signal?.throwIfAborted();
        return await askNow(request, options);
      } finally {
        passTurn();
      }
    },
    async close() {
      isClosed = true;
      clearTimeout(idle);
      await drop();
    },
  };
}
