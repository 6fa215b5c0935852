import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../../platform/database/database.ts';
import { addChunks } from './lexical/lexical-index.ts';

/** Stores an active person. */
export async function addPerson(db: Database): Promise<string> {
  const id = uuidv7();
  const email = `${id}@example.org`;
  await sql`insert into users (id, email, email_canonical, display_name, role, status)
    values (${id}, ${email}, ${email}, 'Test Person', 'user', 'active')`.execute(db);
  return id;
}

export interface FixtureChunk {
  text: string;
  headingPath: string[];
}

/** Stores a document that is ready, with one page per chunk, and indexes it. Returns its id. */
export async function addDocument(
  db: Database,
  ownerId: string,
  name: string,
  chunks: readonly FixtureChunk[],
): Promise<string> {
  const documentId = uuidv7();
  await db.transaction().execute(async (trx) => {
    await sql`insert into documents (id, owner_id, name, kind, media_type, size_bytes, sha256, file_key,
        ingest_id, state, page_count, chunk_count)
      values (${documentId}, ${ownerId}, ${name}, 'text', 'text/plain', 1, '', ${documentId}, ${documentId},
        'ready', ${chunks.length}, ${chunks.length})`.execute(trx);
    let offset = 0;
    for (const [ordinal, chunk] of chunks.entries()) {
      const end = offset + chunk.text.length;
      await sql`insert into document_pages (document_id, number, start_offset, end_offset, text)
        values (${documentId}, ${ordinal + 1}, ${offset}, ${end}, ${chunk.text})`.execute(trx);
      await sql`insert into chunks (id, document_id, owner_id, ordinal, text, page_start, page_end, start_offset,
          end_offset, heading_path, token_count)
        values (${uuidv7()}, ${documentId}, ${ownerId}, ${ordinal}, ${chunk.text}, ${ordinal + 1}, ${ordinal + 1},
          ${offset}, ${end}, ${chunk.headingPath}, 1)`.execute(trx);
      offset = end + 2;
    }
    const indexed = chunks.map((chunk, ordinal) => ({ ...chunk, ordinal }));
    await addChunks(trx, { ownerId, documentId }, indexed);
  });
  return documentId;
}
