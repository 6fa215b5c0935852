import type { Readable } from 'node:stream';
import { sql } from 'kysely';
import type { Database } from './database/database.ts';

/** A file of a person, for the export. */
export interface PersonalFile {
  /** Below `files/` in the archive; without `..`, without a slash in front. */
  path: string;
  /** Nothing where the file is gone. */
  open(): Promise<Readable | undefined>;
}

/** One kind of thing that a feature keeps about people: how they get it, and how it is erased. */
export interface PersonalData {
  /** Name of the file in the export and of the count in the proof: `documents`. */
  name: string;
  /** One sentence for the person who opens the export. */
  about: string;
  /** Tables that it reads. */
  tables: readonly string[];
  /** One JSON value per thing. Never a secret: no hashes, no tokens, nothing that is sealed. */
  read(userId: string): AsyncIterable<unknown>;
  count(userId: string): Promise<number>;
  files?(userId: string): AsyncIterable<PersonalFile>;
  /** Removes what no foreign key takes along with the account, and what is too much for one statement. Idempotent. */
  erase?(person: PersonToErase): Promise<void>;
}

export interface PersonToErase {
  userId: string;
  emailCanonical: string;
}

export interface OwnedRows extends Pick<PersonalData, 'name' | 'about'> {
  db: Database;
  table: string;
  /** Column that holds the person's id; `user_id` by default. */
  owner?: string;
  /** A unique column that orders the rows of one person; `id` by default. */
  key?: string;
  /** What the person gets, written out so that a new column is a decision. */
  columns: readonly string[];
}

/** Rows are read this many at a time: memory does not grow with what a person has. */
const batchRows = 100;

/** The rows of one table that belong to a person. */
export function ownedRows(options: OwnedRows): Omit<PersonalData, 'files' | 'erase'> {
  const { db, name, about, table, owner = 'user_id', key = 'id', columns } = options;
  const from = sql`${sql.table(table)} where ${sql.ref(owner)}`;
  const list = sql.join(columns.map((column) => sql.ref(column)));
  return {
    name,
    about,
    tables: [table],
    read: (userId) =>
      readByKey(async (after: unknown, limit) => {
        const rest = after === undefined ? sql`` : sql`and ${sql.ref(key)} > ${after}`;
        const { rows } = await sql<Record<string, unknown>>`
          select ${list}, ${sql.ref(key)} as row_key from ${from} = ${userId} ${rest}
          order by ${sql.ref(key)} limit ${limit}`.execute(db);
        return rows.map(({ row_key, ...item }) => ({ key: row_key, item }));
      }),
    async count(userId) {
      const { rows } = await sql<{ n: number }>`select count(*) as n from ${from} = ${userId}`.execute(db);
      return rows[0]?.n ?? 0;
    },
  };
}

/** Reads page by page, each after the last key of the one before. */
export async function* readByKey<Key, Item>(
  readPage: (after: Key | undefined, limit: number) => Promise<{ key: Key; item: Item }[]>,
): AsyncGenerator<Item> {
  let after: Key | undefined;
  for (;;) {
    const page = await readPage(after, batchRows);
    for (const { item } of page) yield item;
    const last = page.at(-1);
    if (!last || page.length < batchRows) return;
    after = last.key;
  }
}

/** Repeats a statement that removes a bounded number of rows until there are none left. */
export async function eraseInBatches(
  removeBatch: () => Promise<{ numAffectedRows?: bigint }>,
): Promise<void> {
  for (;;) {
    const { numAffectedRows } = await removeBatch();
    if (!numAffectedRows) return;
  }
}
