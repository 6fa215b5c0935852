import { type Failure, failureOf, ProblemError } from '../errors.ts';
import type { OutboundDoor } from '../outbound-http/index.ts';
import { type ChatParts, streamWithFallbacks } from './chat-call.ts';
import { embedTexts } from './embed-texts.ts';
import { loadLangChain } from './langchain-clients.ts';
import { ModelBadResponse, ModelNotFound, NoEmbeddingModel } from './model-errors.ts';
import {
  builtinProviderId,
  type ChatEvent,
  type ChatRequest,
  type Embeddings,
  type ListedModel,
  type ModelChoice,
  type ModelDetails,
  type ModelDirectory,
  type ModelLedger,
  type ModelUser,
  type ProviderConnection,
  type ProviderHealth,
  type ProviderTraffic,
  type PullProgress,
  type ResolvedModel,
  type RunningModel,
  type SlotAssignment,
  type SlotName,
} from './model-types.ts';
import type { ModelLimits } from './paced-call.ts';
import { createProviderApi, type ModelFacts, type ProviderApi } from './provider-api.ts';
import { createProviderGates, type ProviderGates } from './provider-gates.ts';

/** The one way to models. Everything it throws is of the `models.…` taxonomy, or the reason of the caller's abort. */
export interface ModelGateway {
  /**
   * The model for a job and where it comes from: the given choice unless the job is fixed, else what the slot comes down
   * to for this person and conversation, else the built-in engine.
   */
  resolve(slot: SlotName, choice?: ModelChoice | null, user?: ModelUser): Promise<ResolvedModel>;
  /**
   * Streams one answer; the last event is always `finish`, a stream without it throws. Leaving the loop ends the request.
   * Fall-backs of the model are asked while nothing was answered. Throws `models.quota_exceeded` before asking.
   */
  streamChat(request: ChatRequest): AsyncGenerator<ChatEvent, void>;
  /** Embeds texts with the assigned model, in batches. Throws `models.no_embedding_model` when there is none. */
  embed(request: {
    texts: string[];
    signal: AbortSignal;
    fairnessKey?: string;
    userId?: string;
  }): Promise<Embeddings>;
  /** All models of all enabled providers; a provider that fails is named beside them. */
  listModels(signal: AbortSignal): Promise<{ items: ListedModel[]; unreachable: UnreachableProvider[] }>;
  /** What a model can do, from its server. Throws `models.model_not_found` where the server says so. */
  describeModel(choice: ModelChoice, signal: AbortSignal): Promise<ModelFacts>;
  /** Everything that an Ollama server tells about a model. */
  showModel(choice: ModelChoice, signal: AbortSignal): Promise<ModelDetails>;
  /** Removes a model from the disk of an Ollama server. */
  deleteModel(choice: ModelChoice, signal: AbortSignal): Promise<void>;
  /** What an Ollama server has in memory; nothing for other kinds. */
  runningModels(provider: ProviderConnection, signal: AbortSignal): Promise<RunningModel[]>;
  /** Loads a model and says how long it stays, as Ollama writes it; `0` takes it out of memory. */
  keepAlive(choice: ModelChoice, keepAlive: string, signal: AbortSignal): Promise<void>;
  /** What a provider is busy with in this process, and whether it is left alone. */
  traffic(provider: ProviderConnection): ProviderTraffic;
  health(provider: ProviderConnection, signal: AbortSignal): Promise<ProviderHealth>;
  pull(choice: ModelChoice, signal: AbortSignal): AsyncGenerator<PullProgress, void>;
  /** Loads the client libraries ahead of the first question. */
  warmUp(): Promise<void>;
}

export interface UnreachableProvider extends Failure {
  providerId: string;
}

export interface ModelGatewayOptions {
  door: OutboundDoor;
  directory: ModelDirectory;
  limits: ModelLimits;
  /** Accounts for calls and enforces quotas; without it nothing is kept. */
  ledger?: ModelLedger;
  /** Tokens of context asked of Ollama where no slot says: memory grows with it. 8,192 by default. */
  ollamaContextTokens?: number;
  /** Milliseconds since some moment, for the rests of failing providers. */
  now?: () => number;
}

const factsTimeoutMs = 3_000;

