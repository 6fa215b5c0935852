import { sql } from 'kysely';
import type { Queryable } from '../../platform/database/database.ts';
import type { Fact } from './memory.schemas.ts';

export interface FactRow {
  id: string;
  content: string;
  source: Fact['source'];
  source_id: string | null;
  run_id: string | null;
  created_at: Date;
  updated_at: Date;
}

const columns = sql`f.id, f.content, f.source, f.source_id, f.run_id, f.created_at, f.updated_at`;
/** Lexemes as they are written in a query. */
const quoted = sql`'''' || replace(replace(lexeme, '\\', '\\\\'), '''', '''''') || ''''`;

/** Newest first, with `text` only those with a word for each of its words; one more than `limit`. */
export async function listFacts(
  db: Queryable,
  ownerId: string,
  page: { after: string | undefined; limit: number; text: string },
): Promise<FactRow[]> {
  const words = sql`(select string_agg(${quoted} || ':*', ' & ')::tsquery from unnest(to_tsvector('simple', ${page.text})))`;
  const { rows } = await sql<FactRow>`
    select ${columns} from memory_facts f
    where f.owner_id = ${ownerId} and f.deleted_at is null
      ${page.after === undefined ? sql`` : sql`and f.id < ${page.after}`}
      ${page.text === '' ? sql`` : sql`and f.search @@ ${words}`}
    order by f.id desc limit ${page.limit + 1}`.execute(db);
  return rows;
}

/**
 * Those that share the most telling words with `text` first, then the newest. Words that say nothing in English or in
 * German do not count.
 */
export async function rankFacts(
  db: Queryable,
  ownerId: string,
  { text, limit }: { text: string; limit: number },
): Promise<(FactRow & { fits: boolean })[]> {
  const { rows } = await sql<FactRow & { fits: boolean }>`
    with words as (
      select lexeme as word from unnest(to_tsvector('simple', ${text}))
    ), stems as (
      select distinct s.lexeme from words
      cross join lateral unnest(to_tsvector('english', word) || to_tsvector('german', word)) s
      where to_tsvector('english', word) <> '' and to_tsvector('german', word) <> ''
    ), wanted as (
      select string_agg(${quoted}, ' | ')::tsquery as query from stems
    )
    select ${columns}, coalesce(f.search @@ w.query, false) as fits from memory_facts f cross join wanted w
    where f.owner_id = ${ownerId} and f.deleted_at is null
    order by coalesce(ts_rank(f.search, w.query), 0) desc, f.id desc limit ${limit}`.execute(db);
  return rows;
}

export async function findFact(db: Queryable, ownerId: string, id: string): Promise<FactRow | undefined> {
  const { rows } = await sql<FactRow>`
    select ${columns} from memory_facts f
    where f.id = ${id} and f.owner_id = ${ownerId} and f.deleted_at is null`.execute(db);
  return rows[0];
}

/** What is remembered of one person changes one after the other, so that the limit holds. */
export async function lockMemory(trx: Queryable, ownerId: string): Promise<void> {
  await sql`select from users where id = ${ownerId} for no key update`.execute(trx);
}

export async function countFacts(db: Queryable, ownerId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from memory_facts where owner_id = ${ownerId} and deleted_at is null`.execute(
    db,
  );
  return rows[0]?.count ?? 0;
}

/** The one that says the same. */
export async function findSame(db: Queryable, ownerId: string, digest: string): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    select id from memory_facts
    where owner_id = ${ownerId} and content_digest = ${digest} and deleted_at is null`.execute(db);
  return rows[0]?.id;
}

export interface NewFact {
  id: string;
  ownerId: string;
  content: string;
  digest: string;
  source: Fact['source'];
  sourceId: string | null;
  runId: string | null;
}

export async function insertFact(trx: Queryable, fact: NewFact): Promise<void> {
  await sql`
    insert into memory_facts (id, owner_id, content, content_digest, source, source_id, run_id)
    values (${fact.id}, ${fact.ownerId}, ${fact.content}, ${fact.digest}, ${fact.source}, ${fact.sourceId},
      ${fact.runId})`.execute(trx);
}

export async function updateFact(
  trx: Queryable,
  ownerId: string,
  id: string,
  { content, digest }: { content: string; digest: string },
): Promise<boolean> {
  const { rows } = await sql`
    update memory_facts set content = ${content}, content_digest = ${digest}, updated_at = now()
    where id = ${id} and owner_id = ${ownerId} and deleted_at is null returning id`.execute(trx);
  return rows.length > 0;
}

export async function markDeleted(db: Queryable, ownerId: string, id: string, at: Date): Promise<boolean> {
  const { rows } = await sql`
    update memory_facts set deleted_at = ${at}
    where id = ${id} and owner_id = ${ownerId} and deleted_at is null returning id`.execute(db);
  return rows.length > 0;
}

/** One that is there or was deleted and not erased yet. */
export async function findDeleted(
  trx: Queryable,
  ownerId: string,
  id: string,
): Promise<{ content_digest: string; deleted_at: Date | null } | undefined> {
  const { rows } = await sql<{ content_digest: string; deleted_at: Date | null }>`
    select content_digest, deleted_at from memory_facts where id = ${id} and owner_id = ${ownerId}`.execute(
    trx,
  );
  return rows[0];
}

export async function clearDeletion(trx: Queryable, ownerId: string, id: string): Promise<void> {
  await sql`update memory_facts set deleted_at = null where id = ${id} and owner_id = ${ownerId}`.execute(
    trx,
  );
}

export async function eraseDeleted(db: Queryable, until: Date): Promise<void> {
  await sql`delete from memory_facts where deleted_at < ${until}`.execute(db);
}
