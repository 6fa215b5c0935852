import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../../platform/database/database.ts';
import {
  type CollectionRow,
  deleteCollection,
  findCollection,
  insertCollection,
  listCollections,
  nameIsTaken,
  renameCollection,
} from './collections.queries.ts';
import { typedName } from './display-name.ts';
import { CollectionExists, CollectionNotFound } from './documents.errors.ts';
import type { CollectionView } from './documents.schemas.ts';
import { readIdCursor, toPage } from './list-cursor.ts';

export type CollectionService = ReturnType<typeof createCollectionService>;

const uniqueViolation = '23505';

/** Collections of one owner; their documents stay when a collection goes. */
export function createCollectionService({ db }: { db: Database }) {
  return {
    /** Newest first. Throws documents.invalid_cursor. */
    async list(ownerId: string, query: { cursor?: string | undefined; limit: number }) {
      const rows = await listCollections(db, ownerId, readIdCursor(query.cursor), query.limit);
      const page = toPage(rows, query.limit, (row) => row.id);
      return { ...page, items: page.items.map(toView) };
    },
    /** Throws documents.collection_exists. */
    async create(ownerId: string, name: string): Promise<CollectionView> {
      const id = uuidv7();
      if (!(await insertCollection(db, { id, owner_id: ownerId, name: typedName(name) })))
        throw CollectionExists.with();
      return getView(db, ownerId, id);
    },
    /** Throws documents.collection_not_found, documents.collection_exists. */
    async rename(ownerId: string, id: string, sentName: string): Promise<CollectionView> {
      const name = typedName(sentName);
      if (await nameIsTaken(db, ownerId, name, id)) throw CollectionExists.with();
      try {
        if (!(await renameCollection(db, ownerId, id, name))) throw CollectionNotFound.with();
      } catch (error) {
        // Somebody created one of this name between the look and the change.
        if ((error as { code?: unknown }).code === uniqueViolation)
          throw CollectionExists.with({ cause: error });
        throw error;
      }
      return getView(db, ownerId, id);
    },
    /** Throws documents.collection_not_found. */
    async remove(ownerId: string, id: string): Promise<{ deleted: boolean }> {
      if (!(await deleteCollection(db, ownerId, id))) throw CollectionNotFound.with();
      return { deleted: true };
    },
  };
}

async function getView(db: Database, ownerId: string, id: string): Promise<CollectionView> {
  const row = await findCollection(db, ownerId, id);
  if (!row) throw CollectionNotFound.with();
  return toView(row);
}

function toView(row: CollectionRow): CollectionView {
  return { ...row, created_at: row.created_at.toISOString() };
}
