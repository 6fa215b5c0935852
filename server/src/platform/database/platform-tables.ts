import type { ColumnType, Generated } from 'kysely';

/** A `jsonb` column: any JSON is read, its text is written. */
export type JsonColumn<Value = unknown> = ColumnType<Value, string, string>;

/** Tables that belong to no feature. Features add theirs with `db.withTables<…>()`. */
export interface PlatformTables {
  schema_migrations: {
    name: string;
    checksum: string;
    applied_at: Generated<Date>;
  };
  settings: {
    key: string;
    value: JsonColumn;
    updated_at: Generated<Date>;
  };
  workflow_starts: {
    workflow_id: string;
    name: string;
    input: JsonColumn;
    /** The executor that begins it at once, while it lives. */
    executor_id: string | null;
    created_at: Generated<Date>;
  };
  executors: {
    id: string;
    started_at: Generated<Date>;
    heartbeat_at: Generated<Date>;
  };
  streams: {
    id: string;
    kind: string;
    owner_id: string;
    attempt: Generated<number>;
    last_seq: Generated<number>;
    created_at: Generated<Date>;
    heartbeat_at: Generated<Date>;
    stop_requested_at: Date | null;
    ended_at: Date | null;
  };
  stream_events: {
    stream_id: string;
    seq: number;
    type: string;
    data: JsonColumn;
    created_at: Generated<Date>;
  };
}
