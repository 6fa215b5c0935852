import { LRUCache } from 'lru-cache';
import { type Static, type TSchema, Type } from 'typebox';
import { Check } from 'typebox/value';
import type { OutboundDoor } from '../outbound-http/index.ts';
import { keepAliveValue } from './langchain-clients.ts';
import { ModelBadResponse } from './model-errors.ts';
import type {
  ListedModel,
  ModelCapability,
  ModelDetails,
  ProviderConnection,
  PullProgress,
  RunningModel,
} from './model-types.ts';
import { createProviderFetch, type ProviderFetch } from './provider-fetch.ts';

/** What a model can do and how much it reads, as its server says. */
export interface ModelFacts {
  contextLength: number | null;
  capabilities: ModelCapability[];
}

/** The calls to providers that need no client library. */
export interface ProviderApi {
  /** The server's version, `null` when its kind tells none. Throws problems of the model taxonomy. */
  version(provider: ProviderConnection, signal: AbortSignal): Promise<string | null>;
  listModels(provider: ProviderConnection, signal: AbortSignal): Promise<ListedModel[]>;
  modelFacts(provider: ProviderConnection, model: string, signal: AbortSignal): Promise<ModelFacts>;
  show(provider: ProviderConnection, model: string, signal: AbortSignal): Promise<ModelDetails>;
  deleteModel(provider: ProviderConnection, model: string, signal: AbortSignal): Promise<void>;
  running(provider: ProviderConnection, signal: AbortSignal): Promise<RunningModel[]>;
  /** Loads the model, or with `0` takes it out of memory, and answers when that is done. */
  keepAlive(
    provider: ProviderConnection,
    model: string,
    keepAlive: string,
    signal: AbortSignal,
  ): Promise<void>;
  /** Downloads a model; ends after the provider reported success, throws when it reported anything else. */
  pull(provider: ProviderConnection, model: string, signal: AbortSignal): AsyncGenerator<PullProgress, void>;
}

const quickLimits = { timeoutMs: 10_000, connectTimeoutMs: 3_000, maxBytes: 16 * 1024 * 1024 };
/** Large models take their time to get from the disk into memory. */
const loadLimits = { ...quickLimits, timeoutMs: 120_000 };
const pullLimits = {
  timeoutMs: 24 * 60 * 60_000,
  connectTimeoutMs: 5_000,
  firstByteTimeoutMs: 60_000,
  idleTimeoutMs: 120_000,
  maxBytes: 512 * 1024 * 1024,
};
const showAtOnce = 4;

const Version = Type.Object({ version: Type.String() });
const Tags = Type.Object({
  models: Type.Array(Type.Object({ name: Type.String(), size: Type.Optional(Type.Number()) })),
});
const Running = Type.Object({
  models: Type.Array(
    Type.Object({
      name: Type.String(),
      size: Type.Optional(Type.Number()),
      size_vram: Type.Optional(Type.Number()),
      expires_at: Type.Optional(Type.String()),
      context_length: Type.Optional(Type.Number()),
    }),
  ),
});
const Show = Type.Object({
  capabilities: Type.Optional(Type.Array(Type.String())),
  model_info: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  license: Type.Optional(Type.String()),
  details: Type.Optional(
    Type.Object({
      family: Type.Optional(Type.String()),
      parameter_size: Type.Optional(Type.String()),
      quantization_level: Type.Optional(Type.String()),
    }),
  ),
});
const OpenAiModels = Type.Object({
  data: Type.Array(
    Type.Object({
      id: Type.String(),
      max_model_len: Type.Optional(Type.Unknown()),
      context_length: Type.Optional(Type.Unknown()),
      meta: Type.Optional(Type.Unknown()),
    }),
  ),
});
const PullLine = Type.Object({
  status: Type.String(),
  total: Type.Optional(Type.Number()),
  completed: Type.Optional(Type.Number()),
});

