import { sql } from 'kysely';
import type { Database } from '../../../platform/database/database.ts';
import type { VectorIndex } from './vector-index.ts';

/** HNSW of pgvector indexes at most this many dimensions. */
const maxIndexedDimensions = 2_000;

/** True when the server has the extension vector in this database, in a version that filters while it walks (0.8). */
export async function hasPgvector(db: Database): Promise<boolean> {
  const { rows } = await sql<{ extversion: string }>`
    select extversion from pg_extension where extname = 'vector'`.execute(db);
  const [major = 0, minor = 0] = (rows[0]?.extversion ?? '0.0').split('.').map(Number);
  return major > 0 || minor >= 8;
}

/** Approximate search by HNSW in the database; the index for a number of dimensions is made at its first use. */
export function createPgvectorIndex(db: Database): VectorIndex {
  const indexed = new Map<number, Promise<unknown>>();
  const ensureIndex = (dimensions: number): Promise<unknown> => {
    const known = indexed.get(dimensions);
    if (known || dimensions > maxIndexedDimensions) return known ?? Promise.resolve();
    const size = sql.lit(dimensions);
    const made = sql`create index if not exists ${sql.id(`retrieval_vectors_hnsw_${dimensions}`)}
      on retrieval_vectors using hnsw ((vector::vector(${size})) vector_cosine_ops)
      where cardinality(vector) = ${size}`.execute(db);
    indexed.set(dimensions, made);
    // The next search tries again.
    made.catch(() => indexed.delete(dimensions));
    return made;
  };
  return {
    async search({ corpus, model, vector, limit }) {
      await ensureIndex(vector.length);
      const size = sql.lit(vector.length);
      const documentIds = [...new Set(corpus.ranges.filter((r) => r.inScope).map((r) => r.documentId))];
      const isCandidate = sql`owner_id = ${corpus.ownerId} and model = ${model}
        and cardinality(vector) = ${size} and document_id = any(${documentIds}::uuid[])`;
      return db.transaction().execute(async (trx) => {
        await sql`set local hnsw.iterative_scan = strict_order`.execute(trx);
        const { rows } = await sql<{ number: number; similarity: number }>`
          select number, 1 - (vector::vector(${size}) <=> ${`[${vector.join(',')}]`}::vector(${size})) as similarity
          from retrieval_vectors where ${isCandidate}
          order by vector::vector(${size}) <=> ${`[${vector.join(',')}]`}::vector(${size})
          limit ${limit}`.execute(trx);
        const counted = await sql<{ count: number }>`
          select count(*)::int as count from retrieval_vectors where ${isCandidate}`.execute(trx);
        return { hits: rows, considered: counted.rows[0]?.count ?? 0 };
      });
    },
    close: async () => {},
  };
}
