import { v7 as uuidv7 } from 'uuid';
import type { Database, DatabaseTransaction } from '../../../platform/database/database.ts';
import type { UserFeed } from '../../../platform/events/user-feed.ts';
import { readIdCursor, readNumberCursor, toPage } from '../list-cursor.ts';
import { assertSameRequest, type RequestIdentity } from '../request-identity.ts';
import { VersionNotFound, WorkflowBuiltin, WorkflowChanged, WorkflowNotFound } from '../workflows.errors.ts';
import type { Definition, DefinitionProblem } from './definition.schemas.ts';
import { diffDefinitions } from './diff-definitions.ts';
import * as queries from './workflows.queries.ts';
import type {
  DefinitionDiff,
  NewWorkflow,
  WorkflowChanges,
  WorkflowFile,
  WorkflowSummary,
  WorkflowView,
} from './workflows.schemas.ts';

export type WorkflowService = ReturnType<typeof createWorkflowService>;

export interface WorkflowServiceParts {
  db: Database;
  userFeed: UserFeed;
  validate(definition: Definition): DefinitionProblem[];
  /** Ends what runs of a workflow that is about to be deleted, inside the transaction; returns what to do after it. */
  endRuns(trx: DatabaseTransaction, workflowId: string): Promise<() => void>;
}

interface Page {
  cursor?: string;
  limit?: number;
}

const defaultLimit = 50;

/**
 * Workflows and their versions. A drawing may be stored unfinished: what is wrong with it is part of the answer, and it
 * is refused when it is to run. All throw `workflows.not_found` for another person's as for an unknown one (S30).
 */
