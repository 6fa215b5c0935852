import type { ColumnType, Generated } from 'kysely';
import type { Database, DatabaseTransaction, Queryable } from '../../platform/database/database.ts';
import type { PlatformTables } from '../../platform/database/platform-tables.ts';
import type {
  AnsweringModel,
  ChatMode,
  Citation,
  GenerationStatus,
  Message,
  MessageError,
  ModelChoice,
  Notice,
  Scope,
  Step,
  Usage,
} from './conversations.schemas.ts';

/** Read as the value, written as JSON text. */
type Json<Value> = ColumnType<Value, string, string>;
type NullableJson<Value> = ColumnType<Value | null, string | null | undefined, string | null>;

export type TitleSource = 'none' | 'question' | 'model' | 'person';

export interface ConversationTables extends PlatformTables {
  conversations: {
    id: string;
    owner_id: string;
    title: string;
    title_source: TitleSource;
    pinned: Generated<boolean>;
    scope: Json<Scope>;
    mode: Generated<ChatMode>;
    model: NullableJson<ModelChoice>;
    active_leaf_id: string | null;
    message_count: Generated<number>;
    idempotency_key: string | null;
    request_hash: string | null;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
    deleted_at: Date | null;
    search: Generated<string>;
  };
  messages: {
    id: string;
    conversation_id: string;
    owner_id: string;
    parent_id: string | null;
    sibling_key: Generated<string>;
    role: Message['role'];
    content: Generated<string>;
    status: Message['status'];
    model: NullableJson<AnsweringModel>;
    citations: ColumnType<Citation[], string | undefined, string>;
    steps: ColumnType<Step[], string | undefined, string>;
    notices: ColumnType<Notice[], string | undefined, string>;
    error: NullableJson<MessageError>;
    usage: NullableJson<Usage>;
    generation_id: string | null;
    mode: Generated<ChatMode>;
    run_id: string | null;
    created_at: Generated<Date>;
    search: Generated<string>;
  };
  generations: {
    id: string;
    conversation_id: string;
    owner_id: string;
    question_id: string;
    message_id: string;
    scope: Json<Scope>;
    model: NullableJson<ModelChoice>;
    status: Generated<GenerationStatus>;
    mode: Generated<ChatMode>;
    run_id: string | null;
    idempotency_key: string | null;
    request_hash: string | null;
    created_at: Generated<Date>;
    ended_at: Date | null;
  };
}

/** The same connection or transaction, with this feature's tables. */
export function withConversationTables(queryable: Queryable) {
  return (queryable as Database).withTables<Omit<ConversationTables, keyof PlatformTables>>();
}

export type { Database, DatabaseTransaction, Queryable };
