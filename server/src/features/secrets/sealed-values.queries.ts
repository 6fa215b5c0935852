import { sql } from 'kysely';
import type { SealedColumn } from '../../platform/crypto/sealed-columns.ts';
import type { Executor } from '../audit/index.ts';

export interface SealedRow {
  /** Texts of the columns that name the row. */
  names: Record<string, string>;
  sealed: string;
}

/** The id in a sealed text (`v1.keyId.…`). */
const keyIdOf = (column: SealedColumn) => sql`split_part(${sql.ref(column.column)}, '.', 2)`;

/** How many texts each key has sealed. */
export async function countByKey(
  executor: Executor,
  column: SealedColumn,
): Promise<{ keyId: string; count: number }[]> {
  const { rows } = await sql<{ key_id: string; count: number }>`
    select ${keyIdOf(column)} as key_id, count(*)::int as count from ${sql.table(column.table)}
    where ${sql.ref(column.column)} is not null group by 1 order by 1`.execute(executor);
  return rows.map((row) => ({ keyId: row.key_id, count: row.count }));
}

/** Texts that another key than `keyId` sealed. */
export async function listSealedByOthers(
  executor: Executor,
  column: SealedColumn,
  keyId: string,
): Promise<SealedRow[]> {
  const names = sql.join(
    column.contextColumns.flatMap((name) => [sql`${name}::text`, sql`${sql.ref(name)}::text`]),
  );
  const { rows } = await sql<SealedRow>`
    select json_build_object(${names}) as names, ${sql.ref(column.column)} as sealed
    from ${sql.table(column.table)}
    where ${sql.ref(column.column)} is not null and ${keyIdOf(column)} <> ${keyId}`.execute(executor);
  return rows;
}

/** Replaces one text; false when somebody changed it meanwhile, who then sealed it anew. */
export async function replaceSealed(
  executor: Executor,
  column: SealedColumn,
  row: SealedRow,
  next: string,
): Promise<boolean> {
  const isRow = sql.join(
    column.contextColumns.map((name) => sql`${sql.ref(name)}::text = ${row.names[name] ?? ''}`),
    sql` and `,
  );
  const { numAffectedRows } = await sql`
    update ${sql.table(column.table)} set ${sql.ref(column.column)} = ${next}
    where ${isRow} and ${sql.ref(column.column)} = ${row.sealed}`.execute(executor);
  return numAffectedRows === 1n;
}
