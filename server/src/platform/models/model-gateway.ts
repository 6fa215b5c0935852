import { ProblemError } from '../errors.ts';
import type { OutboundDoor } from '../outbound-http/index.ts';
import { embedTexts } from './embed-texts.ts';
import { createFairQueue, type FairQueue } from './fair-queue.ts';
import { loadLangChain, streamLangChain } from './langchain-clients.ts';
import {
  ContextExceeded,
  ModelBadResponse,
  ModelNotFound,
  NoChatModel,
  NoEmbeddingModel,
} from './model-errors.ts';
import {
  builtinProviderId,
  type ChatEvent,
  type ChatRequest,
  type Embeddings,
  type ListedModel,
  type ModelChoice,
  type ModelDirectory,
  type ProviderConnection,
  type ProviderHealth,
  type PullProgress,
  type ResolvedModel,
  type SlotName,
} from './model-types.ts';
import { type ModelLimits, startCall, withPace } from './paced-call.ts';
import { createProviderApi, type ModelFacts, type ProviderApi } from './provider-api.ts';
import { createProviderFetch } from './provider-fetch.ts';
import { estimateTokens } from './token-estimate.ts';

/** The one way to models. Everything it throws is of the `models.…` taxonomy, or the reason of the caller's abort. */
export interface ModelGateway {
  /** The model for a job: the given choice, else what the slot is assigned, else the built-in engine. */
  resolve(slot: SlotName, choice?: ModelChoice | null): Promise<ResolvedModel>;
  /** Streams one answer; the last event is always `finish`, a stream without it throws. Leaving the loop ends the request. */
  streamChat(request: ChatRequest): AsyncGenerator<ChatEvent, void>;
  /** Embeds texts with the assigned model, in batches. Throws `models.no_embedding_model` when there is none. */
  embed(request: { texts: string[]; signal: AbortSignal; fairnessKey?: string }): Promise<Embeddings>;
  /** All models of all enabled providers; a provider that fails is named beside them. */
  listModels(signal: AbortSignal): Promise<{ items: ListedModel[]; unreachable: UnreachableProvider[] }>;
  /** What a model can do, from its server. Throws `models.model_not_found` where the server says so. */
  describeModel(choice: ModelChoice, signal: AbortSignal): Promise<ModelFacts>;
  health(provider: ProviderConnection, signal: AbortSignal): Promise<ProviderHealth>;
  pull(choice: ModelChoice, signal: AbortSignal): AsyncGenerator<PullProgress, void>;
  /** Loads the client libraries ahead of the first question. */
  warmUp(): Promise<void>;
}

export interface UnreachableProvider {
  providerId: string;
  code: string;
  detail: string;
}

export interface ModelGatewayOptions {
  door: OutboundDoor;
  directory: ModelDirectory;
  limits: ModelLimits;
  /** Tokens of context asked of Ollama, where a model could take more: memory grows with it. 8,192 by default. */
  ollamaContextTokens?: number;
}

const wholeAnswerMs = 60 * 60_000;
const chatMaxBytes = 64 * 1024 * 1024;
const factsTimeoutMs = 3_000;
/** A machine that runs models itself gains nothing from more at once; a service does. */
const maxRunning = { ollama: 4, openai: 16 };
const maxWaiting = 200;

/** Builds the gateway. Nothing is loaded and nobody is asked before the first call. */
export function createModelGateway(options: ModelGatewayOptions): ModelGateway {
  const { directory, door } = options;
  const api = createProviderApi(door);
  const queues = new Map<string, FairQueue>();
  const queueOf = (provider: ProviderConnection): FairQueue => {
    const known = queues.get(provider.id);
    if (known) return known;
    const queue = createFairQueue({ maxRunning: maxRunning[provider.kind], maxWaiting });
    queues.set(provider.id, queue);
    return queue;
  };
  const parts: GatewayParts = { ...options, api, queueOf };
  return {
    resolve: (slot, choice) => resolveModel(parts, slot, choice ?? undefined),
    streamChat: (request) => streamChat(parts, request),
    async embed({ texts, signal, fairnessKey = 'embedding' }) {
      const assignment = await directory.findAssignment('embedding');
      if (!assignment || assignment.providerId === builtinProviderId) throw NoEmbeddingModel.with();
      const provider = await getProvider(directory, assignment);
      const { model } = assignment;
      return embedTexts({
        door,
        limits: options.limits,
        queue: queueOf(provider),
        provider,
        model,
        texts,
        signal,
        fairnessKey,
      });
    },
    async listModels(signal) {
      const providers = (await directory.listProviders()).filter((provider) => provider.enabled);
      return listAll(api, providers, signal);
    },
    describeModel: async (choice, signal) =>
      api.modelFacts(await getProvider(directory, choice), choice.model, signal),
    health: (provider, signal) => checkHealth(api, provider, signal),
    async *pull(choice, signal) {
      const provider = await getProvider(directory, choice);
      if (provider.kind !== 'ollama')
        throw ModelBadResponse.with({
          detail: `${provider.name} is no Ollama server; models are added to it in its own way.`,
        });
      yield* api.pull(provider, choice.model, signal);
    },
    warmUp: loadLangChain,
  };
}

