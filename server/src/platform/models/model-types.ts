import type { Secret } from '../crypto/secret.ts';
import type { Failure } from '../errors.ts';
import type { SlotName } from './model-slots.ts';

export * from './model-slots.ts';

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
  /** Requests at once; the default of its kind where nobody has said. */
  maxConcurrent?: number | null;
  apiKey: Secret | null;
}

export interface ModelChoice {
  providerId: string;
  model: string;
}

/** For whom a job is done: what they, their role or their conversation have chosen counts. */
export interface ModelUser {
  userId: string;
  /** Looked up where it is not given. */
  role?: 'user' | 'admin' | 'superuser';
  conversationId?: string | null;
}

/** From the most general to the most particular; `choice`: the request itself names the model. */
export type SlotLevel = 'system' | 'role' | 'person' | 'conversation' | 'choice';

/** Where a model comes from: the level, and the slot itself or the one it falls back to. */
export interface SlotSource {
  level: SlotLevel;
  slot: SlotName;
}

/** How a model is asked for one job. */
export interface SlotOptions {
  temperature?: number;
  maxOutputTokens?: number;
  /** Tokens that prompt and answer have together; memory grows with it on servers that let us choose. */
  contextTokens?: number;
  /** How long the server keeps the model in memory, as Ollama writes it: `10m`, `0`, `-1`. */
  keepAlive?: string;
  /** Put in front of the instructions of the job. */
  systemPrefix?: string;
}

/** What a slot comes down to for somebody. */
export interface SlotAssignment extends ModelChoice {
  /** Used in this order when the one before fails before its first word. */
  fallbacks?: ModelChoice[];
  options?: SlotOptions;
  source?: SlotSource;
  /** Nobody may choose otherwise: a choice for one request does not count. */
  fixed?: boolean;
}

/** Where the gateway learns who provides models and which model has which job. */
export interface ModelDirectory {
  findProvider(id: string): Promise<ProviderConnection | undefined>;
  listProviders(): Promise<ProviderConnection[]>;
  findAssignment(slot: SlotName, user?: ModelUser): Promise<SlotAssignment | undefined>;
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
  /** The job it does; its use is accounted under it. */
  slot?: SlotName;
  /** `undefined`: nothing is assigned. */
  source?: SlotSource;
  options?: SlotOptions;
  fallbacks?: ModelChoice[];
}

/** The identity of the built-in engine among providers. */
export const builtinProviderId = 'builtin';

/** A picture, as base64 without the `data:` in front. */
export interface ChatAttachment {
  mediaType: string;
  base64: string;
}

/** What a model wants to be done. Its id names the call in the message that brings the result. */
export interface ToolCall {
  id: string;
  name: string;
  arguments: Record<string, unknown>;
}

/** A tool that a model may ask for; `parameters` is a JSON Schema of an object. */
export interface ToolDefinition {
  name: string;
  description: string;
  parameters: Record<string, unknown>;
}

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant' | 'tool';
  content: string;
  /** Pictures of a user's message. */
  attachments?: ChatAttachment[];
  /** What an assistant's message asked for. */
  toolCalls?: ToolCall[];
  /** The call that a tool's message answers. */
  toolCallId?: string;
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
  /** Who is served and whose quota it is; without it the installation itself asks. */
  userId?: string;
  /** Waiting requests of different keys take turns; the person by default. */
  fairnessKey?: string;
  /** Win over the options of the slot. */
  options?: ChatOptions;
  tools?: ToolDefinition[];
  /** The answer is to be JSON of this schema. Servers differ in how well they keep to it: check what comes. */
  format?: { name: string; schema: Record<string, unknown> };
}

export interface TokenUsage {
  inputTokens: number;
  outputTokens: number;
}

export type ChatEvent =
  | { type: 'text'; text: string }
  | { type: 'thinking'; text: string }
  /** Others are served first: how many, counting this request. */
  | { type: 'waiting'; position: number }
  /** The model before failed before its first word; this one is asked now. */
  | { type: 'fallback'; model: ResolvedModel; because: { code: string; detail: string } }
  /** At most once, right before `finish`. */
  | { type: 'tool_calls'; calls: ToolCall[] }
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
  /** Why it is not well; null when it is. */
  failure: Failure | null;
  version: string | null;
}

export interface PullProgress {
  status: string;
  completedBytes: number;
  totalBytes: number | null;
}

/** What a provider is busy with, in this process. */
export interface ProviderTraffic {
  running: number;
  waiting: number;
  maxRunning: number;
  breaker: BreakerView;
}

/** `open`: nobody is let through; `half_open`: the next request tries whether the server is back. */
export interface BreakerView {
  state: 'closed' | 'open' | 'half_open';
  consecutiveFailures: number;
  /** When somebody is let through again. */
  retryAt: Date | null;
}

/** A model in the memory of an Ollama server. */
export interface RunningModel {
  model: string;
  sizeBytes: number;
  /** The part of it in the memory of graphics cards. */
  vramBytes: number;
  expiresAt: string | null;
  contextTokens: number | null;
}

/** All that a server says about one of its models. */
export interface ModelDetails {
  model: string;
  capabilities: ModelCapability[];
  contextLength: number | null;
  family: string | null;
  parameterSize: string | null;
  quantization: string | null;
  license: string | null;
}

/** What one call has used. */
export interface UsageEntry {
  userId: string | null;
  slot: SlotName;
  providerId: string;
  providerName: string;
  model: string;
  promptTokens: number;
  completionTokens: number;
  /** Nobody told us: the tokens are estimates. */
  estimated: boolean;
  failed: boolean;
  durationMs: number;
}

/** Where the gateway accounts for calls, and asks whether a person may make one. */
export interface ModelLedger {
  /** Throws `models.quota_exceeded`. Answers how to give back what was set aside until the use is recorded. */
  admit(call: { userId: string; promptTokens: number }): Promise<() => void>;
  /** Keeps it; never throws because the database is away. */
  record(entry: UsageEntry): Promise<void>;
}
