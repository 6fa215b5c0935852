import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { sql } from 'kysely';
import type { Database } from './database.ts';

/** One difference between the live schema and the one this build was made for. */
export interface SchemaDrift {
  kind: 'missing' | 'different';
  /** `users.status`, `index users_email_idx`, `constraint users_role_check`. */
  object: string;
  expected: string;
  actual: string | null;
}

/** Objects by name, each with its definition. */
export type SchemaSnapshot = Record<string, string>;

/** The committed snapshot; `aiwfe schema-snapshot` writes it from a freshly migrated database. */
export const schemaSnapshotFile = path.resolve(import.meta.dirname, '../../../migrations/schema.json');

/** Reads tables, columns, constraints, indexes and functions of the live `public` schema. */
export async function readSchema(db: Database): Promise<SchemaSnapshot> {
  const { rows } = await sql<{ object: string; definition: string }>`
    select c.table_name || '.' || c.column_name as object,
      c.data_type || case when c.is_nullable = 'NO' then ' not null' else '' end as definition
    from information_schema.columns c
    join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
    union all
    select 'constraint ' || k.conname, k.conrelid::regclass::text || ': ' || pg_get_constraintdef(k.oid)
    from pg_constraint k join pg_namespace n on n.oid = k.connamespace
    -- Not-null constraints have names only since PostgreSQL 18; the column says it already.
    where n.nspname = 'public' and k.contype in ('p', 'u', 'f', 'c')
    union all
    select 'index ' || indexname, indexdef from pg_indexes where schemaname = 'public'
    union all
    -- Not those of extensions: their text differs between versions.
    select 'function ' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
      l.lanname || ' md5 ' || md5(p.prosrc)
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
    where n.nspname = 'public'
      and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
    order by 1`.execute(db);
  return Object.fromEntries(rows.map((row) => [row.object, row.definition]));
}

/** Returns what the live schema lacks or has otherwise. Additions (an operator's own index) are no drift. */
export function compareSchema(expected: SchemaSnapshot, actual: SchemaSnapshot): SchemaDrift[] {
  return Object.entries(expected).flatMap(([object, definition]) => {
    const found = actual[object];
    if (found === definition) return [];
    return [
      {
        kind: found === undefined ? 'missing' : 'different',
        object,
        expected: definition,
        actual: found ?? null,
      } as const,
    ];
  });
}

export async function readExpectedSchema(file = schemaSnapshotFile): Promise<SchemaSnapshot> {
  return JSON.parse(await readFile(file, 'utf8')) as SchemaSnapshot;
}

export interface SchemaGuard {
  /** Compares now; remembers the result. */
  check(): Promise<SchemaDrift[]>;
  /** The last result; empty when the schema fits. */
  readonly drift: SchemaDrift[];
}

/** Guards against code and schema drifting apart (incident I1). */
export function createSchemaGuard(db: Database, expectedFile = schemaSnapshotFile): SchemaGuard {
  let drift: SchemaDrift[] = [];
  return {
    async check() {
      drift = compareSchema(await readExpectedSchema(expectedFile), await readSchema(db));
      return drift;
    },
    get drift() {
      return drift;
    },
  };
}

/** A short text for people: the first object and how many more. */
export function describeDrift(drift: SchemaDrift[]): string {
  const first = drift[0];
  if (!first) return 'The schema fits.';
  const more = drift.length > 1 ? ` and ${drift.length - 1} more` : '';
  return `${first.object} is ${first.kind}${more}. Run: npm run db:migrate`;
}
