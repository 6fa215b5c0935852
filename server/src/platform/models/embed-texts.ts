import type { OutboundDoor } from '../outbound-http/index.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import type { FairQueue } from './fair-queue.ts';
import { embedLangChain } from './langchain-clients.ts';
import { ModelBadResponse } from './model-errors.ts';
import type { Embeddings, ModelLedger, ProviderConnection } from './model-types.ts';
import { explain, type ModelLimits, startCall } from './paced-call.ts';
import { createProviderFetch } from './provider-fetch.ts';
import { judge } from './provider-gates.ts';
import { estimateTokens } from './token-estimate.ts';

const batchSize = 32;
const maxBytes = 64 * 1024 * 1024;

export interface EmbedJob {
  door: OutboundDoor;
  limits: ModelLimits;
  queue: FairQueue;
  breaker: CircuitBreaker;
  ledger: ModelLedger | undefined;
  /** Whose quota it is; the installation's own work has none. */
  userId: string | undefined;
  provider: ProviderConnection;
  model: string;
  texts: string[];
  signal: AbortSignal;
  fairnessKey: string;
}

/** Embeds texts in batches; each batch waits its turn, so that a question does not wait for the indexing of a library. */
export async function embedTexts(job: EmbedJob): Promise<Embeddings> {
  const tokens = job.texts.reduce((sum, text) => sum + estimateTokens(text), 0);
  const { ledger, userId } = job;
  const release = userId === undefined ? undefined : await ledger?.admit({ userId, promptTokens: tokens });
  const began = performance.now();
  const vectors: Float32Array[] = [];
  let failed = true;
  try {
    for (let at = 0; at < job.texts.length; at += batchSize)
      vectors.push(...(await embedInTurn(job, job.texts.slice(at, at + batchSize))));
    failed = false;
  } finally {
    const durationMs = Math.round(performance.now() - began);
    if (!failed || !job.signal.aborted) await ledger?.record(usageOf(job, { tokens, failed, durationMs }));
    release?.();
  }
  const dimensions = vectors[0]?.length ?? 0;
  if (vectors.some((vector) => vector.length !== dimensions)) throw badVectors(job.provider);
  return { vectors, model: job.model, dimensions };
}

function usageOf(
  { userId, provider, model }: EmbedJob,
  { tokens, failed, durationMs }: { tokens: number; failed: boolean; durationMs: number },
): Parameters<ModelLedger['record']>[0] {
  return {
    userId: userId ?? null,
    slot: 'embedding',
    providerId: provider.id,
    providerName: provider.name,
    model,
    promptTokens: failed ? 0 : tokens,
    completionTokens: 0,
    // The libraries keep what the servers say about it to themselves.
    estimated: true,
    failed,
    durationMs,
  };
}

async function embedInTurn(job: EmbedJob, texts: string[]): Promise<Float32Array[]> {
  const { breaker, queue, provider, fairnessKey, signal } = job;
  breaker.admit(provider.name);
  let outcome: { error: unknown } | undefined = { error: undefined };
  let leave: (() => void) | undefined;
  try {
    leave = await queue.enter(fairnessKey, signal);
    const vectors = await embedBatch(job, texts);
    outcome = undefined;
    return vectors;
  } catch (error) {
    outcome = { error };
    throw error;
  } finally {
    judge(breaker, outcome, signal.aborted);
    leave?.();
  }
}

async function embedBatch(job: EmbedJob, texts: string[]): Promise<Float32Array[]> {
  const { door, limits, model, provider } = job;
  const call = startCall(job.signal);
  const policy = {
    timeoutMs: limits.firstTokenTimeoutMs,
    idleTimeoutMs: limits.firstTokenTimeoutMs,
    maxBytes,
  };
  const way = createProviderFetch(door, provider, { model, signal: call.signal, policy });
  try {
    const answer = await embedLangChain({ provider, model, way }, texts);
    if (!isMatrix(answer) || answer.length !== texts.length) throw badVectors(provider);
    return answer.map((vector) => Float32Array.from(vector));
  } catch (error) {
    throw explain(error, { call, way, provider, limits });
  } finally {
    call.end();
  }
}

function isMatrix(value: unknown): value is number[][] {
  return (
    Array.isArray(value) &&
    value.every(
      (row) => Array.isArray(row) && row.length > 0 && row.every((number) => Number.isFinite(number)),
    )
  );
}

function badVectors(provider: ProviderConnection): Error {
  const detail = `${provider.name} did not send one vector for each text.`;
  return ModelBadResponse.with({ detail, reason: 'vectors', params: { provider: provider.name } });
}
