import type { ModelChoice } from './model-types.ts';

/** A call that may run now: nothing it needs is still to come. */
export interface PlannableCall {
  model: ModelChoice;
}

/** What one provider has in memory, and how much fits. */
export interface ProviderMemory {
  providerId: string;
  /** Names of the models that are loaded. */
  loaded: readonly string[];
  /** Bytes that all models together may take; `null` when nobody knows: then one model at a time. */
  capacityBytes: number | null;
  /** Bytes of a model, as far as they are known. */
  sizeBytes(model: string): number | null;
}

/**
 * Puts independent calls into waves so that no model is loaded twice: calls of one wave may run at once, since their
 * models fit into memory together; what is loaded already comes first. Providers without memory of their own to manage
 * (those not described) are asked for everything in the first wave. Within a model the given order stays.
 */
export function planCalls<Call extends PlannableCall>(
  calls: readonly Call[],
  memories: readonly ProviderMemory[],
): Call[][] {
  const waves: Call[][] = [];
  for (const [providerId, own] of groupBy(calls, (call) => call.model.providerId)) {
    const memory = memories.find((one) => one.providerId === providerId);
    const planned = memory ? planProvider(own, memory) : [own];
    for (const [index, wave] of planned.entries()) waves[index] = [...(waves[index] ?? []), ...wave];
  }
  return waves;
}

function planProvider<Call extends PlannableCall>(calls: Call[], memory: ProviderMemory): Call[][] {
  const groups = [...groupBy(calls, (call) => call.model.model)];
  const isLoaded = (name: string): boolean => memory.loaded.includes(name);
  const loaded = groups.filter(([name]) => isLoaded(name));
  const others = groups.filter(([name]) => !isLoaded(name));
  const waves: { names: string[]; calls: Call[] }[] = [];
  if (loaded.length > 0) waves.push({ names: [...memory.loaded], calls: loaded.flatMap(([, own]) => own) });
  for (const [name, own] of others) {
    // A model joins the first wave that has room: the fewer waves, the less waiting.
    const wave = waves.find((one) => fits([...one.names, name], memory));
    if (wave) {
      wave.names.push(name);
      wave.calls.push(...own);
    } else waves.push({ names: [name], calls: [...own] });
  }
  return waves.map((wave) => wave.calls);
}

function fits(names: string[], { capacityBytes, sizeBytes }: ProviderMemory): boolean {
  if (capacityBytes === null) return false;
  let sum = 0;
  for (const name of names) {
    const size = sizeBytes(name);
    if (size === null) return false;
    sum += size;
  }
  return sum <= capacityBytes;
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}
