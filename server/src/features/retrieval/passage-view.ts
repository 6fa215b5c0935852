import type { Database } from '../../platform/database/database.ts';
import { analyze } from './analysis/analyzer.ts';
import type { Corpus } from './corpus.ts';
import { readTextSlice } from './document-text.ts';
import { termScore } from './lexical/bm25.ts';
import { countTerms, tokenizeChunk } from './lexical/chunk-terms.ts';
import type { WeightedTerm } from './lexical/lexical-search.ts';
import type { PassageDraft } from './passage-selection.ts';
import type { Passage, Why } from './retrieval.schemas.ts';

const maxMatchedTerms = 16;
const maxHighlights = 300;

export interface PassageContext {
  db: Database;
  corpus: Corpus;
  terms: readonly WeightedTerm[];
  documentNames: ReadonlyMap<string, string>;
}

/** Builds what the person sees of a passage: the verbatim text, what matched in it, and why it is here. */
export async function viewPassage(context: PassageContext, draft: PassageDraft): Promise<Passage> {
  const { lead, parts } = draft;
  const first = parts[0]?.chunk ?? lead.chunk;
  const last = parts.at(-1)?.chunk ?? lead.chunk;
  const text = await passageText(context, draft);
  return {
    chunk_id: lead.chunk.id,
    document_id: lead.chunk.document_id,
    document_name: context.documentNames.get(lead.chunk.document_id) ?? '',
    page_start: first.page_start,
    page_end: last.page_end,
    start: first.start_offset,
    end: first.start_offset + text.length,
    heading_path: lead.chunk.heading_path,
    text,
    highlights: highlight(context, draft, text),
    score: lead.fused.fusedScore,
    why: explain(context, draft),
  };
}

async function passageText(context: PassageContext, draft: PassageDraft): Promise<string> {
  const { lead, parts } = draft;
  if (parts.length === 1) return lead.chunk.text;
  const start = parts[0]?.chunk.start_offset ?? 0;
  const end = parts.at(-1)?.chunk.end_offset ?? 0;
  const { ownerId } = context.corpus;
  const slice = await readTextSlice(context.db, ownerId, lead.chunk.document_id, { start, end });
  return slice?.text.slice(start - slice.start, end - slice.start) ?? lead.chunk.text;
}

function highlight(context: PassageContext, draft: PassageDraft, text: string): Passage['highlights'] {
  const asked = new Set(context.terms.filter((term) => term.asked).map((term) => term.key));
  return analyze(text, draft.lead.language)
    .filter((term) => asked.has(term.key))
    .slice(0, maxHighlights)
    .map(({ start, end }) => ({ start, end }));
}

function explain(context: PassageContext, draft: PassageDraft): Why {
  const { fused, chunk, language } = draft.lead;
  const counted = countTerms(tokenizeChunk({ text: chunk.text, headingPath: chunk.heading_path }), language);
  const matched = context.terms.flatMap((term) => {
    const frequency = counted.frequencies.get(term.key) ?? 0;
    if (frequency === 0) return [];
    const weight = termScore(context.corpus, term.weight, frequency, counted.length);
    return [{ term: term.word, weight: rounded(weight) }];
  });
  return {
    matched_terms: matched.sort((a, b) => b.weight - a.weight).slice(0, maxMatchedTerms),
    lexical_rank: fused.lexicalRank,
    lexical_score: fused.lexicalScore === null ? null : rounded(fused.lexicalScore),
    vector_rank: fused.vectorRank,
    vector_similarity: fused.vectorSimilarity === null ? null : rounded(fused.vectorSimilarity),
    fused_score: fused.fusedScore,
  };
}

const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;
