import { sql } from 'kysely';
import type { Queryable } from '../../../platform/database/database.ts';
import type { Corpus } from '../corpus.ts';
import { type PostingBlock, type TermPostings, withDocumentFrequency } from './bm25.ts';

/** Blocks that an estimate looks at: 16,384 chunks tell enough, and the cost no longer grows. */
const sampledBlocks = 16;

/**
 * About how many chunks have each term, deleted ones included, without decoding; from a sample in a large corpus.
 * Terms that the sample does not have are left out.
 */
export async function estimateFrequencies(
  db: Queryable,
  corpus: Corpus,
  keys: readonly string[],
): Promise<Map<string, number>> {
  const step = Math.max(1, corpus.blocks.length / sampledBlocks);
  const sample = corpus.blocks.filter((_, index) => Math.floor(index % step) === 0);
  const { rows } = await sql<{ term: string; frequency: number }>`
    select term, (sum(octet_length(entries)) / 2)::int as frequency from retrieval_postings
    where owner_id = ${corpus.ownerId} and block = any(${sample}::int[]) and term = any(${keys}::text[])
    group by term`.execute(db);
  const scale = corpus.blocks.length / Math.max(1, sample.length);
  return new Map(rows.map((row) => [row.term, Math.ceil(row.frequency * scale)]));
}

/** The postings of terms, with exact document frequencies. Terms that no living chunk has are left out. */
export async function readPostings(
  db: Queryable,
  corpus: Corpus,
  keys: readonly string[],
): Promise<TermPostings[]> {
  if (keys.length === 0) return [];
  // One row per term: thousands of small rows cost more to transfer than their contents do to read.
  const { rows } = await sql<{ term: string; blocks: [number, number][]; entries: Buffer }>`
    select term, json_agg(json_build_array(block, octet_length(entries)) order by block) as blocks,
      string_agg(entries, ''::bytea order by block) as entries
    from retrieval_postings
    where owner_id = ${corpus.ownerId} and block = any(${corpus.blocks}::int[])
      and term = any(${keys}::text[])
    group by term`.execute(db);
  return rows
    .map(({ term, blocks, entries }) => withDocumentFrequency(term, cutBlocks(blocks, entries), corpus))
    .filter((term) => term.documentFrequency > 0);
}

function cutBlocks(blocks: readonly [number, number][], entries: Buffer): PostingBlock[] {
  let offset = 0;
  return blocks.map(([block, size]) => {
    offset += size;
    return { block, entries: entries.subarray(offset - size, offset) };
  });
}

export interface ChunkRow {
  id: string;
  document_id: string;
  ordinal: number;
  text: string;
  page_start: number | null;
  page_end: number | null;
  start_offset: number;
  end_offset: number;
  heading_path: string[];
}

/** Chunks by (document, ordinal), in no order. */
export async function readChunks(
  db: Queryable,
  places: readonly { documentId: string; ordinal: number }[],
): Promise<ChunkRow[]> {
  if (places.length === 0) return [];
  const documentIds = places.map((place) => place.documentId);
  const ordinals = places.map((place) => place.ordinal);
  const { rows } = await sql<ChunkRow>`
    select c.id, c.document_id, c.ordinal, c.text, c.page_start, c.page_end, c.start_offset, c.end_offset,
      c.heading_path
    from unnest(${documentIds}::uuid[], ${ordinals}::int[]) as place (document_id, ordinal)
    join chunks c on c.document_id = place.document_id and c.ordinal = place.ordinal`.execute(db);
  return rows;
}
