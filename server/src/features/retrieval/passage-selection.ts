import type { Language } from './analysis/language.ts';
import type { FusedChunk } from './fusion.ts';
import type { ChunkRow } from './lexical/lexical-queries.ts';

export interface Candidate {
  fused: FusedChunk;
  chunk: ChunkRow;
  language: Language;
}

/** One or more neighbouring chunks that are shown as one passage; the best of them leads. */
export interface PassageDraft {
  lead: Candidate;
  /** In order of the text. */
  parts: Candidate[];
}

/** So many passages of one document, then the other documents have their turn. */
const perDocument = 3;
const maxMergedUnits = 2_400;

/**
 * Chooses `limit` passages, best first: neighbours become one passage, repeated text is left out, and one document
 * fills the list only when the others have nothing more to say.
 */
export function selectPassages(candidates: readonly Candidate[], limit: number): PassageDraft[] {
  const drafts = mergeNeighbours(withoutRepetitions(candidates));
  const counts = new Map<string, number>();
  const chosen: PassageDraft[] = [];
  const postponed: PassageDraft[] = [];
  for (const draft of drafts) {
    const { document_id } = draft.lead.chunk;
    const count = (counts.get(document_id) ?? 0) + 1;
    counts.set(document_id, count);
    (count <= perDocument ? chosen : postponed).push(draft);
  }
  // The order stays by rank: who opens the list sees the best first.
  return [...chosen, ...postponed]
    .slice(0, limit)
    .sort((a, b) => b.lead.fused.fusedScore - a.lead.fused.fusedScore);
}

function withoutRepetitions(candidates: readonly Candidate[]): Candidate[] {
  const seen = new Set<string>();
  return candidates.filter(({ chunk }) => {
    const key = chunk.text.replace(/\s+/gu, ' ');
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function mergeNeighbours(candidates: readonly Candidate[]): PassageDraft[] {
  const drafts: PassageDraft[] = [];
  for (const candidate of candidates) {
    const neighbour = drafts.find((draft) => canJoin(draft, candidate));
    if (!neighbour) drafts.push({ lead: candidate, parts: [candidate] });
    else {
      neighbour.parts.push(candidate);
      neighbour.parts.sort((a, b) => a.chunk.ordinal - b.chunk.ordinal);
    }
  }
  return drafts;
}

function canJoin(draft: PassageDraft, candidate: Candidate): boolean {
  const { chunk } = candidate;
  const first = draft.parts[0]?.chunk;
  const last = draft.parts.at(-1)?.chunk;
  if (!first || !last || first.document_id !== chunk.document_id) return false;
  const isNext = chunk.ordinal === last.ordinal + 1 || chunk.ordinal === first.ordinal - 1;
  if (!isNext || first.heading_path.join('\n') !== chunk.heading_path.join('\n')) return false;
  const start = Math.min(first.start_offset, chunk.start_offset);
  const end = Math.max(last.end_offset, chunk.end_offset);
  return end - start <= maxMergedUnits;
}
