import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestApp, type TestApp } from '../test-app.ts';

/**
 * Tables about people that are in no export, each with the reason. A table that joins this list is a decision, not an
 * accident: everything else is declared by a feature as `PersonalData`.
 */
const notExported: Record<string, string> = {
  account_creations:
    'remembers the Idempotency-Key of administrators for a day; the account itself is exported',
  account_tokens: 'secrets: links that open the account',
  challenges: 'secrets of proofs that are under way, for minutes',
  chunks: 'pieces of the text of documents, made from the files that are exported',
  generations: 'the technical side of an answer, which is a message',
  retrieval_owners: 'the search index, made from documents that are exported',
  retrieval_postings: 'the search index, made from documents that are exported',
  retrieval_ranges: 'the search index, made from documents that are exported',
  retrieval_vector_sets: 'the search index, made from documents that are exported',
  retrieval_vectors: 'the search index, made from documents that are exported',
  totp_setups: 'the secret of an authenticator app that is being set up, for minutes',
  streams: 'the way of an answer to the screen; the answer is a message',
};

/** Columns of other names that hold somebody’s id, address or name. */
const personal = /^(user|owner|actor|subject|account|person|member)_id$|_by$|email|recipient|display_name/;

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ role: 'api' });
});
afterAll(() => app.stop());

const query = async <Row>(text: ReturnType<typeof sql<Row>>): Promise<Row[]> =>
  (await text.execute(app.platform.db)).rows;

async function tablesAboutPeople(): Promise<string[]> {
  const columns = await query(sql<{ table_name: string; column_name: string }>`
    select c.table_name, c.column_name from information_schema.columns c
    join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.data_type <> 'boolean'`);
  const references = await query(sql<{ table_name: string }>`
    select conrelid::regclass::text as table_name from pg_constraint
    where contype = 'f' and confrelid = 'users'::regclass`);
  const named = columns.filter(({ column_name }) => personal.test(column_name));
  return [...new Set(['users', ...[...named, ...references].map((row) => row.table_name)])].sort();
}

describe('S41: everything that is kept about people', () => {
  test('is exported, or is on the list of what is not, with a reason', async () => {
    const exported = new Set(app.personal.flatMap((kind) => kind.tables));
    const forgotten = (await tablesAboutPeople()).filter(
      (table) => !exported.has(table) && notExported[table] === undefined,
    );
    expect(forgotten, 'declare these in a feature’s *.personal.ts, or list them here with a reason').toEqual(
      [],
    );
  });

  test('is listed once: nothing on the list is exported or unknown', async () => {
    const exported = new Set(app.personal.flatMap((kind) => kind.tables));
    const about = new Set(await tablesAboutPeople());
    expect(Object.keys(notExported).filter((table) => exported.has(table) || !about.has(table))).toEqual([]);
    const names = app.personal.map((kind) => kind.name);
    expect(names).toEqual([...new Set(names)]);
  });

  test('goes with the account, or is erased by the feature that keeps it', async () => {
    // What has neither a foreign key to users nor a parent that goes along must be erased by hand.
    const erased = new Set([
      ...app.personal.filter((kind) => kind.erase).flatMap((kind) => kind.tables),
      // Erased by features whose kinds are named otherwise.
      'streams',
      // Ids of events stay, as evidence; what names the person is erased with the account.
      'audit_events',
    ]);
    const children = await query(sql<{ table_name: string }>`
      with recursive gone(oid) as (
        select 'users'::regclass::oid
        union select c.conrelid from pg_constraint c join gone g on c.confrelid = g.oid
          where c.contype = 'f' and c.confdeltype = 'c')
      select oid::regclass::text as table_name from gone`);
    const cascaded = new Set(children.map((row) => row.table_name));
    const left = (await tablesAboutPeople()).filter((table) => !cascaded.has(table) && !erased.has(table));
    expect(left).toEqual([]);
  });

  test('a foreign key to an account says what happens when the account goes', async () => {
    const undecided = await query(sql<{ name: string }>`
      select conname as name from pg_constraint
      where contype = 'f' and confrelid = 'users'::regclass and confdeltype not in ('c', 'n')`);
    expect(undecided).toEqual([]);
  });

  test('no column that holds a secret is read for an export', async () => {
    const secretColumns = await query(sql<{ table_name: string; column_name: string }>`
      select table_name, column_name from information_schema.columns where table_schema = 'public'
        and (column_name ~ '(_hash|_sealed|^sealed_|^secret|public_key|credential_id|fingerprint|^salt$)'
          or data_type = 'bytea')`);
    const person = await app.person();
    for (const kind of app.personal) {
      const own = new Set(
        secretColumns.filter(({ table_name }) => kind.tables.includes(table_name)).map((c) => c.column_name),
      );
      for await (const item of kind.read(person.userId))
        expect(Object.keys(item as object).filter((column) => own.has(column))).toEqual([]);
    }
    // The account is there, so the loop above has looked at something.
    expect(secretColumns.some(({ column_name }) => column_name === 'password_hash')).toBe(true);
  });
});
