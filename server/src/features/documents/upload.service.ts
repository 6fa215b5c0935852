import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../../platform/database/database.ts';
import type { WorkflowEngine } from '../../platform/durable/workflow-engine.ts';
import { failureOf, isProblem, ProblemError } from '../../platform/errors.ts';
import type { UserFeed } from '../../platform/events/user-feed.ts';
import type { FileStore, StoredFile } from '../../platform/files/file-store.ts';
import { FileTooLarge } from '../../platform/files/files.errors.ts';
import { findCollection } from './collections.queries.ts';
import { displayName } from './display-name.ts';
import { toDocumentView } from './document-view.ts';
import { CollectionNotFound } from './documents.errors.ts';
import { type DocumentRow, findTwinName, insertDocument } from './documents.queries.ts';
import type { DocumentView, UploadResult } from './documents.schemas.ts';
import { type IngestInput, ingestWorkflowName } from './documents.workflows.ts';
import { defaultExtractionLimits } from './extraction/extraction.types.ts';
import { DocumentTooLarge } from './extraction/extraction-errors.ts';
import { type DetectedKind, detectKind } from './extraction/kind-detection.ts';

export interface UploadDependencies {
  db: Database;
  engine: WorkflowEngine;
  files: FileStore;
  userFeed: UserFeed;
  maxFileBytes: number;
}

interface StagedFile {
  name: string;
  stored: StoredFile;
  detected: DetectedKind;
}

/** One upload: files are staged while they stream in; documents come into being together, or not at all. */
export interface UploadSession {
  /** Stores one file; a file that cannot be accepted is noted in `rejected`. Throws what ends the whole upload. */
  add(sentName: string | undefined, content: AsyncIterable<Uint8Array>): Promise<void>;
  /** Creates the documents and starts reading them. Throws documents.collection_not_found. */
  commit(options: { collectionId?: string | undefined; sample?: boolean }): Promise<UploadResult>;
  /** Removes what was staged. */
  discard(): Promise<void>;
  readonly rejected: UploadResult['rejected'];
}

/** Begins an upload of this owner. */
export function beginUpload(dependencies: UploadDependencies, ownerId: string): UploadSession {
  const staged: StagedFile[] = [];
  const rejected: UploadResult['rejected'] = [];
  const { files } = dependencies;
  return {
    rejected,
    async add(sentName, content) {
      const name = displayName(sentName);
      try {
        staged.push(await stageFile(dependencies, name, content));
      } catch (error) {
        if (!(error instanceof ProblemError) || !belongsToFile(error)) throw error;
        rejected.push({ name, ...failureOf(error) });
      }
    },
    async commit({ collectionId, sample = false }) {
      if (collectionId && !(await findCollection(dependencies.db, ownerId, collectionId)))
        throw CollectionNotFound.with();
      const target = { ownerId, collectionId: collectionId ?? null, sample };
      const items = await createDocuments(dependencies, target, staged);
      staged.length = 0;
      return { items, rejected };
    },
    async discard() {
      await Promise.all(staged.splice(0).map((file) => files.remove(file.stored.key)));
    },
  };
}

/** Other errors (a full disk, a broken connection) end the upload as a whole. */
function belongsToFile(error: ProblemError): boolean {
  return error.code.startsWith('documents.');
}

async function stageFile(
  { files, maxFileBytes }: UploadDependencies,
  name: string,
  content: AsyncIterable<Uint8Array>,
): Promise<StagedFile> {
  const stored = await receiveFile(files, content, maxFileBytes);
  try {
    return {
      name,
      stored,
      detected: await detectKind(files.pathOf(stored.key), name, defaultExtractionLimits),
    };
  } catch (error) {
    await files.remove(stored.key);
    throw error;
  }
}

async function receiveFile(
  files: FileStore,
  content: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<StoredFile> {
  try {
    return await files.receive(content, { maxBytes });
  } catch (error) {
    if (!isProblem(error, FileTooLarge)) throw error;
    const megabytes = Math.floor(maxBytes / 1_048_576);
    throw DocumentTooLarge.with({
      reason: 'limit',
      params: { limit_mb: megabytes },
      detail: `The file is larger than the ${megabytes} MB accepted here. Split it and upload the parts.`,
    });
  }
}

async function createDocuments(
  { db, engine, userFeed }: UploadDependencies,
  target: { ownerId: string; collectionId: string | null; sample: boolean },
  staged: StagedFile[],
): Promise<DocumentView[]> {
  const rows = await db.transaction().execute(async (trx) => {
    const created: DocumentRow[] = [];
    for (const { name, stored, detected } of staged) {
      const twin = await findTwinName(trx, target.ownerId, stored.sha256);
      const ingestId = uuidv7();
      const row = await insertDocument(trx, {
        id: uuidv7(),
        owner_id: target.ownerId,
        collection_id: target.collectionId,
        name,
        kind: detected.kind,
        media_type: detected.mediaType,
        size_bytes: stored.sizeBytes,
        sha256: stored.sha256,
        file_key: stored.key,
        upload_warnings: [
          detected.warning,
          twin && `Same content as “${twin}”, which you have already.`,
        ].filter((warning) => warning !== undefined),
        sample: target.sample,
        ingest_id: ingestId,
      });
      const input: IngestInput = { document_id: row.id, ingest_id: ingestId };
      await engine.start(trx, { name: ingestWorkflowName, workflowId: ingestId, input });
      created.push(row);
    }
    return created;
  });
  engine.wake();
  for (const row of rows) userFeed.changed(target.ownerId, 'document', row.id);
  return rows.map(toDocumentView);
}
