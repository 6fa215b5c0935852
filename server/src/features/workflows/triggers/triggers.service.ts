import { randomBytes } from 'node:crypto';
import { type Selectable, sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { SealedColumn } from '../../../platform/crypto/sealed-columns.ts';
import { Secret } from '../../../platform/crypto/secret.ts';
import type { SecretBox } from '../../../platform/crypto/secret-box.ts';
import type { Database, Queryable } from '../../../platform/database/database.ts';
import { findWorkflow } from '../definitions/workflows.queries.ts';
import { readIdCursor, toPage } from '../list-cursor.ts';
import type { RunTrigger } from '../runs/create-run.ts';
import { type StartParts, startRun } from '../runs/start-run.ts';
import {
  TriggerInvalid,
  TriggerNotFound,
  WebhookRefused,
  WebhookReplayed,
  WorkflowNotFound,
} from '../workflows.errors.ts';
import { type WorkflowTables, withWorkflowTables } from '../workflows.tables.ts';
import { assertReadyForChat } from './chat-workflows.ts';
import type { Schedules } from './schedules.ts';
import type { NewTrigger, ScheduleConfig, SchedulePreview, TriggerView } from './triggers.schemas.ts';
import { checkSignature, type WebhookHeaders } from './webhook-signature.ts';
import type { WorkflowEvent } from './workflow-events.ts';

export type TriggerRow = Selectable<WorkflowTables['workflow_triggers']>;
export type TriggerService = ReturnType<typeof createTriggerService>;

const previewedTimes = 5;
const sealContext = (id: string): string => `workflow-trigger:${id}`;

export const triggerSecretColumn: SealedColumn = {
  table: 'workflow_triggers',
  column: 'secret_sealed',
  contextColumns: ['id'],
  context: ({ id }) => sealContext(id ?? ''),
};

/** What a run keeps of its trigger. */
export function runTriggerOf({ id, kind, config }: Pick<TriggerRow, 'id' | 'kind' | 'config'>): RunTrigger {
  const name = config.event ?? config.cron ?? config.rrule;
  return { id, kind, name: typeof name === 'string' ? name : null };
}

/** True for the first firing of a key: whoever stores it may start a run, in the same transaction. */
export async function claimFiring(trx: Queryable, triggerId: string, key: string): Promise<boolean> {
  const result = await withWorkflowTables(trx)
    .insertInto('workflow_firings')
    .values({ trigger_id: triggerId, key })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
}

/** What starts a person's workflows. */
export function createTriggerService(
  parts: StartParts & {
    db: Database;
    secretBox: SecretBox;
    clock: () => Date;
    events: readonly WorkflowEvent[];
    schedules: Schedules;
  },
) {
  const { db, secretBox, clock, schedules } = parts;
  const owned = (ownerId: string, id: string) =>
    withWorkflowTables(db)
      .selectFrom('workflow_triggers')
      .selectAll()
      .where('id', '=', id)
      .where('owner_id', '=', ownerId);
  const get = async (ownerId: string, id: string): Promise<TriggerRow> => {
    const row = await owned(ownerId, id).executeTakeFirst();
    if (!row) throw TriggerNotFound.with();
    return row;
  };
  const assertWorkflow = async (ownerId: string, workflowId: string): Promise<void> => {
    if (!(await findWorkflow(db, ownerId, workflowId))) throw WorkflowNotFound.with();
  };

  return {
    async list(
      ownerId: string,
      workflowId: string,
      { cursor, limit = 50 }: { cursor?: string; limit?: number },
    ) {
      await assertWorkflow(ownerId, workflowId);
      const after = readIdCursor(cursor);
      const rows = await withWorkflowTables(db)
        .selectFrom('workflow_triggers')
        .selectAll()
        .where('workflow_id', '=', workflowId)
        .$if(after !== undefined, (query) => query.where('id', '<', after ?? ''))
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute();
      return toPage(rows.map(view), limit, (row) => row.id);
    },

    /** When a schedule would start its workflow next. Throws `workflows.trigger_invalid`. */
    async preview(config: ScheduleConfig): Promise<SchedulePreview> {
      const times = await schedules.upcoming(config, clock(), previewedTimes);
      return { times: times.map((time) => time.toISOString()) };
    },

    /** Throws `workflows.not_found`, `workflows.trigger_invalid`, `workflows.chat_…`. */
    async create(ownerId: string, workflowId: string, { kind, config }: NewTrigger) {
      await assertWorkflow(ownerId, workflowId);
      if (kind === 'event' && !parts.events.some(({ name }) => name === config.event))
        throw TriggerInvalid.with({
          detail: `There is no event "${config.event}".`,
          reason: 'no_event',
          params: { event: String(config.event) },
        });
      const id = uuidv7();
      const secret = kind === 'webhook' ? `whsec_${randomBytes(32).toString('base64')}` : null;
      const row = {
        id,
        workflow_id: workflowId,
        owner_id: ownerId,
        kind,
        config: JSON.stringify(config),
        secret_sealed: secret === null ? null : secretBox.seal(new Secret(secret), sealContext(id)),
        next_fire_at: kind === 'schedule' ? await schedules.next(config, clock()) : null,
      };
      await db.transaction().execute(async (trx) => {
        if (kind === 'chat') await assertReadyForChat(trx, { ownerId, workflowId, triggerId: id });
        await withWorkflowTables(trx).insertInto('workflow_triggers').values(row).execute();
      });
      return { ...view(await get(ownerId, id)), secret };
    },

    /** Switched on again, a schedule begins with its next time. Throws `workflows.trigger_not_found`, `workflows.chat_…`. */
    async change(ownerId: string, id: string, enabled: boolean): Promise<TriggerView> {
      const { kind, config, workflow_id: workflowId } = await get(ownerId, id);
      const isDue = enabled && kind === 'schedule';
      const next = isDue ? await schedules.next(config as unknown as ScheduleConfig, clock()) : null;
      await db.transaction().execute(async (trx) => {
        if (enabled && kind === 'chat') await assertReadyForChat(trx, { ownerId, workflowId, triggerId: id });
        await withWorkflowTables(trx)
          .updateTable('workflow_triggers')
          .set({ enabled, next_fire_at: next })
          .where('id', '=', id)
          .where('owner_id', '=', ownerId)
          .execute();
      });
      return view(await get(ownerId, id));
    },

    async remove(ownerId: string, id: string): Promise<{ deleted: true }> {
      await get(ownerId, id);
      await withWorkflowTables(db)
        .deleteFrom('workflow_triggers')
        .where('id', '=', id)
        .where('owner_id', '=', ownerId)
        .execute();
      return { deleted: true };
    },

    /**
     * Starts a run for a signed webhook, once for each id. An unknown trigger is refused like a wrong signature. Throws
     * `workflows.webhook_refused`, `workflows.webhook_stale`, `workflows.webhook_replayed` and what `startRun` throws.
     */
    async receive(
      id: string,
      headers: WebhookHeaders,
      raw: Buffer,
      body: unknown,
    ): Promise<{ run_id: string }> {
      const row = await withWorkflowTables(db)
        .selectFrom('workflow_triggers')
        .selectAll()
        .where('id', '=', id)
        .where('kind', '=', 'webhook')
        .where('enabled', '=', true)
        .executeTakeFirst();
      if (!row?.secret_sealed) throw WebhookRefused.with();
      checkSignature(secretBox.open(row.secret_sealed, sealContext(id)), headers, raw, clock());
      const run = await db.transaction().execute(async (trx) => {
        if (!(await claimFiring(trx, id, headers.id))) throw WebhookReplayed.with();
        const trigger = { kind: 'webhook', id: headers.id };
        const input = { ...(row.config.input as object | undefined), body, trigger };
        const run = await startRun(trx, parts, {
          ownerId: row.owner_id,
          workflowId: row.workflow_id,
          trigger: runTriggerOf(row),
          input,
        });
        await sql`update workflow_triggers set last_fired_at = now() where id = ${id}`.execute(trx);
        return run;
      });
      run?.after();
      return { run_id: run?.id ?? '' };
    },
  };
}

function view(row: TriggerRow): TriggerView {
  const { id, workflow_id, kind, enabled, config, last_error } = row;
  return {
    ...{ id, workflow_id, kind, enabled, config, last_error },
    next_fire_at: row.next_fire_at?.toISOString() ?? null,
    last_fired_at: row.last_fired_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
  };
}
