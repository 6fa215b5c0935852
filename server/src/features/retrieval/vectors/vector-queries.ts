import { sql } from 'kysely';
import type { Database, Queryable } from '../../../platform/database/database.ts';

export interface VectorSet {
  dimensions: number;
  last_seq: number;
}

/** The state of an owner's vectors of a model; `undefined` when there are none. */
export async function findVectorSet(
  db: Queryable,
  ownerId: string,
  model: string,
): Promise<VectorSet | undefined> {
  const { rows } = await sql<VectorSet>`
    select dimensions, last_seq from retrieval_vector_sets
    where owner_id = ${ownerId} and model = ${model}`.execute(db);
  return rows[0];
}

export interface StoredVectors {
  numbers: Int32Array<ArrayBuffer>;
  /** One after the other. */
  vectors: Float32Array<ArrayBuffer>;
  lastSeq: number;
}

/** The next vectors after a sequence number, at most `limit`. */
export async function readVectors(
  db: Queryable,
  set: { ownerId: string; model: string; dimensions: number },
  afterSeq: number,
  limit: number,
): Promise<StoredVectors> {
  const { rows } = await sql<{ number: number; seq: number; bytes: Buffer }>`
    select number, seq, array_send(vector) as bytes from retrieval_vectors
    where owner_id = ${set.ownerId} and model = ${set.model} and seq > ${afterSeq}
    order by seq limit ${limit}`.execute(db);
  const numbers = new Int32Array(rows.length);
  const vectors = new Float32Array(rows.length * set.dimensions);
  rows.forEach((row, index) => {
    numbers[index] = row.number;
    decodeArray(row.bytes, vectors, index * set.dimensions, set.dimensions);
  });
  return { numbers, vectors, lastSeq: rows.at(-1)?.seq ?? afterSeq };
}

/** PostgreSQL's binary form of a one-dimensional array: a header, then length and value of each element. */
const headerBytes = 20;
const elementBytes = 8;

function decodeArray(bytes: Buffer, target: Float32Array, offset: number, dimensions: number): void {
  if (bytes.length !== headerBytes + dimensions * elementBytes)
    throw new Error('A stored vector has other dimensions than its set.');
  for (let index = 0; index < dimensions; index++)
    target[offset + index] = bytes.readFloatBE(headerBytes + index * elementBytes + 4);
}

export interface ChunkToEmbed {
  number: number;
  text: string;
  heading_path: string[];
}

/** Chunks of a document without a vector of this model, in order, at most `limit`. */
export async function listChunksToEmbed(
  db: Queryable,
  documentId: string,
  model: string,
  limit: number,
): Promise<ChunkToEmbed[]> {
  const { rows } = await sql<ChunkToEmbed>`
    select r.first_number + c.ordinal - r.first_ordinal as number, c.text, c.heading_path
    from retrieval_ranges r join chunks c on c.document_id = r.document_id
      and c.ordinal >= r.first_ordinal and c.ordinal < r.first_ordinal + r.chunk_count
    where r.document_id = ${documentId} and not exists (
      select 1 from retrieval_vectors v where v.owner_id = r.owner_id and v.model = ${model}
        and v.number = r.first_number + c.ordinal - r.first_ordinal)
    order by 1 limit ${limit}`.execute(db);
  return rows;
}

export interface EmbeddingProgress {
  ownerId: string;
  done: number;
  total: number;
}

/** How many chunks of a document have a vector of this model; `undefined` when the document is not indexed. */
export async function findEmbeddingProgress(
  db: Queryable,
  documentId: string,
  model: string,
): Promise<EmbeddingProgress | undefined> {
  const { rows } = await sql<EmbeddingProgress>`
    select r.owner_id as "ownerId", sum(r.chunk_count)::int as total,
      (select count(*)::int from retrieval_vectors v
       where v.owner_id = r.owner_id and v.model = ${model} and v.document_id = ${documentId}) as done
    from retrieval_ranges r where r.document_id = ${documentId} group by r.owner_id`.execute(db);
  return rows[0];
}

/** Living documents after an id, in order of id, that have a chunk without a vector of this model. */
export async function listDocumentsToEmbed(
  db: Queryable,
  model: string,
  afterId: string,
  limit: number,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select d.id from documents d
    where d.id > ${afterId} and d.state = 'ready' and d.deleted_at is null
      and (select coalesce(sum(r.chunk_count), 0) from retrieval_ranges r where r.document_id = d.id) >
        (select count(*) from retrieval_vectors v
         where v.document_id = d.id and v.owner_id = d.owner_id and v.model = ${model})
    order by d.id limit ${limit}`.execute(db);
  return rows.map((row) => row.id);
}

/**
 * Stores vectors of a document's chunks. What was removed in the meantime is left out. A model that answers with
 * another number of dimensions than before starts its set anew.
 */
export async function storeVectors(
  db: Database,
  target: { ownerId: string; documentId: string; model: string },
  items: readonly { number: number; vector: Float32Array }[],
): Promise<void> {
  const dimensions = items[0]?.vector.length ?? 0;
  const numbers = items.map((item) => item.number);
  const vectors = items.map((item) => `{${item.vector.join(',')}}`);
  await db.transaction().execute(async (trx) => {
    // Document before index, as in every writer: whoever erases the document holds its row already.
    await sql`select 1 from documents where id = ${target.documentId} for key share`.execute(trx);
    // The same lock as every writer of this owner's index: a chunk that is there now stays until the commit.
    await sql`select 1 from retrieval_owners where owner_id = ${target.ownerId} for update`.execute(trx);
    await sql`delete from retrieval_vector_sets where owner_id = ${target.ownerId} and model = ${target.model}
      and dimensions <> ${dimensions}`.execute(trx);
    await sql`
      with taken as (
        insert into retrieval_vector_sets (owner_id, model, dimensions, last_seq)
        select owner_id, ${target.model}, ${dimensions}, ${items.length} from retrieval_owners
        where owner_id = ${target.ownerId}
        on conflict (owner_id, model) do update set last_seq = retrieval_vector_sets.last_seq + excluded.last_seq
        returning last_seq
      )
      insert into retrieval_vectors (owner_id, model, number, document_id, seq, vector)
      select ${target.ownerId}, ${target.model}, new.number, r.document_id,
        taken.last_seq - ${items.length} + new.position, new.vector::real[]
      from taken, unnest(${numbers}::int[], ${vectors}::text[]) with ordinality as new (number, vector, position)
      join retrieval_ranges r on r.owner_id = ${target.ownerId} and r.document_id = ${target.documentId}
        and new.number >= r.first_number and new.number < r.first_number + r.chunk_count
      on conflict (owner_id, model, number) do nothing`.execute(trx);
  });
}
