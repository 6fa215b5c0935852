import { ProblemError } from '../errors.ts';
import type { OutboundDoor } from '../outbound-http/index.ts';
import { streamLangChain } from './langchain-clients.ts';
import { ContextExceeded, NoChatModel, NoVision, QuotaExceeded } from './model-errors.ts';
import type {
  ChatEvent,
  ChatMessage,
  ChatRequest,
  ModelChoice,
  ModelLedger,
  ProviderConnection,
  ResolvedModel,
  TokenUsage,
} from './model-types.ts';
import { type ModelLimits, startCall, withPace } from './paced-call.ts';
import type { ModelFacts } from './provider-api.ts';
import { createProviderFetch } from './provider-fetch.ts';
import { judge, type ProviderGates, takeTurn } from './provider-gates.ts';
import { estimateTokens } from './token-estimate.ts';

const wholeAnswerMs = 60 * 60_000;
const chatMaxBytes = 64 * 1024 * 1024;
/** What a picture costs at least, in about every model. */
const tokensPerPicture = 256;

export interface ChatParts {
  door: OutboundDoor;
  limits: ModelLimits;
  gates: ProviderGates;
  ledger: ModelLedger | undefined;
  getProvider(choice: ModelChoice): Promise<ProviderConnection>;
  /** The same job with another model. */
  withChoice(model: ResolvedModel, choice: ModelChoice): Promise<ResolvedModel>;
  factsOf(provider: ProviderConnection, model: string, signal: AbortSignal): Promise<ModelFacts>;
}

/** Asks the model of a request, and its fall-backs in their order while none has said a word. */
export async function* streamWithFallbacks(
  parts: ChatParts,
  request: ChatRequest,
): AsyncGenerator<ChatEvent, void> {
  let { model } = request;
  if (model.providerKind === 'builtin') throw NoChatModel.with();
  const others = [...(model.fallbacks ?? [])];
  for (;;) {
    let began = false;
    try {
      for await (const event of streamAccounted(parts, { ...request, model })) {
        began ||= event.type !== 'waiting';
        yield event;
      }
      return;
    } catch (error) {
      const next = others.shift();
      if (began || !next || request.signal.aborted || !mayFallBack(error)) throw error;
      model = await parts.withChoice(model, next);
      const { code, detail } = error;
      yield { type: 'fallback', model, because: { code, detail } };
    }
  }
}

function mayFallBack(error: unknown): error is ProblemError {
  return (
    error instanceof ProblemError && error.code.startsWith('models.') && error.code !== QuotaExceeded.code
  );
}

/** One model asked once; what it used is recorded before the last event is passed on, or when it has failed. */
async function* streamAccounted(parts: ChatParts, request: ChatRequest): AsyncGenerator<ChatEvent, void> {
  const provider = await parts.getProvider(request.model);
  const messages = withPrefix(request.messages, request.model.options?.systemPrefix);
  const promptTokens = promptTokensOf(messages);
  refuseTooLong(request.model, promptTokens);
  await refuseBlind(parts, provider, { ...request, messages });
  const { ledger } = parts;
  const { userId } = request;
  const release = userId === undefined ? undefined : await ledger?.admit({ userId, promptTokens });
  const tally = { written: 0, began: performance.now(), asked: false, isRecorded: false };
  let failed = false;
  const record = async (usage: TokenUsage | null): Promise<void> => {
    if (tally.isRecorded || !tally.asked) return;
    tally.isRecorded = true;
    await ledger?.record({
      userId: userId ?? null,
      slot: request.model.slot ?? 'chat',
      providerId: provider.id,
      providerName: provider.name,
      model: request.model.model,
      promptTokens: usage?.inputTokens ?? promptTokens,
      completionTokens: usage?.outputTokens ?? tally.written,
      estimated: usage === null,
      failed,
      durationMs: Math.round(performance.now() - tally.began),
    });
  };
  try {
    for await (const event of streamOnce(parts, provider, { ...request, messages }, tally)) {
      if (event.type === 'text' || event.type === 'thinking') tally.written += estimateTokens(event.text);
      if (event.type === 'finish') await record(event.usage);
      yield event;
    }
  } catch (error) {
    failed = !request.signal.aborted;
    throw error;
  } finally {
    await record(null);
    release?.();
  }
}

async function* streamOnce(
  parts: ChatParts,
  provider: ProviderConnection,
  request: ChatRequest,
  tally: { began: number; asked: boolean },
): AsyncGenerator<ChatEvent, void> {
  const { model, signal } = request;
  const { breaker, queue } = parts.gates.of(provider);
  breaker.admit(provider.name);
  let outcome: { error: unknown } | undefined = { error: undefined };
  let leave: (() => void) | undefined;
  const call = startCall(signal);
  try {
    leave = yield* takeTurn(queue, request.fairnessKey ?? request.userId ?? '', signal);
    tally.began = performance.now();
    tally.asked = true;
    const way = createProviderFetch(parts.door, provider, {
      model: model.model,
      signal: call.signal,
      policy: chatPolicy(parts.limits),
      stream: provider.kind === 'ollama' ? 'ndjson' : 'sse',
      idempotencyKey: request.idempotencyKey,
    });
    const { contextTokens } = model;
    const options = { ...model.options, ...request.options };
    const { tools = [], format } = request;
    const events = streamLangChain(
      { provider, model: model.model, contextTokens, options, tools, format, way },
      request.messages,
    );
    yield* withPace(events, { call, way, provider, limits: parts.limits });
    outcome = undefined;
  } catch (error) {
    outcome = { error };
    throw error;
  } finally {
    judge(breaker, outcome, outcome?.error === undefined || signal.aborted);
    // The libraries leave the connection open when their reader stops: this closes it, whatever happened.
    call.end();
    leave?.();
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

function withPrefix(messages: ChatMessage[], prefix: string | undefined): ChatMessage[] {
  if (prefix === undefined) return messages;
  const [first, ...rest] = messages;
  if (first?.role !== 'system') return [{ role: 'system', content: prefix }, ...messages];
  return [{ ...first, content: `${prefix}\n\n${first.content}` }, ...rest];
}

function promptTokensOf(messages: ChatMessage[]): number {
  return messages.reduce(
    (sum, message) =>
      sum + estimateTokens(message.content) + 4 + (message.attachments?.length ?? 0) * tokensPerPicture,
    0,
  );
}

function refuseTooLong(model: ResolvedModel, needed: number): void {
  if (model.contextTokens === null) return;
  // The estimate leans to the high side: what is only a little over may well fit.
  if (needed * 0.75 <= model.contextTokens) return;
  throw ContextExceeded.with({
    detail: `This is about ${needed} tokens; ${model.model} reads at most ${model.contextTokens} at once.`,
    reason: 'tokens',
    params: { needed, model: model.model, limit: Number(model.contextTokens) },
  });
}

/** Ollama drops pictures silently that a model cannot see; other servers say so themselves. */
async function refuseBlind(
  parts: ChatParts,
  provider: ProviderConnection,
  { model, messages, signal }: ChatRequest,
): Promise<void> {
  if (provider.kind !== 'ollama' || !messages.some((message) => message.attachments?.length)) return;
  const { capabilities } = await parts.factsOf(provider, model.model, signal);
  if (!capabilities.includes('vision'))
    throw NoVision.with({
      detail: `The model ${model.model} cannot look at pictures. Choose one that can.`,
      reason: 'named',
      params: { model: model.model },
    });
}
