import { Type } from 'typebox';
import type { Database } from '../../platform/database/database.ts';
import { defineWorkflow, type WorkflowRegistration } from '../../platform/durable/workflow-engine.ts';
import { ProblemError } from '../../platform/errors.ts';
import type { UserFeed } from '../../platform/events/user-feed.ts';
import type { FileStore } from '../../platform/files/file-store.ts';
import type { PersonalData } from '../../platform/personal-data.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { writeArchive } from './export-archive.ts';
import { expireExports, storeFailed, storeReady, takeExport } from './exports.queries.ts';
import { ExportFailed } from './privacy.errors.ts';

/** Recorded in the database, so it never changes. */
export const exportWorkflowName = 'privacy.export';

/** How long a finished export can be downloaded. */
const keepDays = 7;

export interface ExportInput {
  export_id: string;
}

export interface ExportWorkOptions {
  db: Database;
  files: FileStore;
  kinds: () => readonly PersonalData[];
  userFeed: UserFeed;
  log: Logger;
  clock: () => Date;
  product: string;
}

/**
 * Writes one export. A run that was cut off begins again as a whole: the archive is made in one go into a file of its own
 * that nobody sees before it is complete. So nothing of it is recorded as a step.
 */
export function exportWorkflow(options: ExportWorkOptions): WorkflowRegistration {
  return defineWorkflow<ExportInput>({
    name: exportWorkflowName,
    input: Type.Object({ export_id: Type.String() }, { additionalProperties: false }),
    dispatch: { queue: exportWorkflowName, perProcess: 1, lookEveryMs: 1_000 },
    run: ({ signal }, { export_id }) => runExport(options, export_id, signal),
  });
}

export async function runExport(
  options: ExportWorkOptions,
  id: string,
  signal: AbortSignal,
): Promise<{ ready: boolean }> {
  const { db, files, userFeed } = options;
  const taken = await takeExport(db, id);
  if (!taken) return { ready: false };
  const { userId, attempt } = taken;
  const run = { id, attempt };
  userFeed.changed(userId, 'export', id);
  const file = await writeFile(options, userId, signal).catch((error: unknown) =>
    settleFailure(options, run, error, signal),
  );
  if (!file) {
    userFeed.changed(userId, 'export', id);
    return { ready: false };
  }
  const ready = await storeReady(db, run, file, keepDays);
  // One copy of everything is enough to lie about.
  const superseded = ready ? await expireExports(db, { olderThan: { userId, id } }) : [file.key];
  for (const key of superseded) await files.remove(key);
  userFeed.changed(userId, 'export', id);
  return { ready };
}

function writeFile({ files, kinds, clock, product }: ExportWorkOptions, userId: string, signal: AbortSignal) {
  const archive = writeArchive(kinds(), userId, { now: clock(), product });
  return files.receive(untilAborted(archive, signal), { maxBytes: Number.POSITIVE_INFINITY });
}

async function* untilAborted<Item>(source: AsyncIterable<Item>, signal: AbortSignal): AsyncGenerator<Item> {
  for await (const item of source) {
    signal.throwIfAborted();
    yield item;
  }
}

/** Tells the person why; a run that ends because the process does has no outcome and begins again. */
async function settleFailure(
  { db, log }: ExportWorkOptions,
  run: { id: string; attempt: number },
  error: unknown,
  signal: AbortSignal,
): Promise<undefined> {
  signal.throwIfAborted();
  const isOurs = error instanceof ProblemError && error.code === 'files.storage_full';
  if (!isOurs) log.error({ err: error, export_id: run.id }, 'an export failed');
  await storeFailed(db, run, isOurs ? error : ExportFailed);
  return undefined;
}
