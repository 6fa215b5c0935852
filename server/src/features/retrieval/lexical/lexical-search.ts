import type { Queryable } from '../../../platform/database/database.ts';
import { type Corpus, findRange } from '../corpus.ts';
import { inverseFrequency, type ScoredChunk, scoreChunks, selectTop, type TermPostings } from './bm25.ts';
import { estimateFrequencies, readChunks, readPostings } from './lexical-queries.ts';
import { type QueryTerm, queryTerms } from './query-terms.ts';
import {
  type ExpansionCandidate,
  expandedWeights,
  expansionCandidates,
  type FeedbackPassage,
  feedback,
} from './relevance-feedback.ts';

/** The rarest words of a long question decide; the others cost more than they tell. */
const maxQueryTerms = 32;
const unseenFrequency = Number.MAX_SAFE_INTEGER;

/** A term with what it is worth in this search. */
export interface WeightedTerm {
  key: string;
  word: string;
  /** Query weight times inverse document frequency. */
  weight: number;
  /** The person wrote it; else it was added by relevance feedback. */
  asked: boolean;
}

export interface LexicalResult {
  ranked: ScoredChunk[];
  terms: WeightedTerm[];
  /** Inverse document frequency per word of the question that the corpus knows. */
  known: Map<string, number>;
}

const nothing: LexicalResult = { ranked: [], terms: [], known: new Map() };

/**
 * BM25 over all living chunks of the owner that have any word of the question, re-scored once with words that the best
 * passages share. Only chunks with a word of the question itself are returned.
 */
export async function searchLexically(
  db: Queryable,
  corpus: Corpus,
  query: string,
  limit: number,
): Promise<LexicalResult> {
  const asked = await chooseTerms(db, corpus, queryTerms(query, corpus.languages));
  const postings = await readPostings(
    db,
    corpus,
    asked.map((term) => term.key),
  );
  if (postings.length === 0) return nothing;
  const questionWeights = new Map(asked.map((term) => [term.key, term.count]));
  const scores = scoreChunks(corpus, postings, questionWeights);
  const expansion = await chooseExpansion(db, corpus, scores, questionWeights);
  const weights = expansion ? expandedWeights(questionWeights, expansion.candidates) : questionWeights;
  if (expansion) rescore(corpus, scores, [...postings, ...expansion.postings], weights);
  const all = [...postings, ...(expansion?.postings ?? [])];
  const words = new Map([...(expansion?.candidates ?? []), ...asked].map((term) => [term.key, term.word]));
  return {
    ranked: selectTop(scores, limit),
    terms: all.map(({ key, documentFrequency }) => ({
      key,
      word: words.get(key) ?? key,
      weight: (weights.get(key) ?? 0) * inverseFrequency(corpus, documentFrequency),
      asked: questionWeights.has(key),
    })),
    known: new Map(postings.map((term) => [term.key, inverseFrequency(corpus, term.documentFrequency)])),
  };
}

async function chooseTerms(db: Queryable, corpus: Corpus, terms: QueryTerm[]): Promise<QueryTerm[]> {
  if (terms.length <= maxQueryTerms) return terms;
  const frequencies = await estimateFrequencies(
    db,
    corpus,
    terms.map((term) => term.key),
  );
  // What the sample does not have may be rare or unknown: it costs little either way, but must not crowd out the rest.
  const frequency = (term: QueryTerm): number => frequencies.get(term.key) ?? unseenFrequency;
  return terms.sort((a, b) => frequency(a) - frequency(b)).slice(0, maxQueryTerms);
}

async function chooseExpansion(
  db: Queryable,
  corpus: Corpus,
  scores: Float64Array,
  question: ReadonlyMap<string, number>,
): Promise<{ candidates: ExpansionCandidate[]; postings: TermPostings[] } | undefined> {
  if (corpus.chunkCount < feedback.minChunks) return undefined;
  const candidates = expansionCandidates(
    await readFeedback(db, corpus, selectTop(scores, feedback.passages)),
  );
  const frequencies = await estimateFrequencies(
    db,
    corpus,
    candidates.map((candidate) => candidate.key),
  );
  const mostFrequent = corpus.chunkCount * feedback.maxFrequencyShare;
  const chosen = candidates
    .map((candidate) => ({ ...candidate, frequency: frequencies.get(candidate.key) ?? 1 }))
    .filter(({ frequency }) => frequency <= mostFrequent)
    .map(({ key, word, weight, frequency }) => ({
      key,
      word,
      weight: weight * inverseFrequency(corpus, frequency),
    }))
    .sort((a, b) => b.weight - a.weight)
    .slice(0, feedback.terms);
  if (chosen.length === 0) return undefined;
  const added = chosen.map((term) => term.key).filter((key) => !question.has(key));
  return { candidates: chosen, postings: await readPostings(db, corpus, added) };
}

async function readFeedback(
  db: Queryable,
  corpus: Corpus,
  top: readonly ScoredChunk[],
): Promise<FeedbackPassage[]> {
  const places = top.flatMap(({ number, score }) => {
    const range = findRange(corpus, number);
    if (!range) return [];
    const ordinal = range.firstOrdinal + number - range.firstNumber;
    return [{ documentId: range.documentId, ordinal, language: range.language, score }];
  });
  const rows = await readChunks(db, places);
  return rows.flatMap((row) => {
    const place = places.find((at) => at.documentId === row.document_id && at.ordinal === row.ordinal);
    return place ? [{ text: row.text, language: place.language, score: place.score }] : [];
  });
}

/** Replaces the scores of chunks that have one already. */
function rescore(
  corpus: Corpus,
  scores: Float64Array,
  postings: readonly TermPostings[],
  weights: ReadonlyMap<string, number>,
): void {
  const expanded = scoreChunks(corpus, postings, weights);
  for (let number = 0; number < scores.length; number++)
    if ((scores[number] ?? 0) > 0) scores[number] = expanded[number] ?? 0;
}
