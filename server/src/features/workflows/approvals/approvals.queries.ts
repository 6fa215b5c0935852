import { sql } from 'kysely';
import type { Queryable } from '../../../platform/database/database.ts';
import { type ApprovalStatus, withWorkflowTables } from '../workflows.tables.ts';

/** To whoever decides it: where the assignee's account is gone, the owner of the run. */
const decider = sql<string>`coalesce(a.assignee_id, a.owner_id)`;

function selectApprovals(db: Queryable) {
  return withWorkflowTables(db)
    .selectFrom('workflow_approvals as a')
    .innerJoin('workflow_runs as r', 'r.id', 'a.run_id')
    .innerJoin('workflows as w', 'w.id', 'r.workflow_id')
    .selectAll('a')
    .select(['w.name as workflow_name', decider.as('decider_id')]);
}

export type ApprovalRow = Awaited<ReturnType<typeof listApprovals>>[number];

/** What somebody decides or waits for, newest first; one row more than `limit`. */
export async function listApprovals(
  db: Queryable,
  userId: string,
  filter: { after: string | undefined; status: ApprovalStatus | undefined },
  limit: number,
) {
  const { after, status } = filter;
  return selectApprovals(db)
    .where((where) => where.or([where(decider, '=', userId), where('a.owner_id', '=', userId)]))
    .$if(after !== undefined, (query) => query.where('a.id', '<', after ?? ''))
    .$if(status !== undefined, (query) => query.where('a.status', '=', status ?? 'pending'))
    .orderBy('a.id', 'desc')
    .limit(limit + 1)
    .execute();
}

/** An approval that somebody decides or waits for. */
export async function findApproval(
  db: Queryable,
  userId: string,
  id: string,
): Promise<ApprovalRow | undefined> {
  return selectApprovals(db)
    .where('a.id', '=', id)
    .where((where) => where.or([where(decider, '=', userId), where('a.owner_id', '=', userId)]))
    .executeTakeFirst();
}

/** False when it was decided meanwhile. */
export async function decideApproval(
  trx: Queryable,
  id: string,
  decision: {
    status: Extract<ApprovalStatus, 'approved' | 'rejected' | 'expired'>;
    by: string | null;
    comment: string | null;
  },
): Promise<boolean> {
  const result = await withWorkflowTables(trx)
    .updateTable('workflow_approvals')
    .set({
      status: decision.status,
      decided_by: decision.by,
      comment: decision.comment,
      decided_at: sql<Date>`now()`,
    })
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

export interface DueApproval {
  id: string;
  run_id: string;
  step: number;
  title: string;
  owner_id: string;
  assignee_id: string | null;
  escalate_to: string | null;
}

export async function listDueApprovals(db: Queryable, now: Date, limit: number): Promise<DueApproval[]> {
  return withWorkflowTables(db)
    .selectFrom('workflow_approvals')
    .select(['id', 'run_id', 'step', 'title', 'owner_id', 'assignee_id', 'escalate_to'])
    .where('status', '=', 'pending')
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .limit(limit)
    .execute();
}

/** Gives it to the next person with as much time again. False when it was decided or given on meanwhile. */
export async function escalateApproval(trx: Queryable, id: string, to: string): Promise<boolean> {
  const result = await withWorkflowTables(trx)
    .updateTable('workflow_approvals')
    .set({
      assignee_id: to,
      escalate_to: null,
      escalated_at: sql<Date>`now()`,
      expires_at: sql<Date>`now() + (expires_at - created_at)`,
    })
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .where('escalate_to', '=', to)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}
