import { sql } from 'kysely';
import type { Queryable } from '../../platform/database/database.ts';
import { withDocumentTables } from './documents.tables.ts';

export interface CollectionRow {
  id: string;
  name: string;
  created_at: Date;
  document_count: number;
}

function selectCollections(db: Queryable, ownerId: string) {
  return withDocumentTables(db)
    .selectFrom('collections')
    .select((select) => [
      'collections.id',
      'collections.name',
      'collections.created_at',
      select
        .selectFrom('documents')
        .select(sql<number>`count(*)::int`.as('count'))
        .whereRef('documents.collection_id', '=', 'collections.id')
        .where('documents.deleted_at', 'is', null)
        .as('document_count'),
    ])
    .where('collections.owner_id', '=', ownerId);
}

/** Newest first; one row more than `limit` says that there is a next page. */
export async function listCollections(
  db: Queryable,
  ownerId: string,
  after: string | undefined,
  limit: number,
): Promise<CollectionRow[]> {
  let query = selectCollections(db, ownerId)
    .orderBy('collections.id', 'desc')
    .limit(limit + 1);
  if (after) query = query.where('collections.id', '<', after);
  return (await query.execute()) as CollectionRow[];
}

export async function findCollection(
  db: Queryable,
  ownerId: string,
  id: string,
): Promise<CollectionRow | undefined> {
  return (await selectCollections(db, ownerId).where('collections.id', '=', id).executeTakeFirst()) as
    | CollectionRow
    | undefined;
}

/** False when the owner has one of this name already, in whatever case. */
export async function insertCollection(
  db: Queryable,
  collection: { id: string; owner_id: string; name: string },
): Promise<boolean> {
  const result = await withDocumentTables(db)
    .insertInto('collections')
    .values(collection)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
}

export async function nameIsTaken(
  db: Queryable,
  ownerId: string,
  name: string,
  exceptId: string,
): Promise<boolean> {
  const row = await withDocumentTables(db)
    .selectFrom('collections')
    .select('id')
    .where('owner_id', '=', ownerId)
    .where(sql<string>`lower(name)`, '=', sql<string>`lower(${name})`)
    .where('id', '<>', exceptId)
    .executeTakeFirst();
  return row !== undefined;
}

export async function renameCollection(
  db: Queryable,
  ownerId: string,
  id: string,
  name: string,
): Promise<boolean> {
  const result = await withDocumentTables(db)
    .updateTable('collections')
    .set({ name })
    .where('id', '=', id)
    .where('owner_id', '=', ownerId)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

export async function deleteCollection(db: Queryable, ownerId: string, id: string): Promise<boolean> {
  const result = await withDocumentTables(db)
    .deleteFrom('collections')
    .where('id', '=', id)
    .where('owner_id', '=', ownerId)
    .executeTakeFirst();
  return result.numDeletedRows === 1n;
}
