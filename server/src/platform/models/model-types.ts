import type { Secret } from '../crypto/secret.ts';

/** A job that a model is assigned to. */
export type SlotName = 'chat' | 'embedding' | 'title';
export const slotNames: readonly SlotName[] = ['chat', 'embedding', 'title'];

/** Kinds of servers that answer over the network; `builtin` is the engine of this program. */
export type RemoteProviderKind = 'ollama' | 'openai';
export type ProviderKind = RemoteProviderKind | 'builtin';

export type ModelCapability = 'chat' | 'embedding' | 'tools' | 'vision' | 'thinking';

/** How to reach one provider. */
export interface ProviderConnection {
  id: string;
  kind: RemoteProviderKind;
  name: string;
  /** Without a slash at the end; ends in the version path (`/v1`) for OpenAI-compatible servers. */
  baseUrl: string;
  allowLocal: boolean;
  enabled: boolean;
  apiKey: Secret | null;
}

export interface ModelChoice {
  providerId: string;
  model: string;
}

/** Where the gateway learns who provides models and which model has which job. */
export interface ModelDirectory {
  findProvider(id: string): Promise<ProviderConnection | undefined>;
  listProviders(): Promise<ProviderConnection[]>;
  findAssignment(slot: SlotName): Promise<ModelChoice | undefined>;
}

/** The model that does a job, as far as it is known before it is asked. */
export interface ResolvedModel {
  providerId: string;
  providerKind: ProviderKind;
  model: string;
  /** For a person: model and provider. */
  label: string;
  /** Tokens that prompt and answer may have together; `null` when nobody says. */
  contextTokens: number | null;
}

/** The identity of the built-in engine among providers. */
export const builtinProviderId = 'builtin';

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export interface ChatOptions {
  temperature?: number;
  maxOutputTokens?: number;
}

export interface ChatRequest {
  model: ResolvedModel;
  messages: ChatMessage[];
  signal: AbortSignal;
  /** The same for every attempt of one answer; sent along as `Idempotency-Key`. */
  idempotencyKey: string;
  /** Who is served: waiting requests of different people take turns. */
  fairnessKey?: string;
  options?: ChatOptions;
}

export interface TokenUsage {
  inputTokens: number;
  outputTokens: number;
}

export type ChatEvent =
  | { type: 'text'; text: string }
  | { type: 'thinking'; text: string }
  | { type: 'finish'; reason: 'stop' | 'length'; usage: TokenUsage | null };

export interface Embeddings {
  /** One per text, in their order. */
  vectors: Float32Array[];
  model: string;
  dimensions: number;
}

export interface ListedModel {
  providerId: string;
  providerName: string;
  providerKind: ProviderKind;
  model: string;
  sizeBytes: number | null;
  /** The most the model was built for, in tokens. */
  contextLength: number | null;
  capabilities: ModelCapability[];
  loaded: boolean | null;
}

export interface ProviderHealth {
  state: 'ok' | 'error';
  code: string | null;
  detail: string | null;
  version: string | null;
}

export interface PullProgress {
  status: string;
  completedBytes: number;
  totalBytes: number | null;
}
