import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Feature } from '../../platform/feature.ts';
import { createFileStore } from '../../platform/files/file-store.ts';
import type { Platform } from '../../platform/platform.ts';
import type { WorkflowTool } from '../../platform/tools/tool.ts';
import type { ChunkIndexer } from './chunk-indexer.ts';
import { collectionRoutes } from './collections.routes.ts';
import { createCollectionService } from './collections.service.ts';
import { documentsPersonalData } from './documents.personal.ts';
import { unscopedKnownFileKeys } from './documents.queries.ts';
import { documentRoutes } from './documents.routes.ts';
import { createDocumentService } from './documents.service.ts';
import { ingestionWorkflow } from './ingestion.workflow.ts';
import { purgeWorkflow } from './purge.workflow.ts';
import { readDocumentTool } from './read-document.tool.ts';
import { readingRoutes } from './reading.routes.ts';
import { createReadingService } from './reading.service.ts';
import { addSampleIn, addSamples } from './samples/samples.ts';
import { uploadRoute } from './upload.routes.ts';

export type { ChunkIndexer } from './chunk-indexer.ts';
export { CollectionNotFound, DocumentNotFound } from './documents.errors.ts';
export type { DocumentTables } from './documents.tables.ts';
export { withDocumentTables } from './documents.tables.ts';
export { extractWhole } from './extraction/extract-document.ts';
export { acceptedTypes } from './extraction/kind-detection.ts';

export interface DocumentsOptions {
  /** Folder of the stored files. */
  directory: string;
  maxFileBytes: number;
  maxFilesPerRequest: number;
  extractionMemoryBytes: number;
  extractionTimeoutMs: number;
}

export interface DocumentsDependencies {
  platform: Platform;
  indexer: ChunkIndexer;
  options: DocumentsOptions;
  /** Runs the guard again before an upload is accepted: a long one can outlive its session. */
  confirm(request: FastifyRequest, reply: FastifyReply): Promise<void>;
}

export interface DocumentsFeature extends Feature {
  /** What workflows and chats may do with documents. */
  tools: WorkflowTool[];
  /** Adds the sample documents for a new person; returns how many were added. */
  addSamples(ownerId: string): Promise<number>;
  /** What else goes when a person removes the samples; answers how many there were. */
  onSamplesRemoved(remove: (ownerId: string) => Promise<number>): void;
  /** Adds the sample in the language of a locale beside those the person still has. Never throws: a failure is logged. */
  followLanguage(ownerId: string, locale: string): Promise<void>;
}

const sweepEveryMs = 6 * 3_600_000;
/** Longer than any upload takes: younger files may belong to one that is not committed yet. */
const orphanAgeMs = 24 * 3_600_000;

/** Documents: upload, durable ingestion, reading, collections. */
export function createDocumentsFeature({
  platform,
  indexer,
  options,
  confirm,
}: DocumentsDependencies): DocumentsFeature {
  const { db, engine, userFeed, log, clock } = platform;
  const files = createFileStore({ directory: options.directory });
  const upload = { db, engine, files, userFeed, maxFileBytes: options.maxFileBytes };
  const limits = { maxMemoryBytes: options.extractionMemoryBytes, timeoutMs: options.extractionTimeoutMs };
  const otherSamples: ((ownerId: string) => Promise<number>)[] = [];
  const documents = createDocumentService({ db, engine, userFeed, clock, otherSamples });
  const reading = createReadingService({ db, files });
  let sweeping: NodeJS.Timeout | undefined;
  const sweep = async (): Promise<void> => {
    try {
      const removed = await files.sweep((keys) => unscopedKnownFileKeys(db, keys), orphanAgeMs);
      if (removed > 0) log.info({ removed }, 'removed files that no document needs');
    } catch (error) {
      log.error({ err: error }, 'files could not be swept');
    }
  };
  return {
    routes: [
      uploadRoute({ ...upload, maxFilesPerRequest: options.maxFilesPerRequest, confirm }),
      ...documentRoutes(documents),
      ...readingRoutes(reading),
      ...collectionRoutes(createCollectionService({ db })),
    ],
    tools: [readDocumentTool({ documents, reading })],
    workflows: [
      ingestionWorkflow({ db, files, indexer, userFeed, log, limits }),
      purgeWorkflow({ db, files, indexer }),
    ],
    personal: documentsPersonalData({ db, files }),
    addSamples: (ownerId) => addSamples(upload, ownerId),
    onSamplesRemoved: (remove) => void otherSamples.push(remove),
    async followLanguage(ownerId, locale) {
      try {
        await addSampleIn(upload, ownerId, locale);
      } catch (error) {
        log.error({ err: error, user_id: ownerId }, 'a sample document could not be added');
      }
    },
    async start() {
      void sweep();
      sweeping = setInterval(() => void sweep(), sweepEveryMs);
      sweeping.unref();
    },
    async stop() {
      clearInterval(sweeping);
    },
  };
}
