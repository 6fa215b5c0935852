import { planCalls } from '../../../platform/models/index.ts';
import type { StepModel, StepModels } from '../workflow-ports.ts';

/** Calls of a wave that may join it while others wait. */
const maxOfWave = 32;
/** People and servers of which it is known what was asked last. */
const maxKnown = 1_000;

interface WaitingCall {
  model: { providerId: string; model: string };
  begin(): void;
}

interface Turns {
  /** Models that are asked now, or were asked last: these are in memory. */
  models: Set<string>;
  running: number;
  /** Calls of this wave so far. */
  admitted: number;
  waiting: WaitingCall[];
  planning: boolean;
}

/**
 * Lets calls to a server that holds one model at a time go model by model: branches and items of a run, and runs of one
 * person, do not make it swap models back and forth where their order is free. Services that hold all their models are
 * asked at once.
 */
export function inModelOrder(models: StepModels): StepModels {
  const byServer = new Map<string, Turns>();

  const turnsOf = (key: string): Turns => {
    const known = byServer.get(key);
    if (known) return known;
    if (byServer.size >= maxKnown) forgetIdle();
    const turns: Turns = { models: new Set(), running: 0, admitted: 0, waiting: [], planning: false };
    byServer.set(key, turns);
    return turns;
  };
  const forgetIdle = (): void => {
    for (const [key, { running, waiting }] of byServer)
      if (running + waiting.length === 0) byServer.delete(key);
  };
  const plan = (turns: Turns): void => {
    turns.planning = false;
    if (turns.running > 0) return;
    const providerId = turns.waiting[0]?.model.providerId;
    if (providerId === undefined) return;
    const memory = { providerId, loaded: [...turns.models], capacityBytes: null, sizeBytes: () => null };
    const [wave = []] = planCalls(turns.waiting, [memory]);
    turns.models = new Set(wave.map((call) => call.model.model));
    turns.waiting = turns.waiting.filter((call) => !wave.includes(call));
    turns.admitted = wave.length;
    turns.running = wave.length;
    for (const call of wave) call.begin();
  };
  /** Not at once: what begins at the same time is planned together. */
  const planSoon = (turns: Turns): void => {
    if (turns.planning) return;
    turns.planning = true;
    setImmediate(plan, turns);
  };

  /** Resolves, when the model's turn has come, with the function that ends the call. */
  const enter = async (key: string, { providerId, model }: StepModel, signal: AbortSignal) => {
    signal.throwIfAborted();
    const turns = turnsOf(key);
    const leave = (): void => {
      turns.running -= 1;
      if (turns.running === 0) planSoon(turns);
    };
    const joins = turns.waiting.length === 0 || turns.admitted < maxOfWave;
    if (turns.running > 0 && turns.models.has(model) && joins) {
      turns.running += 1;
      turns.admitted += 1;
      return leave;
    }
    const turn = Promise.withResolvers<void>();
    const call: WaitingCall = { model: { providerId, model }, begin: turn.resolve };
    turns.waiting.push(call);
    const giveUp = (): void => {
      if (!turns.waiting.includes(call)) return;
      turns.waiting = turns.waiting.filter((one) => one !== call);
      turn.reject(signal.reason as Error);
    };
    signal.addEventListener('abort', giveUp, { once: true });
    if (turns.running === 0) planSoon(turns);
    try {
      await turn.promise;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
    return leave;
  };

  return {
    ...models,
    async *stream(request) {
      const { model, ownerId, signal } = request;
      if (model.providerKind !== 'ollama') return yield* models.stream(request);
      const leave = await enter(`${ownerId} ${model.providerId}`, model, signal);
      try {
        yield* models.stream(request);
      } finally {
        leave();
      }
    },
  };
}