interface GatewayParts extends ModelGatewayOptions {
  api: ProviderApi;
  queueOf(provider: ProviderConnection): FairQueue;
}

async function getProvider(directory: ModelDirectory, choice: ModelChoice): Promise<ProviderConnection> {
  const provider = await directory.findProvider(choice.providerId);
  if (provider?.enabled) return provider;
  throw ModelNotFound.with({
    detail: provider
      ? `The provider ${provider.name} is switched off. Choose another model.`
      : `The provider of the model ${choice.model} was removed. Choose another model.`,
  });
}

async function resolveModel(
  parts: GatewayParts,
  slot: SlotName,
  choice: ModelChoice | undefined,
): Promise<ResolvedModel> {
  const inherited = slot === 'title' ? await parts.directory.findAssignment('title') : undefined;
  const wanted =
    choice ?? inherited ?? (await parts.directory.findAssignment(slot === 'title' ? 'chat' : slot));
  if (!wanted || wanted.providerId === builtinProviderId) return builtinModel(slot);
  const provider = await getProvider(parts.directory, wanted);
  return {
    providerId: provider.id,
    providerKind: provider.kind,
    model: wanted.model,
    label: `${wanted.model} · ${provider.name}`,
    contextTokens: slot === 'embedding' ? null : await contextTokensOf(parts, provider, wanted.model),
  };
}

function builtinModel(slot: SlotName): ResolvedModel {
  const label =
    slot === 'embedding' ? 'No embedding model' : 'Built-in engine (extractive, no model connected)';
  const model = slot === 'embedding' ? 'none' : 'extractive';
  return { providerId: builtinProviderId, providerKind: 'builtin', model, label, contextTokens: null };
}

/** Best effort: a server that is down now says so when it is asked for the answer. */
async function contextTokensOf(
  parts: GatewayParts,
  provider: ProviderConnection,
  model: string,
): Promise<number | null> {
  const ceiling = parts.ollamaContextTokens ?? 8_192;
  try {
    const { contextLength } = await parts.api.modelFacts(
      provider,
      model,
      AbortSignal.timeout(factsTimeoutMs),
    );
    if (provider.kind === 'ollama') return Math.min(contextLength ?? ceiling, ceiling);
    return contextLength;
  } catch {
    return provider.kind === 'ollama' ? ceiling : null;
  }
}

async function* streamChat(parts: GatewayParts, request: ChatRequest): AsyncGenerator<ChatEvent, void> {
  const { model, signal } = request;
  if (model.providerKind === 'builtin') throw NoChatModel.with();
  const provider = await getProvider(parts.directory, model);
  refuseTooLong(request);
  const leave = await parts.queueOf(provider).enter(request.fairnessKey ?? '', signal);
  const call = startCall(signal);
  try {
    const way = createProviderFetch(parts.door, provider, {
      model: model.model,
      signal: call.signal,
      policy: chatPolicy(parts.limits),
      stream: provider.kind === 'ollama' ? 'ndjson' : 'sse',
      idempotencyKey: request.idempotencyKey,
    });
    const { contextTokens } = model;
    const events = streamLangChain(
      { provider, model: model.model, contextTokens, options: request.options ?? {}, way },
      request.messages,
    );
    yield* withPace(events, { call, way, provider, limits: parts.limits });
  } finally {
    // The libraries leave the connection open when their reader stops: this closes it, whatever happened.
    call.end();
    leave();
  }
}

function chatPolicy(limits: ModelLimits): {
  timeoutMs: number;
  firstByteTimeoutMs: number;
  idleTimeoutMs: number;
  maxBytes: number;
} {
  const longest = Math.max(limits.firstTokenTimeoutMs, limits.idleTimeoutMs) + 1_000;
  return {
    timeoutMs: wholeAnswerMs,
    firstByteTimeoutMs: longest,
    idleTimeoutMs: longest,
    maxBytes: chatMaxBytes,
  };
}

function refuseTooLong({ messages, model }: ChatRequest): void {
  if (model.contextTokens === null) return;
  const needed = messages.reduce((sum, message) => sum + estimateTokens(message.content) + 4, 0);
  // The estimate leans to the high side: what is only a little over may well fit.
  if (needed * 0.75 <= model.contextTokens) return;
  throw ContextExceeded.with({
    detail: `This is about ${needed} tokens; ${model.model} reads at most ${model.contextTokens} at once.`,
  });
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
      unreachable.push({ providerId, code: result.reason.code, detail: result.reason.detail });
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
    return { state: 'ok', code: null, detail: null, version: await api.version(provider, signal) };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return { state: 'error', code: error.code, detail: error.detail, version: null };
  }
}
