import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Database, Queryable } from '../../platform/database/database.ts';
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
    await addChunkRows(trx, ownerId, documentId, chunks);
    const indexed = chunks.map((chunk, ordinal) => ({ ...chunk, ordinal }));
    await addChunks(trx, { ownerId, documentId }, indexed);
  });
  return documentId;
}

/** Pages are joined by two line feeds; each chunk is a page of its own. */
async function addChunkRows(
  trx: Queryable,
  ownerId: string,
  documentId: string,
  chunks: readonly FixtureChunk[],
): Promise<void> {
  let offset = 0;
  const rows = chunks.map((chunk, ordinal) => {
    const start = offset;
    offset += chunk.text.length + 2;
    return { id: uuidv7(), ordinal, text: chunk.text, headings: chunk.headingPath, start, end: offset - 2 };
  });
  const given = sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
    as r (id uuid, ordinal int, text text, headings jsonb, start int, "end" int)`;
  await sql`insert into document_pages (document_id, number, start_offset, end_offset, text)
    select ${documentId}, ordinal + 1, start, "end", text from ${given}`.execute(trx);
  await sql`insert into chunks (id, document_id, owner_id, ordinal, text, page_start, page_end, start_offset,
      end_offset, heading_path, token_count)
    select id, ${documentId}, ${ownerId}, ordinal, text, ordinal + 1, ordinal + 1, start, "end",
      array(select jsonb_array_elements_text(headings)), 1 from ${given}`.execute(trx);
}
