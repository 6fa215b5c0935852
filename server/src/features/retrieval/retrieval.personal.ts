import { sql } from 'kysely';
import type { Database } from '../../platform/database/database.ts';
import { eraseInBatches, type PersonalData } from '../../platform/personal-data.ts';

const batchRows = 2_000;

/** The search index: derived from documents and in no export, but too large to leave to a cascade. */
export function retrievalPersonalData(db: Database): PersonalData {
  const tables = ['retrieval_vectors', 'retrieval_postings', 'retrieval_ranges'] as const;
  return {
    name: 'search_index',
    about: 'The search index of your documents is made from them and is not exported.',
    tables: [],
    async *read() {},
    async count(userId) {
      const { rows } = await sql<{ n: number }>`
        select coalesce(sum(chunk_count), 0)::int as n from retrieval_ranges where owner_id = ${userId}`.execute(
        db,
      );
      return rows[0]?.n ?? 0;
    },
    async erase({ userId }) {
      for (const table of tables)
        await eraseInBatches(() =>
          sql`delete from ${sql.table(table)} where ctid in (
            select ctid from ${sql.table(table)} where owner_id = ${userId} limit ${batchRows})`.execute(db),
        );
      await sql`delete from retrieval_owners where owner_id = ${userId}`.execute(db);
    },
  };
}
