import type { OutboundDoor } from '../outbound-http/index.ts';
import type { FairQueue } from './fair-queue.ts';
import { embedLangChain } from './langchain-clients.ts';
import { ModelBadResponse } from './model-errors.ts';
import type { Embeddings, ProviderConnection } from './model-types.ts';
import { explain, type ModelLimits, startCall } from './paced-call.ts';
import { createProviderFetch } from './provider-fetch.ts';

const batchSize = 32;
const maxBytes = 64 * 1024 * 1024;

export interface EmbedJob {
  door: OutboundDoor;
  limits: ModelLimits;
  queue: FairQueue;
  provider: ProviderConnection;
  model: string;
  texts: string[];
  signal: AbortSignal;
  fairnessKey: string;
}

/** Embeds texts in batches; each batch waits its turn, so that a question does not wait for the indexing of a library. */
export async function embedTexts(job: EmbedJob): Promise<Embeddings> {
  const vectors: Float32Array[] = [];
  for (let at = 0; at < job.texts.length; at += batchSize) {
    const leave = await job.queue.enter(job.fairnessKey, job.signal);
    try {
      vectors.push(...(await embedBatch(job, job.texts.slice(at, at + batchSize))));
    } finally {
      leave();
    }
  }
  const dimensions = vectors[0]?.length ?? 0;
  if (vectors.some((vector) => vector.length !== dimensions)) throw badVectors(job.provider);
  return { vectors, model: job.model, dimensions };
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
  return ModelBadResponse.with({ detail: `${provider.name} did not send one vector for each text.` });
}
