import type { Database } from '../../../platform/database/database.ts';
import type { Logger } from '../../../platform/telemetry/logger.ts';
import { createExactVectorIndex } from './exact-vector-index.ts';
import { createPgvectorIndex, hasPgvector } from './pgvector-index.ts';
import type { VectorIndex } from './vector-index.ts';

const maxCopyBytes = 512 * 1024 * 1024;
const idleMs = 10 * 60_000;

/** pgvector where the database has it, else exact search over a copy; asked once, at the first search. */
export function createVectorIndex(options: { db: Database; log: Logger }): VectorIndex {
  let chosen: Promise<VectorIndex> | undefined;
  const choose = async (): Promise<VectorIndex> => {
    const pgvector = await hasPgvector(options.db);
    options.log.info({ pgvector }, 'vector index chosen');
    return pgvector
      ? createPgvectorIndex(options.db)
      : createExactVectorIndex({ db: options.db, maxBytes: maxCopyBytes, idleMs });
  };
  return {
    async search(request) {
      chosen ??= choose();
      // A database that did not answer is asked again next time.
      chosen.catch(() => {
        chosen = undefined;
      });
      return (await chosen).search(request);
    },
    async close() {
      await (await chosen)?.close();
    },
  };
}