/** Builds the API; facts about models are remembered for a while, since they change with a new download only. */
export function createProviderApi(door: OutboundDoor): ProviderApi {
  const facts = new LRUCache<string, ModelFacts>({ max: 500, ttl: 10 * 60_000 });
  const quick = (provider: ProviderConnection, model: string | null, signal: AbortSignal): ProviderFetch =>
    createProviderFetch(door, provider, { model, signal, policy: quickLimits });

  const modelFacts = async (
    provider: ProviderConnection,
    model: string,
    signal: AbortSignal,
  ): Promise<ModelFacts> => {
    const key = `${provider.id} ${provider.baseUrl} ${model}`;
    const known = facts.get(key);
    if (known) return known;
    const found = await findFacts(provider, model, quick(provider, model, signal));
    facts.set(key, found);
    return found;
  };

  return {
    modelFacts,
    async version(provider, signal) {
      const way = quick(provider, null, signal);
      if (provider.kind === 'ollama') return (await readJson(way, provider, '/api/version', Version)).version;
      await readJson(way, provider, '/models', OpenAiModels);
      return null;
    },
    async listModels(provider, signal) {
      const way = quick(provider, null, signal);
      if (provider.kind === 'openai') return listOpenAi(provider, way);
      return listOllama(provider, way, (model) => modelFacts(provider, model, signal));
    },
    async show(provider, model, signal) {
      const found = await readJson(quick(provider, model, signal), provider, '/api/show', Show, { model });
      return toDetails(found, model);
    },
    async deleteModel(provider, model, signal) {
      const request = { method: 'DELETE', body: JSON.stringify({ model }) };
      const response = await quick(provider, model, signal).send('/api/delete', request);
      await response.body?.cancel();
      facts.delete(`${provider.id} ${provider.baseUrl} ${model}`);
    },
    async running(provider, signal) {
      const { models } = await readJson(quick(provider, null, signal), provider, '/api/ps', Running);
      return models.map(toRunning);
    },
    async keepAlive(provider, model, keepAlive, signal) {
      const way = createProviderFetch(door, provider, { model, signal, policy: loadLimits });
      // Without a prompt the model is only loaded, or let go.
      const body = JSON.stringify({ model, keep_alive: keepAliveValue(keepAlive), stream: false });
      const response = await way.send('/api/generate', { method: 'POST', body });
      await response.body?.cancel();
    },
    async *pull(provider, model, signal) {
      const call = { model, signal, policy: pullLimits, stream: 'ndjson' as const };
      const body = JSON.stringify({ model, stream: true });
      const response = await createProviderFetch(door, provider, call).send('/api/pull', {
        method: 'POST',
        body,
      });
      yield* readPull(response, provider);
    },
  };
}

async function readJson<Schema extends TSchema>(
  way: ProviderFetch,
  provider: ProviderConnection,
  path: string,
  schema: Schema,
  body?: unknown,
): Promise<Static<Schema>> {
  const response = await way.send(
    path,
    body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) },
  );
  const value: unknown = await response.json().catch((error: unknown) => {
    throw way.problem() ?? notUnderstood(provider, error);
  });
  if (!Check(schema, value)) throw notUnderstood(provider);
  return value;
}

function notUnderstood(provider: ProviderConnection, cause?: unknown): Error {
  return ModelBadResponse.with({
    detail: `${provider.name} did not answer like a model server of its kind. Check its kind and address.`,
    reason: 'wrong_kind',
    params: { provider: provider.name },
    cause,
  });
}

async function findFacts(
  provider: ProviderConnection,
  model: string,
  way: ProviderFetch,
): Promise<ModelFacts> {
  if (provider.kind === 'ollama')
    return toFacts(await readJson(way, provider, '/api/show', Show, { model }), model);
  const { data } = await readJson(way, provider, '/models', OpenAiModels);
  const found = data.find((one) => one.id === model);
  return { contextLength: found ? statedContext(found) : null, capabilities: guessCapabilities(model) };
}

const capabilityNames: Record<string, ModelCapability> = {
  completion: 'chat',
  embedding: 'embedding',
  tools: 'tools',
  vision: 'vision',
  thinking: 'thinking',
};

