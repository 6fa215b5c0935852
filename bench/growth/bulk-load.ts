import type { ProductDatabase } from '../lib/product-database.ts';

interface Definition {
  table: string;
  name: string;
  definition: string;
}

/**
 * Fills tables by `insert … select`, some at once. Indexes, foreign keys and unique constraints (primary keys stay) are
 * put aside for that and made again afterwards, as they were: PostgreSQL then checks all rows at once.
 */
export async function loadInBulk(
  { query }: ProductDatabase,
  tables: string[],
  stages: string[][],
): Promise<void> {
  const indexes = await query<Definition>(
    `select i.indrelid::regclass::text as table, i.indexrelid::regclass::text as name,
       pg_get_indexdef(i.indexrelid) as definition
     from pg_index i
     where i.indrelid = any($1::regclass[]) and not exists (select from pg_constraint c where c.conindid = i.indexrelid)`,
    [tables],
  );
  const foreignKeys = await constraintsOf('f');
  const unique = await constraintsOf('u');
  for (const { table, name } of [...foreignKeys, ...unique])
    await query(`alter table ${table} drop constraint ${name}`);
  for (const { name } of indexes) await query(`drop index ${name}`);
  for (const stage of stages) await Promise.all(stage.map((statement) => query(statement)));
  const rebuild = async (table: string): Promise<void> => {
    for (const { name, definition } of unique.filter((each) => each.table === table))
      await query(`alter table ${table} add constraint ${name} ${definition}`);
    for (const { definition } of indexes.filter((each) => each.table === table)) await query(definition);
    await query(`vacuum (analyze) ${table}`);
  };
  await atMostTwo(tables.map((table) => () => rebuild(table)));
  for (const { table, name, definition } of foreignKeys)
    await query(`alter table ${table} add constraint ${name} ${definition}`);
  await query('checkpoint');

  function constraintsOf(kind: 'f' | 'u'): Promise<Definition[]> {
    return query<Definition>(
      `select conrelid::regclass::text as table, conname as name, pg_get_constraintdef(oid) as definition
       from pg_constraint where contype = $2 and conrelid = any($1::regclass[])
         and not exists (select from pg_constraint f where f.contype = 'f' and f.conindid = pg_constraint.conindid
           and $2 = 'u')`,
      [tables, kind],
    );
  }
}

async function atMostTwo(works: (() => Promise<void>)[]): Promise<void> {
  const waiting = [...works];
  const worker = async (): Promise<void> => {
    for (let work = waiting.shift(); work; work = waiting.shift()) await work();
  };
  await Promise.all([worker(), worker()]);
}
