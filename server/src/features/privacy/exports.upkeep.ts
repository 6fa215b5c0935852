import type { Database } from '../../platform/database/database.ts';
import type { WorkflowEngine } from '../../platform/durable/workflow-engine.ts';
import type { FileStore } from '../../platform/files/file-store.ts';
import {
  expireExports,
  listUnfinished,
  removeOldExports,
  storeFailed,
  unscopedKnownExportFiles,
} from './exports.queries.ts';
import { ExportFailed } from './privacy.errors.ts';

/** Unknown files that nobody has written to for so long belong to a run that is dead. */
const orphanAgeMs = 3_600_000;
const lookAfterSeconds = 60;
const keepRecordsDays = 90;

/** Removes exports past their time and what dead runs left; ends those whose run is over without an outcome. */
export async function tidyExports(options: {
  db: Database;
  engine: WorkflowEngine;
  files: FileStore;
}): Promise<void> {
  const { db, engine, files } = options;
  for (const key of await expireExports(db, 'past')) await files.remove(key);
  for (const run of await listUnfinished(db, lookAfterSeconds)) {
    const status = await engine.status(run.id);
    if (status === 'failed' || status === 'cancelled' || status === 'succeeded')
      await storeFailed(db, run, ExportFailed);
  }
  await files.sweep((keys) => unscopedKnownExportFiles(db, keys), orphanAgeMs);
  await removeOldExports(db, keepRecordsDays);
}
