import type { Feature } from '../../platform/feature.ts';
import type { Platform } from '../../platform/platform.ts';
import type { ChunkIndexer } from '../documents/index.ts';
import { slotAssignedTopic } from '../models/index.ts';
import { createChunkIndexer } from './chunk-indexing.ts';
import { citationsFromAnswer, type Source } from './citations/answer-citations.ts';
import { type QuoteRequest, type VerifiedQuote, verifyQuote } from './citations/quote-verification.ts';
import { createExtractiveEngine, type ExtractiveEngine } from './extractive/extractive-engine.ts';
import { retrievalPersonalData } from './retrieval.personal.ts';
import { retrievalRoutes } from './retrieval.routes.ts';
import type { Citation } from './retrieval.schemas.ts';
import { createRetrievalService, type RetrievalService } from './retrieval.service.ts';
import { embedMissingWorkflow, requestMissingVectors } from './retrieval.workflows.ts';
import { createVectorIndex } from './vectors/choose-vector-index.ts';
import type { Embedder } from './vectors/embedder.ts';

export type { Source } from './citations/answer-citations.ts';
export { bestExcerpt } from './citations/text-excerpt.ts';
export type { AnswerSegment, ExtractiveEngine } from './extractive/extractive-engine.ts';
export { ScopeNotFound } from './retrieval.errors.ts';
export {
  type Citation,
  CitationSchema,
  type Passage,
  PassageSchema,
  type RetrievalState,
  type Scope,
  ScopeSchema,
  type WebPlace,
  WebPlaceSchema,
  type Why,
  WhySchema,
} from './retrieval.schemas.ts';
export type { RetrievalService, SearchRequest, SearchResult } from './retrieval.service.ts';
export { type Embedder, noEmbedder } from './vectors/embedder.ts';
export { createGatewayEmbedder } from './vectors/gateway-embedder.ts';

export interface RetrievalFeature extends Feature {
  service: RetrievalService;
  /** For documents: indexing, embedding and erasure of chunks. */
  indexer: ChunkIndexer;
  extractive: ExtractiveEngine;
  verifyQuote(request: QuoteRequest): Promise<VerifiedQuote | undefined>;
  citationsFromAnswer(request: {
    ownerId: string;
    answer: string;
    sources: readonly Source[];
  }): Promise<Citation[]>;
}

export interface RetrievalOptions {
  platform: Pick<Platform, 'db' | 'engine' | 'bus' | 'log'>;
  embedder: Embedder;
}

const embeddingTimeoutMs = 10_000;

/** Search over one's own documents, citations, and the built-in extractive answers. */
export function createRetrievalFeature({ platform, embedder }: RetrievalOptions): RetrievalFeature {
  const { db, engine, bus, log } = platform;
  const vectorIndex = createVectorIndex({ db, log });
  const service = createRetrievalService({ db, embedder, vectorIndex, log, embeddingTimeoutMs });
  let unsubscribe = (): void => {};
  const embedMissing = async (): Promise<void> => {
    try {
      if (await requestMissingVectors({ db, embedder, engine })) log.info('computing missing vectors');
    } catch (error) {
      // Search goes on with words; the next start or assignment asks again.
      log.error({ err: error }, 'missing vectors could not be asked for');
    }
  };
  return {
    service,
    indexer: createChunkIndexer({ db, embedder }),
    extractive: createExtractiveEngine({ db }),
    verifyQuote: (request) => verifyQuote(db, request),
    citationsFromAnswer: (request) => citationsFromAnswer(db, request),
    routes: retrievalRoutes(service),
    workflows: [embedMissingWorkflow({ db, embedder })],
    personal: [retrievalPersonalData(db)],
    async start() {
      unsubscribe = bus.subscribe(slotAssignedTopic, ({ slot }: { slot: string }) => {
        if (slot === 'embedding') void embedMissing();
      });
      // A change that was made while a process died, or by hand.
      await embedMissing();
    },
    async stop() {
      unsubscribe();
      await vectorIndex.close();
    },
  };
}
