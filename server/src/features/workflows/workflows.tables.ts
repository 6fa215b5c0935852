import type { ColumnType, Generated } from 'kysely';
import type { Database, Queryable } from '../../platform/database/database.ts';
import type { Failure as ToldFailure } from '../../platform/errors.ts';
import type { Budget, Definition } from './definitions/definition.schemas.ts';
import type { Resolution } from './steps/step-type.ts';
import type { ConversationChoice } from './workflow-ports.ts';

/** Read as the value, written as JSON text. */
type Json<Value> = ColumnType<Value, string, string>;
type NullableJson<Value> = ColumnType<Value | null, string | null | undefined, string | null>;

export type RunStatus = 'queued' | 'running' | 'waiting' | 'paused' | 'succeeded' | 'failed' | 'cancelled';
export type EndStatus = Extract<RunStatus, 'succeeded' | 'failed' | 'cancelled'>;
export type StepStatus = 'pending' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled';
export type ApprovalStatus = 'pending' | 'approved' | 'rejected' | 'expired' | 'cancelled';

export type TriggerKind = 'schedule' | 'webhook' | 'event' | 'chat';

/** Why a run or a step failed. */
export interface Failure extends ToldFailure {
  node_id?: string;
  step?: number;
}

export interface LoopProgress {
  total: number;
  /** Items that have begun. */
  begun: number;
  /** Items that have ended. */
  ended: number;
  max_parallel: number;
}

export interface WorkflowTables {
  workflows: {
    id: string;
    owner_id: string;
    name: string;
    description: Generated<string>;
    enabled: Generated<boolean>;
    version: number;
    revision: Generated<number>;
    builtin: string | null;
    sample: Generated<boolean>;
    idempotency_key: string | null;
    request_hash: string | null;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
  };
  workflow_versions: {
    workflow_id: string;
    number: number;
    definition: Json<Definition>;
    created_at: Generated<Date>;
  };
  workflow_triggers: {
    id: string;
    workflow_id: string;
    owner_id: string;
    kind: TriggerKind;
    enabled: Generated<boolean>;
    config: Json<Record<string, unknown>>;
    secret_sealed: string | null;
    next_fire_at: Date | null;
    last_fired_at: Date | null;
    last_error: string | null;
    created_at: Generated<Date>;
  };
  workflow_runs: {
    id: string;
    workflow_id: string;
    owner_id: string;
    version: number;
    status: Generated<RunStatus>;
    input: Json<unknown>;
    output: NullableJson<unknown>;
    error: NullableJson<Failure>;
    budget: Json<Budget>;
    used_steps: Generated<number>;
    used_tokens: Generated<number>;
    used_ms: Generated<number>;
    depth: Generated<number>;
    chain: Generated<number>;
    parent_run_id: string | null;
    parent_step: number | null;
    retry_of: string | null;
    trigger_id: string | null;
    trigger_kind: TriggerKind | null;
    trigger_name: string | null;
    conversation_id: string | null;
    generation_id: string | null;
    conversation_choice: NullableJson<ConversationChoice>;
    segment_id: string;
    idle_starts: Generated<number>;
    pause_requested: Generated<boolean>;
    idempotency_key: string | null;
    request_hash: string | null;
    created_at: Generated<Date>;
    started_at: Date | null;
    ended_at: Date | null;
  };
  workflow_run_steps: {
    run_id: string;
    number: number;
    node_id: string;
    frame: string;
    item_path: string;
    status: StepStatus;
    attempt: Generated<number>;
    input: NullableJson<unknown>;
    output: NullableJson<unknown>;
    port: string | null;
    error: NullableJson<Failure>;
    input_tokens: Generated<number>;
    output_tokens: Generated<number>;
    progress: NullableJson<LoopProgress>;
    waits_for: NullableJson<Record<string, unknown>>;
    wake_at: Date | null;
    resolution: NullableJson<Resolution>;
    edited_input: NullableJson<unknown>;
    created_at: Generated<Date>;
    started_at: Date | null;
    ended_at: Date | null;
  };
  workflow_approvals: {
    id: string;
    run_id: string;
    step: number;
    owner_id: string;
    assignee_id: string | null;
    title: string;
    detail: Generated<string>;
    data: NullableJson<unknown>;
    status: Generated<ApprovalStatus>;
    expires_at: Date | null;
    escalate_to: string | null;
    escalated_at: Date | null;
    decided_by: string | null;
    comment: string | null;
    decided_at: Date | null;
    created_at: Generated<Date>;
  };
  workflow_firings: {
    trigger_id: string;
    key: string;
    run_id: string | null;
    fired_at: Generated<Date>;
  };
  workflow_events: {
    id: Generated<number>;
    owner_id: string;
    event: string;
    data: Json<Record<string, unknown>>;
    created_at: Generated<Date>;
  };
}

/** The same connection or transaction, with this feature's tables. */
export function withWorkflowTables(queryable: Queryable) {
  return (queryable as Database).withTables<Pick<WorkflowTables, keyof WorkflowTables>>();
}
