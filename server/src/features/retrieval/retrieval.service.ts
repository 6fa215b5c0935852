import { sql } from 'kysely';
import type { Database } from '../../platform/database/database.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import {
  type Corpus,
  countUnread,
  findRange,
  listDocumentsInBoth,
  loadCorpus,
  requireScope,
} from './corpus.ts';
import { type FusedChunk, fuse } from './fusion.ts';
import { type ChunkRow, readChunks } from './lexical/lexical-queries.ts';
import { type LexicalResult, searchLexically } from './lexical/lexical-search.ts';
import { asksForOverview, overviewChunks } from './overview.ts';
import { type Candidate, selectPassages } from './passage-selection.ts';
import { viewPassage } from './passage-view.ts';
import type { Passage, RetrievalState, Scope } from './retrieval.schemas.ts';
import type { Embedder } from './vectors/embedder.ts';
import type { VectorIndex } from './vectors/vector-index.ts';
import { searchVectors } from './vectors/vector-search.ts';

export interface SearchRequest {
  actor: { userId: string };
  query: string;
  scope: Scope;
  /** Passages wanted, at most. */
  limit: number;
  signal: AbortSignal;
}

export interface SearchResult {
  items: Passage[];
  tookMs: number;
  retrieval: RetrievalState;
}

export interface RetrievalService {
  /**
   * The passages of the person's own documents that fit the query best, best first. Documents count once they are
   * ready and until they are deleted. Throws `retrieval.scope_not_found`.
   */
  search(request: SearchRequest): Promise<SearchResult>;
  /** How many of the person's documents are still being read, so that a search cannot find anything of them yet. */
  countUnread(request: Pick<SearchRequest, 'actor' | 'scope'>): Promise<number>;
  /** The person's own documents that are in both scopes. */
  documentsInBoth(request: Pick<SearchRequest, 'actor'> & { one: Scope; other: Scope }): Promise<string[]>;
}

export interface RetrievalDependencies {
  db: Database;
  embedder: Embedder;
  vectorIndex: VectorIndex;
  log: Logger;
  /** Milliseconds that a search waits for the query's vector before it goes on without. */
  embeddingTimeoutMs: number;
}

/** Each ranking's depth: what fusion and the choice of passages can draw from. */
const rankingDepth = 100;
/** Neighbours and repetitions fall together: so many candidates are read per passage wanted. */
const candidatesPerPassage = 4;
const minCandidates = 60;

/** Builds the search verb over the lexical index and vectors. */
export function createRetrievalService(dependencies: RetrievalDependencies): RetrievalService {
  const { db } = dependencies;
  return {
    countUnread: ({ actor, scope }) => countUnread(db, actor.userId, scope),
    documentsInBoth: ({ actor, one, other }) => listDocumentsInBoth(db, actor.userId, one, other),
    async search({ actor, query, scope, limit, signal }) {
      const startedAt = performance.now();
      await requireScope(db, actor.userId, scope);
      const corpus = await loadCorpus(db, actor.userId, scope);
      const [lexical, vector] = await Promise.all([
        findByWords(db, corpus, query, limit),
        searchVectors(
          { ...dependencies, index: dependencies.vectorIndex, timeoutMs: dependencies.embeddingTimeoutMs },
          { corpus, query, limit: rankingDepth, signal },
        ),
      ]);
      signal.throwIfAborted();
      const fused = fuse(lexical.ranked, vector.hits).slice(
        0,
        Math.max(minCandidates, limit * candidatesPerPassage),
      );
      const drafts = selectPassages(await readCandidates(db, corpus, fused), limit);
      const documentNames = await readNames(
        db,
        drafts.map((draft) => draft.lead.chunk.document_id),
      );
      const context = { db, corpus, terms: lexical.terms, documentNames };
      const items = await Promise.all(drafts.map((draft) => viewPassage(context, draft)));
      return {
        items,
        tookMs: Math.round((performance.now() - startedAt) * 10) / 10,
        retrieval: { lexical: true, ...vector.state },
      };
    },
  };
}

async function findByWords(
  db: Database,
  corpus: Corpus,
  query: string,
  limit: number,
): Promise<Pick<LexicalResult, 'ranked' | 'terms'>> {
  // Most questions of people without documents, or without any in scope, end here: no statement more.
  if (!corpus.ranges.some((range) => range.inScope)) return { ranked: [], terms: [] };
  if (asksForOverview(query)) return { ranked: overviewChunks(corpus, limit), terms: [] };
  return searchLexically(db, corpus, query, rankingDepth);
}

async function readCandidates(
  db: Database,
  corpus: Corpus,
  fused: readonly FusedChunk[],
): Promise<Candidate[]> {
  const places = fused.flatMap((chunk) => {
    const range = findRange(corpus, chunk.number);
    if (!range) return [];
    const ordinal = range.firstOrdinal + chunk.number - range.firstNumber;
    return [{ fused: chunk, documentId: range.documentId, language: range.language, ordinal }];
  });
  const rows = new Map<string, ChunkRow>();
  for (const row of await readChunks(db, places)) rows.set(`${row.document_id} ${row.ordinal}`, row);
  return places.flatMap(({ fused: chunkScore, documentId, language, ordinal }) => {
    const chunk = rows.get(`${documentId} ${ordinal}`);
    return chunk ? [{ fused: chunkScore, chunk, language }] : [];
  });
}

async function readNames(db: Database, documentIds: readonly string[]): Promise<Map<string, string>> {
  if (documentIds.length === 0) return new Map();
  const { rows } = await sql<{ id: string; name: string }>`
    select id, name from documents where id = any(${[...new Set(documentIds)]}::uuid[])`.execute(db);
  return new Map(rows.map((row) => [row.id, row.name]));
}
