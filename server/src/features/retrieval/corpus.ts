import { sql } from 'kysely';
import type { Queryable } from '../../platform/database/database.ts';
import type { Language } from './analysis/language.ts';
import { blockOf, decodeLengths, lengthBytes } from './lexical/posting-codec.ts';
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

/** First number, count, first ordinal, document, language. */
type RangeTuple = [number, number, number, string, Language];

interface StoredRanges {
  ranges: RangeTuple[];
  /** Of all ranges, one after the other. */
  lengths: Buffer;
}

/**
 * Reads the owner's living chunks. Statistics come from these at each search, so they are right under insertion,
 * deletion and restoration by construction.
 */
export async function loadCorpus(db: Queryable, ownerId: string, scope: Scope): Promise<Corpus> {
  // Two reads instead of a join: fresh tables have no statistics, and the wrong join costs 40 times as much. One row
  // each: thousands of small rows cost more to transfer than their contents do to read.
  const [stored, documents] = await Promise.all([
    sql<StoredRanges>`
      select coalesce(json_agg(json_build_array(first_number, chunk_count, first_ordinal, document_id, language)
          order by first_number), '[]') as ranges,
        coalesce(string_agg(lengths, ''::bytea order by first_number), '') as lengths
      from retrieval_ranges where owner_id = ${ownerId}`.execute(db),
    sql<{ living: string[]; in_scope: string[] }>`
      select coalesce(json_agg(d.id), '[]') as living,
        coalesce(json_agg(d.id) filter (where ${scopeCondition(scope)}), '[]') as in_scope
      from documents d
      where d.owner_id = ${ownerId} and d.state = 'ready' and d.deleted_at is null`.execute(db),
  ]);
  const found = stored.rows[0] ?? { ranges: [], lengths: Buffer.alloc(0) };
  const { living = [], in_scope = [] } = documents.rows[0] ?? {};
  return buildCorpus(ownerId, found, new Set(living), new Set(in_scope));
}

/** How many documents of the scope are still being read: nothing of them is found yet. */
export async function countUnread(db: Queryable, ownerId: string, scope: Scope): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from documents d
    where d.owner_id = ${ownerId} and d.state not in ('ready', 'failed') and d.deleted_at is null
      and ${scopeCondition(scope)}`.execute(db);
  return rows[0]?.count ?? 0;
}

/** The owner's living documents that are in both scopes. */
export async function listDocumentsInBoth(
  db: Queryable,
  ownerId: string,
  one: Scope,
  other: Scope,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select d.id from documents d
    where d.owner_id = ${ownerId} and d.deleted_at is null
      and ${scopeCondition(one)} and ${scopeCondition(other)}`.execute(db);
  return rows.map(({ id }) => id);
}

function scopeCondition(scope: Scope) {
  if (scope.kind === 'collection')
    return sql<boolean>`coalesce(d.collection_id = ${scope.collection_id}, false)`;
  if (scope.kind === 'documents') return sql<boolean>`d.id = any(${scope.document_ids}::uuid[])`;
  return scope.kind === 'all' ? sql<boolean>`true` : sql<boolean>`false`;
}

function buildCorpus(
  ownerId: string,
  stored: StoredRanges,
  living: ReadonlySet<string>,
  inScopeIds: ReadonlySet<string>,
): Corpus {
  const last = stored.ranges.at(-1);
  const size = last ? last[0] + last[1] : 0;
  const lengths = new Uint16Array(size);
  const inScope = new Uint8Array(size);
  const blocks = new Set<number>();
  const ranges: ChunkRange[] = [];
  let totalLength = 0;
  let chunkCount = 0;
  let offset = 0;
  for (const [firstNumber, count, firstOrdinal, documentId, language] of stored.ranges) {
    const packed = stored.lengths.subarray(offset, offset + count * lengthBytes);
    offset += packed.length;
    if (!living.has(documentId)) continue;
    const end = firstNumber + count;
    totalLength += decodeLengths(packed, lengths, firstNumber);
    chunkCount += count;
    const isInScope = inScopeIds.has(documentId);
    if (isInScope) inScope.fill(1, firstNumber, end);
    ranges.push({ firstNumber, count, firstOrdinal, documentId, language, inScope: isInScope });
    for (let block = blockOf(firstNumber); block <= blockOf(end - 1); block++) blocks.add(block);
  }
  return {
    ownerId,
    ranges,
    lengths,
    inScope,
    chunkCount,
    averageLength: chunkCount === 0 ? 1 : totalLength / chunkCount,
    blocks: [...blocks],
    languages: [...new Set(ranges.map((range) => range.language))],
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
    if (rows.length === 0)
      throw ScopeNotFound.with({ detail: 'There is no such collection.', reason: 'collection' });
  }
  if (scope.kind === 'documents') {
    const ids = [...new Set(scope.document_ids)];
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from documents
      where id = any(${ids}::uuid[]) and owner_id = ${ownerId} and deleted_at is null`.execute(db);
    if ((rows[0]?.count ?? 0) !== ids.length)
      throw ScopeNotFound.with({ detail: 'One of the documents does not exist.', reason: 'document' });
  }
}
