import type { Database } from '../../platform/database/database.ts';
import type { UserFeed } from '../../platform/events/user-feed.ts';
import type { FileStore } from '../../platform/files/file-store.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { ChunkIndexer } from './chunk-indexer.ts';
import type { ExtractionLimits } from './extraction/extraction.types.ts';

export interface IngestionDependencies {
  db: Database;
  files: FileStore;
  indexer: ChunkIndexer;
  userFeed: UserFeed;
  log: Logger;
  limits: Partial<ExtractionLimits>;
}

/** How a step ended, as it is recorded: small JSON, no text of the document. */
export type StepOutcome =
  | { result: 'done'; warning?: string }
  /** The document was deleted, or another run has it. */
  | { result: 'gone' }
  /** The process was told to stop; the next one begins the step again. */
  | { result: 'interrupted' }
  | { result: 'failed'; code: string; detail: string };
