import type { Database } from '../../../platform/database/database.ts';
import type { UserFeed } from '../../../platform/events/user-feed.ts';
import { readIdCursor, toPage } from '../list-cursor.ts';
import { isStopping, lockRun, resolveStep, type WakeParts } from '../runs/wake-run.ts';
import type { WorkflowNotices } from '../workflow-ports.ts';
import { ApprovalDecided, ApprovalNotFound, RunStopping } from '../workflows.errors.ts';
import * as queries from './approvals.queries.ts';
import type { ApprovalListQuery, ApprovalView, Decision } from './approvals.schemas.ts';

export type ApprovalService = ReturnType<typeof createApprovalService>;

const defaultLimit = 50;
const sweepBatch = 100;

/** Decisions that runs wait for. Whoever has nothing to do with one does not learn that it exists (S30). */
export function createApprovalService(
  parts: WakeParts & { db: Database; userFeed: UserFeed; notices: WorkflowNotices; clock: () => Date },
) {
  const { db, userFeed, notices, clock } = parts;

  const get = async (userId: string, id: string): Promise<queries.ApprovalRow> => {
    const row = await queries.findApproval(db, userId, id);
    if (!row) throw ApprovalNotFound.with();
    return row;
  };

  /**
   * Stores the decision and what it means for the run in one transaction, unless somebody was faster: with another
   * decision or by stopping the run.
   */
  const settle = async (
    approval: { id: string; run_id: string; step: number },
    status: 'approved' | 'rejected' | 'expired',
    by: string | null,
    comment: string | null,
  ): Promise<'settled' | 'too late' | 'run stopping'> => {
    const after = await db.transaction().execute(async (trx) => {
      const run = await lockRun(trx, approval.run_id);
      if (run && (await isStopping(trx, run))) return 'run stopping';
      if (!run || !(await queries.decideApproval(trx, approval.id, { status, by, comment })))
        return 'too late';
      const resolution = { kind: 'approval' as const, decision: status, comment, by };
      const resolved = await resolveStep(trx, parts, run, approval.step, resolution);
      const announce = await notices.approvalsSettled(trx, [approval.id]);
      return () => {
        resolved?.();
        announce();
      };
    });
    if (typeof after === 'string') return after;
    after();
    return 'settled';
  };

  /** Gives it to the next person, who is told in the same transaction. */
  const escalate = async ({ id, run_id, title }: queries.DueApproval, next: string): Promise<void> => {
    const after = await db.transaction().execute(async (trx) => {
      if (!(await queries.escalateApproval(trx, id, next))) return undefined;
      const settled = await notices.approvalsSettled(trx, [id]);
      const given = { userId: next, approvalId: id, title, runId: run_id, escalated: true };
      const told = await notices.approvalWaits(trx, given);
      return () => {
        settled();
        told();
      };
    });
    if (!after) return;
    after();
    userFeed.changed(next, 'approval', id);
  };

  return {
    async list(userId: string, { cursor, limit = defaultLimit, status }: ApprovalListQuery) {
      const rows = await queries.listApprovals(db, userId, { after: readIdCursor(cursor), status }, limit);
      return toPage(
        rows.map((row) => view(row, userId)),
        limit,
        (item) => item.id,
      );
    },

    get: async (userId: string, id: string): Promise<ApprovalView> => view(await get(userId, id), userId),

    /**
     * Decides, once: the same decision sent again changes nothing, another one is refused with
     * `workflows.approval_decided`, and so is one for a run that is being stopped, with `workflows.run_stopping`. Only
     * whoever it was given to may: for everybody else `workflows.approval_not_found`.
     */
    async decide(userId: string, id: string, { decision, comment }: Decision): Promise<ApprovalView> {
      const row = await get(userId, id);
      if (row.decider_id !== userId) throw ApprovalNotFound.with();
      const status = decision === 'approve' ? 'approved' : 'rejected';
      const isExpired = row.expires_at !== null && row.expires_at <= clock();
      const outcome = isExpired ? 'too late' : await settle(row, status, userId, comment ?? null);
      const now = await get(userId, id);
      const isUndecided = now.status === 'pending' || now.status === 'cancelled';
      if (outcome === 'run stopping' && isUndecided) throw RunStopping.with();
      if (now.status !== status)
        throw ApprovalDecided.with({
          detail: `This was ${now.status === 'pending' ? 'not decided in time' : now.status} already.`,
          reason: now.status === 'pending' ? 'expired' : now.status,
        });
      for (const person of new Set([row.owner_id, userId])) userFeed.changed(person, 'approval', id);
      return view(now, userId);
    },

    /** What nobody decided in time goes to the next person, or is rejected. */
    async sweep(): Promise<void> {
      for (const due of await queries.listDueApprovals(db, clock(), sweepBatch)) {
        if (due.escalate_to === null) await settle(due, 'expired', null, null);
        else await escalate(due, due.escalate_to);
        for (const person of new Set([due.owner_id, due.assignee_id ?? due.owner_id]))
          userFeed.changed(person, 'approval', due.id);
      }
    },
  };
}

function view(row: queries.ApprovalRow, userId: string): ApprovalView {
  const { id, run_id, step, workflow_name, title, detail, data, status, comment } = row;
  return {
    ...{ id, run_id, step, workflow_name, title, detail, data, status, comment },
    mine: row.decider_id === userId,
    own_run: row.owner_id === userId,
    expires_at: row.expires_at?.toISOString() ?? null,
    escalated_at: row.escalated_at?.toISOString() ?? null,
    decided_at: row.decided_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
  };
}
