import { v7 as uuidv7 } from 'uuid';
import type { Database, Queryable } from '../../../platform/database/database.ts';
import type { UserFeed } from '../../../platform/events/user-feed.ts';
import type { Definition } from './definition.schemas.ts';
import * as queries from './workflows.queries.ts';

/** A workflow that the program keeps for a person. */
export interface BuiltinWorkflow {
  /** Its name among them, such as a chat mode's. */
  builtin: string;
  name: string;
  description: string;
  definition: Definition;
}

export type BuiltinWorkflows = ReturnType<typeof createBuiltinWorkflows>;

/** Workflows that belong to a part of this program: visible, run like others, changed by nobody but their settings. */
export function createBuiltinWorkflows({ db, userFeed }: { db: Database; userFeed: UserFeed }) {
  const store = async (trx: Queryable, ownerId: string, wanted: BuiltinWorkflow): Promise<string> => {
    const { builtin, name, description, definition } = wanted;
    const id = uuidv7();
    if (await queries.insertWorkflow(trx, { id, owner_id: ownerId, name, description, builtin })) {
      await queries.insertVersion(trx, id, 1, definition);
      return id;
    }
    const row = await queries.lockBuiltin(trx, ownerId, builtin);
    if (!row) throw new Error('A built-in workflow was not stored.');
    const isSame = await queries.isSameDefinition(trx, row.id, row.version, definition);
    if (isSame && row.name === name && row.description === description) return row.id;
    if (!isSame) await queries.insertVersion(trx, row.id, row.version + 1, definition);
    await queries.updateWorkflow(trx, row.id, {
      name,
      description,
      ...(isSame ? {} : { version: row.version + 1 }),
    });
    return row.id;
  };

  return {
    /** Stores it where it is new, and as a new version where it differs. Returns its id. */
    async sync(ownerId: string, wanted: BuiltinWorkflow): Promise<string> {
      const id = await db.transaction().execute((trx) => store(trx, ownerId, wanted));
      userFeed.changed(ownerId, 'workflow', id);
      return id;
    },

    /** The ids of those that a person has, by name. */
    async ids(ownerId: string): Promise<Map<string, string>> {
      const rows = await queries.listBuiltins(db, ownerId);
      return new Map(rows.map(({ builtin, id }) => [builtin, id]));
    },
  };
}
