import { sql } from 'kysely';
import type { Queryable } from '../../../platform/database/database.ts';
import { detectLanguage } from '../analysis/language.ts';
import { type ChunkTokens, countTerms, tokenizeChunk } from './chunk-terms.ts';
import { blockOf, encodeEntries, encodeLengths, withoutNumbers } from './posting-codec.ts';

export interface IndexableChunk {
  ordinal: number;
  text: string;
  headingPath: readonly string[];
}

/** Chunks per range: bounds the memory of one write. */
const rangeChunks = 256;

/**
 * Adds chunks of a document, in order of ordinals without gaps, to the owner's index inside the caller's transaction.
 * Transactions that index for the same owner run one after the other from here on.
 */
export async function addChunks(
  trx: Queryable,
  target: { ownerId: string; documentId: string },
  chunks: readonly IndexableChunk[],
): Promise<void> {
  if (chunks.length === 0) return;
  const firstNumber = await takeNumbers(trx, target.ownerId, chunks.length);
  for (let at = 0; at < chunks.length; at += rangeChunks)
    await addRange(trx, target, chunks.slice(at, at + rangeChunks), firstNumber + at);
}

async function takeNumbers(trx: Queryable, ownerId: string, count: number): Promise<number> {
  const { rows } = await sql<{ next_number: number }>`
    insert into retrieval_owners (owner_id, next_number) values (${ownerId}, ${count})
    on conflict (owner_id) do update set next_number = retrieval_owners.next_number + excluded.next_number
    returning next_number`.execute(trx);
  return (rows[0]?.next_number ?? 0) - count;
}

async function addRange(
  trx: Queryable,
  target: { ownerId: string; documentId: string },
  chunks: readonly IndexableChunk[],
  firstNumber: number,
): Promise<void> {
  const tokens = chunks.map(tokenizeChunk);
  const language = detectLanguage(sampleOf(tokens));
  const counted = tokens.map((chunk) => countTerms(chunk, language));
  const lengths = encodeLengths(counted.map((chunk) => chunk.length));
  await sql`
    insert into retrieval_ranges
      (owner_id, first_number, document_id, first_ordinal, chunk_count, language, lengths)
    values (${target.ownerId}, ${firstNumber}, ${target.documentId}, ${chunks[0]?.ordinal ?? 0},
      ${chunks.length}, ${language}, ${lengths})`.execute(trx);
  const postings = invert(
    counted.map((chunk) => chunk.frequencies),
    firstNumber,
  );
  await appendPostings(trx, target.ownerId, postings);
}

/** A few words of each chunk tell more than all of the first one. */
function sampleOf(chunks: readonly ChunkTokens[]): ChunkTokens['body'] {
  return chunks.flatMap((chunk) => chunk.body.slice(0, 100));
}

interface Posting {
  block: number;
  term: string;
  entries: { number: number; frequency: number }[];
}

function invert(chunks: readonly Map<string, number>[], firstNumber: number): Posting[] {
  const byBlock = new Map<number, Map<string, Posting>>();
  chunks.forEach((frequencies, index) => {
    const number = firstNumber + index;
    const block = blockOf(number);
    const terms = byBlock.get(block) ?? new Map<string, Posting>();
    byBlock.set(block, terms);
    for (const [term, frequency] of frequencies) {
      const posting = terms.get(term) ?? { block, term, entries: [] };
      terms.set(term, posting);
      posting.entries.push({ number, frequency });
    }
  });
  return [...byBlock.values()].flatMap((terms) => [...terms.values()]);
}

async function appendPostings(trx: Queryable, ownerId: string, postings: readonly Posting[]): Promise<void> {
  const blocks = postings.map((posting) => posting.block);
  const terms = postings.map((posting) => posting.term);
  const entries = postings.map((posting) => encodeEntries(posting.entries).toString('hex'));
  await sql`
    insert into retrieval_postings (owner_id, block, term, entries)
    select ${ownerId}::uuid, block, term, decode(entries, 'hex')
    from unnest(${blocks}::int[], ${terms}::text[], ${entries}::text[]) as new (block, term, entries)
    on conflict (owner_id, block, term) do update
      set entries = retrieval_postings.entries || excluded.entries`.execute(trx);
}

interface RemovedRange {
  first_number: number;
  chunk_count: number;
}

/**
 * Takes a document's chunks out of its owner's index, words and vectors, inside the caller's transaction: nothing of
 * its text stays behind. Does nothing for a document that is not indexed.
 */
export async function removeDocument(trx: Queryable, ownerId: string, documentId: string): Promise<void> {
  await sql`select 1 from retrieval_owners where owner_id = ${ownerId} for update`.execute(trx);
  await sql`delete from retrieval_vectors where owner_id = ${ownerId} and document_id = ${documentId}`.execute(
    trx,
  );
  const { rows: ranges } = await sql<RemovedRange>`
    delete from retrieval_ranges where owner_id = ${ownerId} and document_id = ${documentId}
    returning first_number, chunk_count`.execute(trx);
  const blocks = new Set<number>();
  for (const range of ranges)
    for (let b = blockOf(range.first_number); b <= blockOf(range.first_number + range.chunk_count - 1); b++)
      blocks.add(b);
  const isRemoved = (number: number): boolean =>
    ranges.some((range) => number >= range.first_number && number < range.first_number + range.chunk_count);
  for (const block of blocks) await eraseFromBlock(trx, ownerId, block, isRemoved);
}

async function eraseFromBlock(
  trx: Queryable,
  ownerId: string,
  block: number,
  isRemoved: (number: number) => boolean,
): Promise<void> {
  const { rows } = await sql<{ term: string; entries: Buffer }>`
    select term, entries from retrieval_postings where owner_id = ${ownerId} and block = ${block}`.execute(
    trx,
  );
  const terms: string[] = [];
  const remaining: string[] = [];
  for (const row of rows) {
    const kept = withoutNumbers(row.entries, block, isRemoved);
    if (kept.length === row.entries.length) continue;
    terms.push(row.term);
    remaining.push(kept.toString('hex'));
  }
  const changed = sql`unnest(${terms}::text[], ${remaining}::text[]) as changed (term, entries)`;
  const isChanged = sql`p.owner_id = ${ownerId} and p.block = ${block} and p.term = changed.term collate "C"`;
  await sql`delete from retrieval_postings p using ${changed}
    where ${isChanged} and changed.entries = ''`.execute(trx);
  await sql`update retrieval_postings p set entries = decode(changed.entries, 'hex') from ${changed}
    where ${isChanged} and changed.entries <> ''`.execute(trx);
}