function toFacts(show: Static<typeof Show>, model: string): ModelFacts {
  const info = Object.entries(show.model_info ?? {});
  const length = info.find(([key]) => key.endsWith('.context_length'))?.[1];
  const stated = show.capabilities?.map((name) => capabilityNames[name]).filter((name) => name !== undefined);
  return {
    contextLength: typeof length === 'number' ? length : null,
    capabilities: stated ?? guessCapabilities(model),
  };
}

function toDetails(show: Static<typeof Show>, model: string): ModelDetails {
  return {
    model,
    ...toFacts(show, model),
    family: show.details?.family ?? null,
    parameterSize: show.details?.parameter_size ?? null,
    quantization: show.details?.quantization_level ?? null,
    license: show.license?.trim().split('\n', 1)[0]?.slice(0, 200) ?? null,
  };
}

function toRunning(model: Static<typeof Running>['models'][number]): RunningModel {
  return {
    model: model.name,
    sizeBytes: model.size ?? 0,
    vramBytes: model.size_vram ?? 0,
    expiresAt: model.expires_at ?? null,
    contextTokens: model.context_length ?? null,
  };
}

/** By the name, where a server does not say: embedding models carry it in their names by custom. */
function guessCapabilities(model: string): ModelCapability[] {
  return /embed|bge-|e5-|gte-|minilm/i.test(model) ? ['embedding'] : ['chat'];
}

/** vLLM says `max_model_len`, OpenRouter `context_length`, llama.cpp `meta.n_ctx_train`; others say nothing. */
function statedContext(model: Static<typeof OpenAiModels>['data'][number]): number | null {
  const meta = model.meta as { n_ctx_train?: unknown } | undefined | null;
  for (const value of [model.max_model_len, model.context_length, meta?.n_ctx_train])
    if (typeof value === 'number' && value > 0) return value;
  return null;
}

async function listOpenAi(provider: ProviderConnection, way: ProviderFetch): Promise<ListedModel[]> {
  const { data } = await readJson(way, provider, '/models', OpenAiModels);
  return data.map((model) => ({
    ...ofProvider(provider),
    model: model.id,
    sizeBytes: null,
    contextLength: statedContext(model),
    capabilities: guessCapabilities(model.id),
    loaded: null,
  }));
}

async function listOllama(
  provider: ProviderConnection,
  way: ProviderFetch,
  factsOf: (model: string) => Promise<ModelFacts>,
): Promise<ListedModel[]> {
  const [{ models }, running] = await Promise.all([
    readJson(way, provider, '/api/tags', Tags),
    readJson(way, provider, '/api/ps', Running),
  ]);
  const loaded = new Set(running.models.map((model) => model.name));
  const listed: ListedModel[] = [];
  for (let at = 0; at < models.length; at += showAtOnce) {
    const batch = models.slice(at, at + showAtOnce);
    const found = await Promise.all(batch.map((model) => factsOf(model.name)));
    for (const [index, model] of batch.entries())
      listed.push({
        ...ofProvider(provider),
        model: model.name,
        sizeBytes: model.size ?? null,
        contextLength: found[index]?.contextLength ?? null,
        capabilities: found[index]?.capabilities ?? [],
        loaded: loaded.has(model.name),
      });
  }
  return listed;
}

function ofProvider(
  provider: ProviderConnection,
): Pick<ListedModel, 'providerId' | 'providerName' | 'providerKind'> {
  return { providerId: provider.id, providerName: provider.name, providerKind: provider.kind };
}

async function* readPull(
  response: Response,
  provider: ProviderConnection,
): AsyncGenerator<PullProgress, void> {
  const decoder = new TextDecoder();
  for await (const part of response.body ?? []) {
    // The guard passes whole lines only.
    for (const line of decoder.decode(part, { stream: true }).split('\n')) {
      if (line.trim() === '') continue;
      const value: unknown = JSON.parse(line);
      if (!Check(PullLine, value)) throw notUnderstood(provider);
      yield { status: value.status, completedBytes: value.completed ?? 0, totalBytes: value.total ?? null };
      if (value.status === 'success') return;
    }
  }
  throw ModelBadResponse.with({
    detail: `${provider.name} ended the download without saying that it succeeded.`,
    reason: 'download_ended',
    params: { provider: provider.name },
  });
}
