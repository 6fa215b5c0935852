import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { sql } from 'kysely';
import type { Database } from '../../platform/database/database.ts';
import type { FileStore } from '../../platform/files/file-store.ts';
import { ownedRows, type PersonalData, type PersonalFile, readByKey } from '../../platform/personal-data.ts';
import { displayName } from './display-name.ts';

interface StoredDocument {
  id: string;
  name: string;
  file_key: string;
}

/** Collections, and documents with the files that were uploaded. Text and passages are made from those. */
export function documentsPersonalData(options: { db: Database; files: FileStore }): PersonalData[] {
  const { db } = options;
  return [
    {
      ...ownedRows({
        db,
        name: 'documents',
        about:
          'Your documents. The files themselves are in files/documents, each below the id of its document.',
        table: 'documents',
        owner: 'owner_id',
        columns: [
          'id',
          'collection_id',
          'name',
          'kind',
          'media_type',
          'size_bytes',
          'sha256',
          'state',
          'page_count',
          'text_length',
          'outline',
          'warnings',
          'error_code',
          'error_detail',
          'sample',
          'created_at',
          'updated_at',
          'deleted_at',
        ],
      }),
      files: (userId) => originals(options, userId),
      erase: ({ userId }) => eraseDocuments(options, userId),
    },
    ownedRows({
      db,
      name: 'collections',
      about: 'Your collections of documents.',
      table: 'collections',
      owner: 'owner_id',
      columns: ['id', 'name', 'created_at'],
    }),
  ];
}

async function listStored(
  db: Database,
  userId: string,
  after: string | undefined,
  limit: number,
): Promise<StoredDocument[]> {
  const { rows } = await sql<StoredDocument>`
    select id, name, file_key from documents
    where owner_id = ${userId} and (${after ?? null}::uuid is null or id > ${after ?? null}::uuid)
    order by id limit ${limit}`.execute(db);
  return rows;
}

async function* originals(
  { db, files }: { db: Database; files: FileStore },
  userId: string,
): AsyncGenerator<PersonalFile> {
  const stored = readByKey(async (after: string | undefined, limit) => {
    const rows = await listStored(db, userId, after, limit);
    return rows.map((item) => ({ key: item.id, item }));
  });
  for await (const { id, name, file_key } of stored)
    yield {
      path: `documents/${id}/${displayName(name).replace(/[:<>"|?*]/g, '_')}`,
      open: () => openIfThere(files.pathOf(file_key)),
    };
}

async function openIfThere(file: string): Promise<Readable | undefined> {
  try {
    const handle = await open(file, 'r');
    return handle.createReadStream();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** File before row: while there is a row, a run that was cut off still knows of the file. */
async function eraseDocuments(
  { db, files }: { db: Database; files: FileStore },
  userId: string,
): Promise<void> {
  for (;;) {
    const [next] = await listStored(db, userId, undefined, 1);
    if (!next) return;
    await files.remove(next.file_key);
    await sql`delete from documents where id = ${next.id} and owner_id = ${userId}`.execute(db);
  }
}
