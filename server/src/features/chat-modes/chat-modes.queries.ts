import { sql } from 'kysely';
import type { Queryable } from '../../platform/database/database.ts';
import { type ToolPermission, withChatModeTables } from './chat-modes.tables.ts';
import type { ExpertId } from './experts.ts';

export interface ExpertRow {
  expert: ExpertId;
  enabled: boolean;
  prompt: string | null;
}

/** What a person changed about experts. */
export async function listExperts(db: Queryable, ownerId: string): Promise<ExpertRow[]> {
  return withChatModeTables(db)
    .selectFrom('chat_mode_experts')
    .select(['expert', 'enabled', 'prompt'])
    .where('owner_id', '=', ownerId)
    .execute();
}

export async function changeExpert(
  db: Queryable,
  ownerId: string,
  expert: ExpertId,
  change: { enabled?: boolean | undefined; prompt?: string | null | undefined },
): Promise<void> {
  const changes = {
    ...(change.enabled === undefined ? {} : { enabled: change.enabled }),
    ...(change.prompt === undefined ? {} : { prompt: change.prompt }),
  };
  await withChatModeTables(db)
    .insertInto('chat_mode_experts')
    .values({ owner_id: ownerId, expert, prompt: null, ...changes })
    .onConflict((conflict) =>
      conflict.columns(['owner_id', 'expert']).doUpdateSet({ ...changes, updated_at: sql<Date>`now()` }),
    )
    .execute();
}

/** What a person said about tools, by name. */
export async function listPermissions(db: Queryable, ownerId: string): Promise<Map<string, ToolPermission>> {
  const rows = await withChatModeTables(db)
    .selectFrom('chat_mode_tools')
    .select(['tool', 'permission'])
    .where('owner_id', '=', ownerId)
    .execute();
  return new Map(rows.map(({ tool, permission }) => [tool, permission]));
}

export async function storePermission(
  db: Queryable,
  ownerId: string,
  tool: string,
  permission: ToolPermission,
): Promise<void> {
  await withChatModeTables(db)
    .insertInto('chat_mode_tools')
    .values({ owner_id: ownerId, tool, permission })
    .onConflict((conflict) =>
      conflict.columns(['owner_id', 'tool']).doUpdateSet({ permission, updated_at: sql<Date>`now()` }),
    )
    .execute();
}
