import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { addChunks } from '../../server/src/features/retrieval/lexical/lexical-index.ts';
import { type Database, openDatabase } from '../../server/src/platform/database/database.ts';
import { startEmbeddedDatabase } from '../../server/src/platform/database/embedded/embedded-database.ts';
import { migrateToLatest } from '../../server/src/platform/database/migrate.ts';

export interface BenchDatabase {
  db: Database;
  stop(): Promise<void>;
}

/** A migrated PostgreSQL of its own in a temporary folder, removed at the end. */
export async function openBenchDatabase(): Promise<BenchDatabase> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aiwfe-bench-'));
  await chmod(folder, 0o711);
  const log = { info() {}, warn() {}, error() {} };
  const server = await startEmbeddedDatabase({
    dataDir: folder,
    log,
    role: 'server',
    // Only reading is timed; loading need not survive a power cut.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
    syncToDisk: false,
  });
  await migrateToLatest({ connectionString: server.connectionString });
  const database = openDatabase({
    connectionString: server.connectionString,
    maxConnections: 4,
    statementTimeoutMs: 600_000,
    onPoolError: () => {},
  });
  return {
    db: database.db,
    async stop() {
      await database.close();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Stores an active person. */
export async function addPerson(db: Database): Promise<string> {
  const id = uuidv7();
  const email = `${id}@example.org`;
  await sql`insert into users (id, email, email_canonical, display_name, role, status)
    values (${id}, ${email}, ${email}, 'Bench', 'user', 'active')`.execute(db);
  return id;
}

export interface BenchChunk {
  text: string;
  headingPath: string[];
}

/** Stores a document that is ready, with one page per chunk, and indexes it. Returns its id. */
export async function addDocument(
  db: Database,
  ownerId: string,
  name: string,
  chunks: readonly BenchChunk[],
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
