import { type AuditChainReport, verifyAuditChain } from '../features/audit/index.ts';
import type { KeyRing } from '../platform/crypto/key-ring.ts';
import type { Database } from '../platform/database/database.ts';

/** Verifies the evidence (S39). What `doctor` says about it: how much there is, or the first event that is not right. */
export async function checkAuditTrail(db: Database, keys: KeyRing): Promise<{ ok: boolean; detail: string }> {
  const report = await verifyAuditChain(db, keys);
  const first = report.problems[0];
  return first
    ? { ok: false, detail: describeProblem(first, report) }
    : { ok: true, detail: describeHead(report) };
}

function describeProblem(first: AuditChainReport['problems'][number], report: AuditChainReport): string {
  const where = first.position === undefined ? '' : ` at position ${first.position}`;
  const more = report.problems.length > 1 ? ` It is the first of ${report.problems.length} or more.` : '';
  return (
    `The hash chain is broken: ${first.eventId === undefined ? 'checkpoint' : `event ${first.eventId}`}${where}: ${first.problem}.${more} ` +
    'Somebody changed the database beside the program, or SECRET_KEY is not the one that sealed it: compare with a backup.'
  );
}

function describeHead(report: AuditChainReport): string {
  if (!report.head) return `No events are sealed yet, ${report.waiting} wait.`;
  const { position, hash } = report.head;
  const gone = report.removed > 0 ? ` The first ${report.removed} were given up after their time.` : '';
  return `${report.sealed} events are sealed and unchanged, ${report.waiting} wait.${gone} Head: ${position} ${hash}`;
}