interface GatewayParts extends ModelGatewayOptions {
  api: ProviderApi;
  gates: ProviderGates;
}

/** Builds the gateway. Nothing is loaded and nobody is asked before the first call. */
export function createModelGateway(options: ModelGatewayOptions): ModelGateway {
  const { directory, door } = options;
  const api = createProviderApi(door);
  const parts: GatewayParts = { ...options, api, gates: createProviderGates(options.now ?? Date.now) };
  const chat = chatParts(parts);
  return {
    resolve: (slot, choice, user) => resolveModel(parts, slot, choice ?? undefined, user),
    streamChat: (request): AsyncGenerator<ChatEvent, void> => streamWithFallbacks(chat, request),
    embed: (request) => embed(parts, request),
    async listModels(signal) {
      const providers = (await directory.listProviders()).filter((provider) => provider.enabled);
      return listAll(api, providers, signal);
    },
    describeModel: async (choice, signal) =>
      api.modelFacts(await getProvider(directory, choice), choice.model, signal),
    showModel: async (choice, signal) => api.show(await getOllama(directory, choice), choice.model, signal),
    deleteModel: async (choice, signal) =>
      api.deleteModel(await getOllama(directory, choice), choice.model, signal),
    runningModels: async (provider, signal) =>
      provider.kind === 'ollama' ? api.running(provider, signal) : [],
    keepAlive: async (choice, keepAlive, signal) =>
      api.keepAlive(await getOllama(directory, choice), choice.model, keepAlive, signal),
    traffic: (provider) => parts.gates.traffic(provider),
    async health(provider, signal) {
      const found = await checkHealth(api, provider, signal);
      if (found.state === 'ok') parts.gates.of(provider).breaker.succeeded();
      return found;
    },
    async *pull(choice, signal) {
      yield* api.pull(await getOllama(directory, choice), choice.model, signal);
    },
    warmUp: loadLangChain,
  };
}

function chatParts(parts: GatewayParts): ChatParts {
  const { directory, door, limits, gates, ledger } = parts;
  return {
    door,
    limits,
    gates,
    ledger,
    getProvider: (choice) => getProvider(directory, choice),
    factsOf: (provider, model, signal) => parts.api.modelFacts(provider, model, signal),
    async withChoice(model, choice) {
      const { fallbacks, ...rest } = model;
      return { ...rest, ...(await describe(parts, choice, rest)) };
    },
  };
}

async function embed(
  { directory, door, limits, gates, ledger }: GatewayParts,
  request: { texts: string[]; signal: AbortSignal; fairnessKey?: string; userId?: string },
): Promise<Embeddings> {
  const { texts, signal, userId } = request;
  const assignment = await directory.findAssignment('embedding');
  if (!assignment || assignment.providerId === builtinProviderId) throw NoEmbeddingModel.with();
  const provider = await getProvider(directory, assignment);
  const { model } = assignment;
  const { queue, breaker } = gates.of(provider);
  const fairnessKey = request.fairnessKey ?? userId ?? 'embedding';
  const job = { door, limits, queue, breaker, ledger, provider, model, texts, signal, fairnessKey, userId };
  return embedTexts(job);
}

async function getOllama(directory: ModelDirectory, choice: ModelChoice): Promise<ProviderConnection> {
  const provider = await getProvider(directory, choice);
  if (provider.kind === 'ollama') return provider;
  throw ModelBadResponse.with({
    detail: `${provider.name} is no Ollama server; its models are looked after in its own way.`,
    reason: 'not_ollama',
    params: { provider: provider.name },
  });
}

async function getProvider(directory: ModelDirectory, choice: ModelChoice): Promise<ProviderConnection> {
  const provider = await directory.findProvider(choice.providerId);
  if (provider?.enabled) return provider;
  if (provider)
    throw ModelNotFound.with({
      detail: `The provider ${provider.name} is switched off. Choose another model.`,
      reason: 'provider_off',
      params: { provider: provider.name },
    });
  throw ModelNotFound.with({
    detail: `The provider of the model ${choice.model} was removed. Choose another model.`,
    reason: 'provider_removed',
    params: { model: choice.model },
  });
}

