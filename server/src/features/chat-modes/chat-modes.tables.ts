import type { Generated } from 'kysely';
import type { Database, Queryable } from '../../platform/database/database.ts';
import type { ExpertId } from './experts.ts';

export type ToolPermission = 'ask' | 'allow' | 'off';

export interface ChatModeTables {
  chat_mode_experts: {
    owner_id: string;
    expert: ExpertId;
    enabled: Generated<boolean>;
    prompt: string | null;
    updated_at: Generated<Date>;
  };
  chat_mode_tools: {
    owner_id: string;
    tool: string;
    permission: ToolPermission;
    updated_at: Generated<Date>;
  };
}

/** The same connection or transaction, with this feature's tables. */
export function withChatModeTables(queryable: Queryable) {
  return (queryable as Database).withTables<Pick<ChatModeTables, keyof ChatModeTables>>();
}
