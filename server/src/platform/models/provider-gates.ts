import { type CircuitBreaker, createCircuitBreaker } from './circuit-breaker.ts';
import { createFairQueue, type FairQueue } from './fair-queue.ts';
import { isServerFault } from './model-errors.ts';
import type { ChatEvent, ProviderConnection, ProviderTraffic } from './model-types.ts';

/** A machine that runs models itself gains nothing from more at once; a service does. */
const defaultMaxRunning = { ollama: 4, openai: 16 };
const maxWaiting = 200;
const failuresToOpen = 5;
const restMs = 15_000;

interface Gate {
  queue: FairQueue;
  breaker: CircuitBreaker;
}

/** What stands before each provider in this process: the line of those who wait, and the breaker. */
export interface ProviderGates {
  of(provider: ProviderConnection): Gate;
  traffic(provider: ProviderConnection): ProviderTraffic;
}

export function createProviderGates(now: () => number): ProviderGates {
  const gates = new Map<string, Gate>();
  const of = (provider: ProviderConnection): Gate => {
    const maxRunning = provider.maxConcurrent ?? defaultMaxRunning[provider.kind];
    const known = gates.get(provider.id);
    if (known) {
      if (known.queue.maxRunning !== maxRunning) known.queue.resize(maxRunning);
      return known;
    }
    const gate = {
      queue: createFairQueue({ maxRunning, maxWaiting }),
      breaker: createCircuitBreaker({ failuresToOpen, restMs, now }),
    };
    gates.set(provider.id, gate);
    return gate;
  };
  return {
    of,
    traffic(provider) {
      const { queue, breaker } = of(provider);
      const { running, waiting, maxRunning } = queue;
      return { running, waiting, maxRunning, breaker: breaker.view() };
    },
  };
}

/** Tells the breaker how a call went; an error that is none of the server's says that the server is there. */
export function judge(
  breaker: CircuitBreaker,
  outcome: { error: unknown } | undefined,
  aborted: boolean,
): void {
  if (!outcome) breaker.succeeded();
  else if (isServerFault(outcome.error)) breaker.failed();
  else if (aborted) breaker.undecided();
  else breaker.succeeded();
}

/** Waits for a place in the line and yields the position while it changes; returns how to give the place back. */
export async function* takeTurn(
  queue: FairQueue,
  key: string,
  signal: AbortSignal,
): AsyncGenerator<ChatEvent, () => void> {
  const givingUp = new AbortController();
  const news = { position: 0, isIn: false, arrived: Promise.withResolvers<void>() };
  const entering = queue.enter(key, AbortSignal.any([signal, givingUp.signal]), (position) => {
    news.position = position;
    news.arrived.resolve();
  });
  const settled = entering.then(
    () => true,
    () => true,
  );
  let hasPlace = false;
  try {
    while (!news.isIn) {
      news.isIn = (await Promise.race([settled, news.arrived.promise])) === true;
      if (news.isIn) break;
      news.arrived = Promise.withResolvers<void>();
      yield { type: 'waiting', position: news.position };
    }
    const leave = await entering;
    hasPlace = true;
    return leave;
  } finally {
    // The reader went away while it waited: the place may have come at the same moment.
    if (!hasPlace) {
      givingUp.abort();
      void entering.then(
        (leave) => leave(),
        () => undefined,
      );
    }
  }
}