async function resolveModel(
  parts: GatewayParts,
  slot: SlotName,
  choice: ModelChoice | undefined,
  user: ModelUser | undefined,
): Promise<ResolvedModel> {
  const assigned = await parts.directory.findAssignment(slot, user);
  const job = { slot, options: assigned?.options ?? {} };
  if (choice && !assigned?.fixed) {
    if (choice.providerId === builtinProviderId) return builtinModel(slot);
    return { ...job, ...(await describe(parts, choice, job)), source: { level: 'choice', slot } };
  }
  if (!assigned || assigned.providerId === builtinProviderId) return builtinModel(slot);
  const [first, ...fallbacks] = await usableFirst(parts.directory, assigned);
  const { source } = assigned;
  return {
    ...job,
    ...(await describe(parts, first, job)),
    fallbacks,
    ...(source ? { source } : {}),
  };
}

/** The chain from its first model on whose provider is there; the whole of it where none is. */
async function usableFirst(
  directory: ModelDirectory,
  { providerId, model, fallbacks = [] }: SlotAssignment,
): Promise<[ModelChoice, ...ModelChoice[]]> {
  const chain: [ModelChoice, ...ModelChoice[]] = [{ providerId, model }, ...fallbacks];
  for (const [index, choice] of chain.entries()) {
    const provider = await directory.findProvider(choice.providerId);
    if (provider?.enabled) return [choice, ...chain.slice(index + 1)];
  }
  return chain;
}

type Job = Pick<ResolvedModel, 'slot' | 'options'>;

async function describe(
  parts: GatewayParts,
  choice: ModelChoice,
  { slot, options }: Job,
): Promise<Pick<ResolvedModel, 'providerId' | 'providerKind' | 'model' | 'label' | 'contextTokens'>> {
  const provider = await getProvider(parts.directory, choice);
  const { model } = choice;
  return {
    providerId: provider.id,
    providerKind: provider.kind,
    model,
    label: `${model} · ${provider.name}`,
    contextTokens:
      slot === 'embedding' ? null : await contextTokensOf(parts, provider, model, options?.contextTokens),
  };
}

function builtinModel(slot: SlotName): ResolvedModel {
  const label =
    slot === 'embedding' ? 'No embedding model' : 'Built-in engine (extractive, no model connected)';
  const model = slot === 'embedding' ? 'none' : 'extractive';
  return { providerId: builtinProviderId, providerKind: 'builtin', model, label, contextTokens: null, slot };
}

/** Best effort: a server that is down now says so when it is asked for the answer. */
async function contextTokensOf(
  parts: GatewayParts,
  provider: ProviderConnection,
  model: string,
  wanted: number | undefined,
): Promise<number | null> {
  const ceiling = wanted ?? parts.ollamaContextTokens ?? 8_192;
  try {
    const { contextLength } = await parts.api.modelFacts(
      provider,
      model,
      AbortSignal.timeout(factsTimeoutMs),
    );
    if (provider.kind === 'ollama') return Math.min(contextLength ?? ceiling, ceiling);
    // Other servers decide on their window themselves: what the slot says is what we fill of it.
    return wanted === undefined ? contextLength : Math.min(contextLength ?? wanted, wanted);
  } catch {
    return provider.kind === 'ollama' ? ceiling : (wanted ?? null);
  }
}

async function listAll(
  api: ProviderApi,
  providers: ProviderConnection[],
  signal: AbortSignal,
): Promise<{ items: ListedModel[]; unreachable: UnreachableProvider[] }> {
  const results = await Promise.allSettled(providers.map((provider) => api.listModels(provider, signal)));
  signal.throwIfAborted();
  const items: ListedModel[] = [];
  const unreachable: UnreachableProvider[] = [];
  for (const [index, result] of results.entries()) {
    const providerId = providers[index]?.id ?? '';
    if (result.status === 'fulfilled') items.push(...result.value);
    else if (result.reason instanceof ProblemError)
      unreachable.push({ providerId, ...failureOf(result.reason) });
    else throw result.reason;
  }
  return { items, unreachable };
}

async function checkHealth(
  api: ProviderApi,
  provider: ProviderConnection,
  signal: AbortSignal,
): Promise<ProviderHealth> {
  try {
    return { state: 'ok', failure: null, version: await api.version(provider, signal) };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return { state: 'error', failure: failureOf(error), version: null };
  }
}
