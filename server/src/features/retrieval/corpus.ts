import { sql } from 'kysely';
import type { Queryable } from '../../platform/database/database.ts';
import type { Language } from './analysis/language.ts';
import { blockOf, decodeLengths } from './lexical/posting-codec.ts';
import { ScopeNotFound } from './retrieval.errors.ts';
import type { Scope } from './retrieval.schemas.ts';

/** Consecutive chunks of one document. */
export interface ChunkRange {
  firstNumber: number;
  count: number;
  firstOrdinal: number;
  documentId: string;
  language: Language;
  inScope: boolean;
}

/** What of an owner's index is alive at this moment, and what of it a search may return. */
export interface Corpus {
  ownerId: string;
  /** In order of number. Only documents that are ready and not deleted. */
  ranges: ChunkRange[];
  /** Weighted length by chunk number; 0 where there is no living chunk. */
  lengths: Uint16Array;
  /** By chunk number: 1 where the scope includes it. */
  inScope: Uint8Array;
  chunkCount: number;
  averageLength: number;
  /** Blocks that hold living chunks. */
  blocks: number[];
  languages: Language[];
}

interface RangeRow {
  first_number: number;
  chunk_count: number;
  first_ordinal: number;
  document_id: string;
  language: Language;
  lengths: Buffer;
  in_scope: boolean;
}

/**
 * Reads the owner's living chunks. Statistics come from these at each search, so they are right under insertion,
 * deletion and restoration by construction.
 */
export async function loadCorpus(db: Queryable, ownerId: string, scope: Scope): Promise<Corpus> {
  const { rows } = await sql<RangeRow>`
    select r.first_number, r.chunk_count, r.first_ordinal, r.document_id, r.language, r.lengths,
      ${scopeCondition(scope)} as in_scope
    from retrieval_ranges r join documents d on d.id = r.document_id and d.owner_id = r.owner_id
    where r.owner_id = ${ownerId} and d.state = 'ready' and d.deleted_at is null
    order by r.first_number`.execute(db);
  return buildCorpus(ownerId, rows);
}

function scopeCondition(scope: Scope) {
  if (scope.kind === 'collection')
    return sql<boolean>`coalesce(d.collection_id = ${scope.collection_id}, false)`;
  if (scope.kind === 'documents') return sql<boolean>`d.id = any(${scope.document_ids}::uuid[])`;
  return scope.kind === 'all' ? sql<boolean>`true` : sql<boolean>`false`;
}

function buildCorpus(ownerId: string, rows: readonly RangeRow[]): Corpus {
  const last = rows.at(-1);
  const size = last ? last.first_number + last.chunk_count : 0;
  const lengths = new Uint16Array(size);
  const inScope = new Uint8Array(size);
  const blocks = new Set<number>();
  let totalLength = 0;
  let chunkCount = 0;
  for (const row of rows) {
    const end = row.first_number + row.chunk_count;
    totalLength += decodeLengths(row.lengths, lengths, row.first_number);
    chunkCount += row.chunk_count;
    if (row.in_scope) inScope.fill(1, row.first_number, end);
    for (let block = blockOf(row.first_number); block <= blockOf(end - 1); block++) blocks.add(block);
  }
  return {
    ownerId,
    ranges: rows.map(toRange),
    lengths,
    inScope,
    chunkCount,
    averageLength: chunkCount === 0 ? 1 : totalLength / chunkCount,
    blocks: [...blocks],
    languages: [...new Set(rows.map((row) => row.language))],
  };
}

function toRange(row: RangeRow): ChunkRange {
  return {
    firstNumber: row.first_number,
    count: row.chunk_count,
    firstOrdinal: row.first_ordinal,
    documentId: row.document_id,
    language: row.language,
    inScope: row.in_scope,
  };
}

/** The range that holds a chunk number; `undefined` when no living chunk has it. */
export function findRange(corpus: Corpus, number: number): ChunkRange | undefined {
  let low = 0;
  let high = corpus.ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const range = corpus.ranges[middle];
    if (!range) return undefined;
    if (number < range.firstNumber) high = middle - 1;
    else if (number >= range.firstNumber + range.count) low = middle + 1;
    else return range;
  }
  return undefined;
}

/** Throws `retrieval.scope_not_found` when the scope names a collection or document that the person does not own (S30). */
export async function requireScope(db: Queryable, ownerId: string, scope: Scope): Promise<void> {
  if (scope.kind === 'collection') {
    const { rows } = await sql`
      select 1 from collections where id = ${scope.collection_id} and owner_id = ${ownerId}`.execute(db);
    if (rows.length === 0) throw ScopeNotFound.with({ detail: 'There is no such collection.' });
  }
  if (scope.kind === 'documents') {
    const ids = [...new Set(scope.document_ids)];
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from documents
      where id = any(${ids}::uuid[]) and owner_id = ${ownerId} and deleted_at is null`.execute(db);
    if ((rows[0]?.count ?? 0) !== ids.length)
      throw ScopeNotFound.with({ detail: 'One of the documents does not exist.' });
  }
}
