import { ProblemError } from '../../platform/errors.ts';
import type { ChunkDraft } from './chunking/chunk-draft.ts';
import { OriginalMissing } from './documents.errors.ts';
import { extractDocument } from './extraction/extract-document.ts';
import { type ExtractedPage, type ExtractionSink, pagedKinds } from './extraction/extraction.types.ts';
import { ExtractionFailed } from './extraction/extraction-errors.ts';
import {
  beginExtraction,
  deleteText,
  holdAttempt,
  type IngestionFence,
  type IngestionSource,
  insertChunks,
  insertPages,
  setProgress,
  storeSummary,
} from './ingestion.queries.ts';
import type { IngestionDependencies, StepOutcome } from './ingestion.types.ts';

/** Progress is stored and announced at most this often. */
const announceEveryMs = 1_000;
/** A child that ends without a word is given one more try before the document fails. */
const childAttempts = 2;

/** Another run took the document over, or a person deleted it, while text was being stored. */
class Superseded extends Error {}

/** The step that reads the file in a child process and stores its pages and chunks as they come. */
export function createTextExtraction(
  dependencies: IngestionDependencies,
): (fence: IngestionFence, signal: AbortSignal) => Promise<StepOutcome> {
  const attempt = (fence: IngestionFence, signal: AbortSignal) => extractOnce(dependencies, fence, signal);
  return async (fence, signal) => {
    for (let tries = 1; ; tries++) {
      const outcome = await attempt(fence, signal);
      const unexplained = outcome.result === 'failed' && outcome.code === ExtractionFailed.code;
      if (!unexplained || tries === childAttempts) return outcome;
    }
  };
}

async function extractOnce(
  dependencies: IngestionDependencies,
  fence: IngestionFence,
  signal: AbortSignal,
): Promise<StepOutcome> {
  const { db, files, limits, userFeed, log } = dependencies;
  const source = await clearAndBegin(dependencies, fence);
  if (!source) return { result: 'gone' };
  userFeed.changed(source.owner_id, 'document', fence.documentId);
  const request = { filePath: files.pathOf(source.file_key), kind: source.kind, limits, signal };
  try {
    const summary = await extractDocument(request, storingSink(dependencies, fence, source));
    await storeSummary(db, fence, summary, pagedKinds.has(source.kind));
    userFeed.changed(source.owner_id, 'document', fence.documentId);
    return { result: 'done' };
  } catch (error) {
    if (error instanceof Superseded) return { result: 'gone' };
    if (signal.aborted) return { result: 'interrupted' };
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return failed(OriginalMissing.with());
    if (!(error instanceof ProblemError)) throw error;
    log.info({ err: error, documentId: fence.documentId, code: error.code }, 'document could not be read');
    return failed(error);
  }
}

function failed(error: ProblemError): StepOutcome {
  return { result: 'failed', code: error.code, detail: error.detail };
}

/** Claims the document and removes what an earlier attempt stored, so that repeating the step leaves nothing twice. */
async function clearAndBegin(
  { db, indexer }: IngestionDependencies,
  fence: IngestionFence,
): Promise<IngestionSource | undefined> {
  return db.transaction().execute(async (trx) => {
    const source = await beginExtraction(trx, fence);
    if (!source) return undefined;
    await indexer.removeDocument(trx, fence.documentId);
    await deleteText(trx, fence.documentId);
    return source;
  });
}

function storingSink(
  { db, userFeed }: IngestionDependencies,
  fence: IngestionFence,
  source: IngestionSource,
): ExtractionSink {
  const paged = pagedKinds.has(source.kind);
  let offset = 0;
  let announcedAt = 0;
  return {
    onBatch: (pages: ExtractedPage[], chunks: ChunkDraft[]) =>
      db.transaction().execute(async (trx) => {
        if (!(await holdAttempt(trx, fence, source.ingest_attempt))) throw new Superseded();
        offset = await insertPages(trx, fence.documentId, pages, offset);
        await insertChunks(trx, { id: fence.documentId, ownerId: source.owner_id, paged }, chunks);
      }),
    async onProgress(progress) {
      if (Date.now() - announcedAt < announceEveryMs) return;
      announcedAt = Date.now();
      await setProgress(db, fence, progress);
      userFeed.changed(source.owner_id, 'document', fence.documentId);
    },
  };
}
