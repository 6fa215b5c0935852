import { v7 as uuidv7 } from 'uuid';
import type { Database, DatabaseTransaction } from '../../platform/database/database.ts';
import type { WorkflowEngine } from '../../platform/durable/workflow-engine.ts';
import type { Actor } from '../../platform/http/route.ts';
import { type AccountsService, type AccountWithPassword, canonicalEmail } from '../accounts/index.ts';
import type { AuditTrail, ClientFacts } from '../audit/index.ts';
import type { SecurityNotices } from '../notices/index.ts';
import type { PoliciesService } from '../policies/index.ts';
import { type DeletionInput, deletionWorkflowName } from './deletion.workflow.ts';
import {
  findDeletionOf,
  hasOtherSuperuser,
  insertDeletion,
  listUnfinishedDeletions,
  lockDue,
  removeScheduled,
  storeRun,
} from './deletions.queries.ts';
import { DeletionBegun, LastSuperuser, NoDeletion, WrongEmail } from './privacy.errors.ts';
import type { DeletionState } from './privacy.schemas.ts';

export interface DeletionsOptions {
  db: Database;
  engine: WorkflowEngine;
  accounts: AccountsService;
  audit: AuditTrail;
  notices: SecurityNotices;
  policies: PoliciesService;
}

export type DeletionsService = ReturnType<typeof createDeletionsService>;

const batch = 50;
const lookAfterSeconds = 60;

/** Ends of accounts: asked for, waiting for their day, taken back. */
export function createDeletionsService(options: DeletionsOptions) {
  const { db, engine, policies } = options;
  return {
    /**
     * Schedules in the caller's transaction, which holds the account and has decided that `requestedBy` may. Answers when
     * it happens. Call `wake` after the commit. Throws `privacy.last_superuser`.
     */
    async scheduleWithin(
      trx: DatabaseTransaction,
      target: AccountWithPassword,
      requestedBy: string,
    ): Promise<Date> {
      return (await schedule(options, trx, target, requestedBy)).dueAt;
    },

    wake: (): void => engine.wake(),

    /** Throws `privacy.wrong_email`, `privacy.last_superuser`. */
    async scheduleOwn(actor: Actor, confirmEmail: string, client: ClientFacts): Promise<Date> {
      const dueAt = await db
        .transaction()
        .execute((trx) => scheduleOwn(options, trx, actor, confirmEmail, client));
      engine.wake();
      return dueAt;
    },

    async state(actor: Actor): Promise<DeletionState> {
      const [row, policy] = await Promise.all([findDeletionOf(db, actor.userId), policies.current()]);
      return {
        scheduled_for: row?.due_at.toISOString() ?? null,
        requested_at: row?.requested_at.toISOString() ?? null,
        requested_by: row ? (row.by_administrator ? 'administrator' : 'you') : null,
        grace_days: policy.deletion_grace_days,
      };
    },

    /** Throws `privacy.no_deletion`, `privacy.deletion_begun`. */
    cancel: (actor: Actor, client: ClientFacts): Promise<void> => cancel(options, actor, client),
  };
}

/** Begins what is due, and again what was begun and failed. */
export async function beginDueDeletions(options: Pick<DeletionsOptions, 'db' | 'engine'>): Promise<void> {
  const { db, engine } = options;
  await db.transaction().execute(async (trx) => {
    for (const id of await lockDue(trx, batch)) await beginRun(options, trx, id, null);
  });
  for (const { id, run_id } of await listUnfinishedDeletions(db, lookAfterSeconds)) {
    const status = await engine.status(run_id);
    const isOver = status === 'failed' || status === 'cancelled' || status === 'succeeded';
    if (isOver) await db.transaction().execute((trx) => beginRun(options, trx, id, run_id));
  }
  engine.wake();
}

async function scheduleOwn(
  options: DeletionsOptions,
  trx: DatabaseTransaction,
  actor: Actor,
  confirmEmail: string,
  client: ClientFacts,
): Promise<Date> {
  const { accounts, audit, notices } = options;
  const account = await accounts.lock(trx, actor.userId);
  if (!account || canonicalEmail(confirmEmail) !== canonicalEmail(account.email)) throw WrongEmail.with();
  const { dueAt, isNew } = await schedule(options, trx, account, actor.userId);
  if (!isNew) return dueAt;
  await audit.record(trx, { ...entryOf(actor, client), action: 'account.deletion_scheduled' });
  await notices.send(trx, actor.userId, {
    kind: 'account_deletion_scheduled',
    facts: { date: dueAt.toISOString() },
  });
  return dueAt;
}

async function schedule(
  options: DeletionsOptions,
  trx: DatabaseTransaction,
  target: AccountWithPassword,
  requestedBy: string,
): Promise<{ dueAt: Date; isNew: boolean }> {
  const isLast =
    target.role === 'superuser' && target.status === 'active' && !(await hasOtherSuperuser(trx, target.id));
  if (isLast) throw LastSuperuser.with();
  const graceDays = (await options.policies.current()).deletion_grace_days;
  const { row, isNew } = await insertDeletion(trx, {
    id: uuidv7(),
    userId: target.id,
    requestedBy,
    byAdministrator: requestedBy !== target.id,
    graceDays,
  });
  if (isNew && graceDays === 0) await beginRun(options, trx, row.id, null);
  return { dueAt: row.due_at, isNew };
}

async function beginRun(
  { engine }: Pick<DeletionsOptions, 'engine'>,
  trx: DatabaseTransaction,
  id: string,
  instead: string | null,
): Promise<void> {
  const runId = uuidv7();
  if (!(await storeRun(trx, id, runId, instead))) return;
  // Names the deletion, not the person: what the engine remembers outlives the account.
  const input: DeletionInput = { deletion_id: id };
  await engine.start(trx, { name: deletionWorkflowName, workflowId: runId, input });
}

async function cancel({ db, audit }: DeletionsOptions, actor: Actor, client: ClientFacts): Promise<void> {
  await db.transaction().execute(async (trx) => {
    if (await removeScheduled(trx, actor.userId)) {
      await audit.record(trx, { ...entryOf(actor, client), action: 'account.deletion_cancelled' });
      return;
    }
    throw (await findDeletionOf(trx, actor.userId)) ? DeletionBegun.with() : NoDeletion.with();
  });
}

function entryOf(actor: Actor, client: ClientFacts) {
  return {
    outcome: 'success' as const,
    actorId: actor.userId,
    subjectId: actor.userId,
    sessionId: actor.sessionId,
    personal: { address: client.address, userAgent: client.userAgent },
  };
}
