import type { Readable } from 'node:stream';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../../platform/database/database.ts';
import type { WorkflowEngine } from '../../platform/durable/workflow-engine.ts';
import { keptFailure } from '../../platform/errors.ts';
import type { FileStore } from '../../platform/files/file-store.ts';
import type { Actor } from '../../platform/http/route.ts';
import type { AuditTrail, ClientFacts } from '../audit/index.ts';
import { type ExportInput, exportWorkflowName } from './export.workflow.ts';
import {
  type ExportRow,
  findExport,
  findExportUnderWay,
  insertExport,
  listExports,
} from './exports.queries.ts';
import { ExportNotFound, ExportNotReady } from './privacy.errors.ts';
import type { ExportView } from './privacy.schemas.ts';

export interface ExportsOptions {
  db: Database;
  engine: WorkflowEngine;
  audit: AuditTrail;
  files: FileStore;
}

export type ExportsService = ReturnType<typeof createExportsService>;

/** Copies of everything about a person, for that person. */
export function createExportsService({ db, engine, audit, files }: ExportsOptions) {
  const entryOf = (actor: Actor, client: ClientFacts) => ({
    outcome: 'success' as const,
    actorId: actor.userId,
    subjectId: actor.userId,
    sessionId: actor.sessionId,
    personal: { address: client.address, userAgent: client.userAgent },
  });
  return {
    /** Asks for an export, or answers the one that is under way. */
    async request(actor: Actor, client: ClientFacts): Promise<ExportView> {
      const row = await db.transaction().execute(async (trx) => {
        const id = uuidv7();
        const stored = await insertExport(trx, id, actor.userId);
        if (!stored) return undefined;
        const input: ExportInput = { export_id: id };
        await engine.start(trx, { name: exportWorkflowName, workflowId: id, input });
        await audit.record(trx, { ...entryOf(actor, client), action: 'privacy.export_requested' });
        return stored;
      });
      if (row) engine.wake();
      const shown = row ?? (await findExportUnderWay(db, actor.userId));
      // The one that was under way has just ended.
      if (!shown)
        throw ExportNotReady.with({
          detail: 'Another export has just ended. Ask again.',
          reason: 'just_ended',
        });
      return toView(shown);
    },

    list: async (actor: Actor): Promise<ExportView[]> => (await listExports(db, actor.userId)).map(toView),

    /** Throws `privacy.export_not_found`, `privacy.export_not_ready`. */
    async download(
      actor: Actor,
      id: string,
      client: ClientFacts,
    ): Promise<{ name: string; sizeBytes: number; open(): Readable }> {
      const row = await findExport(db, actor.userId, id);
      if (!row) throw ExportNotFound.with();
      const { file_key: key, size_bytes: sizeBytes } = row;
      if (key === null || sizeBytes === null)
        throw row.status === 'expired' ? ExportNotFound.with() : ExportNotReady.with();
      await audit.record(db, { ...entryOf(actor, client), action: 'privacy.export_downloaded' });
      return {
        name: `export-${row.created_at.toISOString().slice(0, 10)}.zip`,
        sizeBytes,
        open: () => files.read(key),
      };
    },
  };
}

function toView(row: ExportRow): ExportView {
  return {
    id: row.id,
    status: row.status,
    size_bytes: row.size_bytes,
    created_at: row.created_at.toISOString(),
    finished_at: row.finished_at?.toISOString() ?? null,
    expires_at: row.expires_at?.toISOString() ?? null,
    error: row.error_code === null ? null : keptFailure(row.error_code, row.error_detail ?? ''),
  };
}