export function createWorkflowService(parts: WorkflowServiceParts) {
  const { db, userFeed, validate } = parts;

  const view = async (row: queries.WorkflowRow): Promise<WorkflowView> => {
    const version = await queries.findVersion(db, row.id, row.version);
    if (!version) throw VersionNotFound.with();
    const [summary] = await summarize(db, [row]);
    if (!summary) throw WorkflowNotFound.with();
    const { definition } = version;
    return { ...summary, definition, problems: validate(definition) };
  };
  const getRow = async (ownerId: string, id: string): Promise<queries.WorkflowRow> => {
    const row = await queries.findWorkflow(db, ownerId, id);
    if (!row) throw WorkflowNotFound.with();
    return row;
  };
  const getVersion = async (ownerId: string, id: string, number: number) => {
    await getRow(ownerId, id);
    const version = await queries.findVersion(db, id, number);
    if (!version) throw VersionNotFound.with();
    return version;
  };
  const get = async (ownerId: string, id: string): Promise<WorkflowView> => view(await getRow(ownerId, id));

  const create = async (
    ownerId: string,
    wanted: NewWorkflow,
    identity?: RequestIdentity,
  ): Promise<WorkflowView> => {
    const id = uuidv7();
    const { name, description = '', definition } = wanted;
    const stored = await db.transaction().execute(async (trx) => {
      const keys = { idempotency_key: identity?.key ?? null, request_hash: identity?.hash ?? null };
      const row = { id, owner_id: ownerId, name: name.trim(), description, ...keys };
      if (await queries.insertWorkflow(trx, row)) {
        await queries.insertVersion(trx, id, 1, definition);
        return id;
      }
      const before = identity && (await queries.findWorkflowByKey(trx, ownerId, identity.key));
      if (!identity || !before) throw new Error('A workflow was not stored.');
      assertSameRequest(identity, before.request_hash);
      return before.id;
    });
    userFeed.changed(ownerId, 'workflow', stored);
    return get(ownerId, stored);
  };

  const change = async (
    ownerId: string,
    id: string,
    changes: WorkflowChanges,
    expectedRevision: number | undefined,
  ): Promise<WorkflowView> => {
    const { definition, ...rest } = changes;
    await db.transaction().execute(async (trx) => {
      const row = await queries.lockWorkflow(trx, ownerId, id);
      if (!row) throw WorkflowNotFound.with();
      if (row.builtin !== null) throw WorkflowBuiltin.with();
      if (expectedRevision !== undefined && row.revision !== expectedRevision) throw WorkflowChanged.with();
      if (definition) await queries.insertVersion(trx, id, row.version + 1, definition);
      await queries.updateWorkflow(trx, id, {
        ...rest,
        ...(rest.name === undefined ? {} : { name: rest.name.trim() }),
        ...(definition ? { version: row.version + 1 } : {}),
      });
    });
    userFeed.changed(ownerId, 'workflow', id);
    return get(ownerId, id);
  };

  return {
    get,
    create,
    change,
    /** What is wrong with a definition, by step. */
    validate,

    async list(
      ownerId: string,
      { cursor, limit = defaultLimit, builtin = false }: Page & { builtin?: boolean },
    ) {
      const filter = { after: readIdCursor(cursor), builtin };
      const rows = await queries.listWorkflows(db, ownerId, filter, limit);
      return toPage(await summarize(db, rows), limit, (row) => row.id);
    },

    async remove(ownerId: string, id: string): Promise<{ deleted: true }> {
      const after = await db.transaction().execute(async (trx) => {
        const row = await queries.lockWorkflow(trx, ownerId, id);
        if (!row) throw WorkflowNotFound.with();
        if (row.builtin !== null) throw WorkflowBuiltin.with();
        const announce = await parts.endRuns(trx, id);
        await queries.deleteWorkflow(trx, ownerId, id);
        return announce;
      });
      after();
      userFeed.changed(ownerId, 'workflow', id);
      return { deleted: true };
    },

    async listVersions(ownerId: string, id: string, { cursor, limit = defaultLimit }: Page) {
      const row = await getRow(ownerId, id);
      const rows = await queries.listVersions(db, id, readNumberCursor(cursor), limit);
      const items = rows.map(({ number, created_at }) => ({
        number,
        created_at: created_at.toISOString(),
        current: number === row.version,
      }));
      return toPage(items, limit, (item) => String(item.number));
    },

    /** Throws `workflows.version_not_found`. */
    async getVersion(ownerId: string, id: string, number: number) {
      const { created_at: at, ...version } = await getVersion(ownerId, id, number);
      return { ...version, created_at: at.toISOString() };
    },

    /** Makes an older version the newest again, as a new one: nothing is taken back. */
    async restore(
      ownerId: string,
      id: string,
      number: number,
      expectedRevision: number | undefined,
    ): Promise<WorkflowView> {
      const { definition } = await getVersion(ownerId, id, number);
      return change(ownerId, id, { definition }, expectedRevision);
    },

    async diff(ownerId: string, id: string, from: number, to: number): Promise<DefinitionDiff> {
      const before = await getVersion(ownerId, id, from);
      const after = await getVersion(ownerId, id, to);
      return { from, to, ...diffDefinitions(before.definition, after.definition) };
    },

    async exportFile(ownerId: string, id: string): Promise<WorkflowFile> {
      const { name, description, definition } = await get(ownerId, id);
      return { kind: 'aiwfe.workflow', name, description, definition };
    },

    importFile: (ownerId: string, { kind: _kind, ...file }: WorkflowFile, identity?: RequestIdentity) =>
      create(ownerId, file, identity),
  };
}

async function summarize(db: Database, rows: queries.WorkflowRow[]): Promise<WorkflowSummary[]> {
  const ids = rows.map((row) => row.id);
  const [lastRuns, nextTimes] = await Promise.all([
    queries.listLastRuns(db, ids),
    queries.listNextTimes(db, ids),
  ]);
  return rows.map((row) => {
    const { id, name, description, enabled, version, revision, builtin, sample } = row;
    return {
      ...{ id, name, description, enabled, version, revision, builtin, sample },
      created_at: row.created_at.toISOString(),
      updated_at: row.updated_at.toISOString(),
      last_runs: lastRuns.get(id) ?? [],
      next_fire_at: nextTimes.get(id)?.toISOString() ?? null,
    };
  });
}
