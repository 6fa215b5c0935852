import type { Generated, Kysely } from 'kysely';
import type { Queryable } from '../../platform/database/database.ts';
import type { PlatformTables } from '../../platform/database/platform-tables.ts';
import type { ProblemParameters } from '../../platform/errors.ts';
import type { Role } from '../../platform/http/route.ts';
import type { RemoteProviderKind, SlotName, SlotOptions } from '../../platform/models/index.ts';
import type { StoredLevel } from './slot-resolution.ts';

/** A type, not an interface: `withTables` asks for an index signature. */
export type ModelTables = {
  model_providers: {
    id: string;
    kind: RemoteProviderKind;
    name: string;
    base_url: string;
    allow_local: Generated<boolean>;
    api_key_sealed: string | null;
    enabled: Generated<boolean>;
    health_state: Generated<'ok' | 'error' | 'unknown'>;
    health_code: string | null;
    health_detail: string | null;
    health_reason: string | null;
    health_params: ProblemParameters | null;
    health_version: string | null;
    health_checked_at: Date | null;
    max_concurrent: number | null;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
  };
  model_slot_assignments: {
    id: Generated<string>;
    slot: SlotName;
    level: StoredLevel;
    role: Role | null;
    user_id: string | null;
    conversation_id: string | null;
    options: SlotOptions;
    locked: boolean;
    note: string | null;
    updated_at: Generated<Date>;
  };
  model_slot_choices: {
    assignment_id: string;
    position: number;
    provider_id: string;
    model: string;
  };
  model_pulls: {
    id: string;
    provider_id: string;
    requested_by: string | null;
    model: string;
    status: Generated<'running' | 'done' | 'failed' | 'cancelled'>;
    completed_bytes: Generated<number>;
    total_bytes: number | null;
    detail: Generated<string>;
    error_code: string | null;
    error_detail: string | null;
    error_reason: string | null;
    error_params: ProblemParameters | null;
    created_at: Generated<Date>;
    ended_at: Date | null;
  };
};

/** The same connection or transaction, with this feature's tables known. */
export function withModelTables(db: Queryable): Kysely<PlatformTables & ModelTables> {
  return db.withTables<ModelTables>();
}
