import type { WorkflowNotices } from '../workflows/index.ts';
import type { Settle, Tell } from './notify.ts';

const approvalKeys = (id: string): [first: string, escalated: string] => [
  `approval:${id}`,
  `approval:${id}:escalated`,
];

/** Tells people what their workflows want of them, and how runs ended that nobody was watching. */
export function createWorkflowNotices(tell: Tell, settle: Settle): WorkflowNotices {
  return {
    approvalWaits(trx, { userId, approvalId, title, escalated }) {
      const [first, second] = approvalKeys(approvalId);
      return tell(trx, {
        userId,
        kind: escalated ? 'approval_escalated' : 'approval',
        href: `/approvals/${approvalId}`,
        key: escalated ? second : first,
        words: (texts) => (escalated ? texts.approvalEscalated(title) : texts.approval(title)),
      });
    },

    approvalsSettled: (trx, approvalIds) => settle(trx, approvalIds.flatMap(approvalKeys)),

    runEnded(trx, { ownerId, runId, workflowName, status, error }) {
      const failed = status === 'failed';
      return tell(trx, {
        userId: ownerId,
        kind: failed ? 'run_failed' : 'run_finished',
        href: `/runs/${runId}`,
        key: `run:${runId}`,
        words: (texts) =>
          failed ? texts.runFailed(workflowName, error?.detail ?? '') : texts.runFinished(workflowName),
      });
    },
  };
}
