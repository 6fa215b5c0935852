import { type Selectable, sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Queryable } from '../../../platform/database/database.ts';
import type { EventLog } from '../../../platform/events/event-log.ts';
import type { Budget } from '../definitions/definition.schemas.ts';
import type { ConversationChoice } from '../workflow-ports.ts';
import type { TriggerKind, WorkflowTables } from '../workflows.tables.ts';
import { toJson } from './run-store.ts';
import { type AfterCommit, runWorkflowName, type WakeParts } from './wake-run.ts';

export const streamKind = 'workflow-run';

/** What started a run, as it was then: a run keeps it when its trigger is gone. */
export interface RunTrigger {
  id: string;
  kind: TriggerKind;
  /** The event, or the schedule as cron or RRULE. */
  name: string | null;
}

export interface NewRun {
  workflowId: string;
  ownerId: string;
  version: number;
  startId: string;
  input: unknown;
  budget: Budget;
  depth?: number;
  chain?: number;
  parent?: { runId: string; step: number };
  retryOf?: string;
  trigger?: RunTrigger;
  /** The answer that the run writes: there is one run of an answer. */
  answers?: { conversationId: string; generationId: string };
  choice?: ConversationChoice | null;
  identity?: { key: string; hash: string };
}

export type StoredRun = Selectable<WorkflowTables['workflow_runs']>;

/**
 * Stores a run with its stream, its first step and the wish to carry it out, in one statement. `undefined` when its
 * idempotency key was used before.
 */
export async function createRun(
  db: Queryable,
  { engine, eventLog }: WakeParts & { eventLog: EventLog },
  run: NewRun,
): Promise<{ row: StoredRun; after: AfterCommit } | undefined> {
  const id = uuidv7();
  const segmentId = uuidv7();
  const made = sql`made`;
  const start = {
    name: runWorkflowName,
    workflowId: segmentId,
    input: { runId: id, segmentId, ownerId: run.ownerId },
  };
  const { rows } = await sql<StoredRun>`
    with made as (
      insert into workflow_runs (id, workflow_id, owner_id, version, input, budget, depth, chain, parent_run_id,
        parent_step, retry_of, trigger_id, trigger_kind, trigger_name, conversation_id, generation_id,
        conversation_choice, segment_id,
        idempotency_key, request_hash)
      values (${id}, ${run.workflowId}, ${run.ownerId}, ${run.version}, ${toJson(run.input)},
        ${JSON.stringify(run.budget)}, ${run.depth ?? 0}, ${run.chain ?? 0}, ${run.parent?.runId ?? null},
        ${run.parent?.step ?? null}, ${run.retryOf ?? null}, ${run.trigger?.id ?? null},
        ${run.trigger?.kind ?? null}, ${run.trigger?.name ?? null}, ${run.answers?.conversationId ?? null}, ${run.answers?.generationId ?? null},
        ${run.choice ? JSON.stringify(run.choice) : null}::jsonb, ${segmentId},
        ${run.identity?.key ?? null}, ${run.identity?.hash ?? null})
      on conflict do nothing returning *
    ), first_step as (
      insert into workflow_run_steps (run_id, number, node_id, frame, item_path, status)
      select id, 1, ${run.startId}::text, '', '', 'pending' from made where ${run.retryOf === undefined}::boolean
    ), followed as (${eventLog.createStatement({ id, kind: streamKind, ownerId: run.ownerId }, made)}
    ), wanted as (${engine.startStatement(start, made)})
    select * from made`.execute(db);
  const [row] = rows;
  return row && { row, after: () => engine.wake(segmentId) };
}
