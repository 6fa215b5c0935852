import { Type } from 'typebox';
import type { KeyRing } from '../../platform/crypto/key-ring.ts';
import { randomText } from '../../platform/crypto/random-text.ts';
import type { Database, DatabaseTransaction } from '../../platform/database/database.ts';
import { defineWorkflow, type WorkflowRegistration } from '../../platform/durable/workflow-engine.ts';
import type { PersonalData } from '../../platform/personal-data.ts';
import { type AccountsService, canonicalEmail } from '../accounts/index.ts';
import { type AuditTrail, type Executor, eraseAuditPersonal, findChainHead } from '../audit/index.ts';
import type { SecurityNotices } from '../notices/index.ts';
import type { SessionsService } from '../sessions/index.ts';
import { sealProof } from './deletion-proof.ts';
import {
  type DeletionRow,
  deleteAccount,
  findDeletion,
  findProof,
  hasOtherSuperuser,
  insertProof,
  lockDeletion,
  removeDeletion,
  storeRevoked,
  transactionTime,
} from './deletions.queries.ts';
import { LastSuperuser } from './privacy.errors.ts';
import type { ProofStatement } from './privacy.schemas.ts';

/** Recorded in the database, so it never changes. */
export const deletionWorkflowName = 'privacy.delete-account';

export interface DeletionInput {
  deletion_id: string;
}

export interface DeletionWorkOptions {
  db: Database;
  keys: KeyRing;
  kinds: () => readonly PersonalData[];
  accounts: AccountsService;
  sessions: SessionsService;
  audit: AuditTrail;
  notices: SecurityNotices;
  /** Remove every other way to sign in; each in the caller's transaction. */
  credentials: readonly ((trx: Executor, userId: string) => Promise<void>)[];
  /** Address at which the proof will be. */
  proofLink: (proofId: string) => string;
  wakeMail: () => void;
}

const stepOptions = { maxAttempts: 5, retryDelaySeconds: 1 };
/** A sign-in that was being checked when the account went is recorded within this time. */
const lateAttemptsMs = 10_000;
/** 128 bits: nobody finds a proof by trying. */
const proofIdBytes = 16;

/**
 * Deletes an account whose day has come (S41): access ends first, then content and files go, kind by kind, and last the
 * account itself with everything that names it. Each step may be repeated; after a crash the run goes on at the step.
 */
export function deletionWorkflow(options: DeletionWorkOptions): WorkflowRegistration {
  return defineWorkflow<DeletionInput>({
    name: deletionWorkflowName,
    input: Type.Object({ deletion_id: Type.String() }, { additionalProperties: false }),
    dispatch: { queue: deletionWorkflowName, perProcess: 2, lookEveryMs: 1_000 },
    async run({ step, sleep }, { deletion_id: id }) {
      const closed = await step('revoke', () => revoke(options, id), stepOptions);
      if (!closed) return { deleted: false };
      for (const kind of options.kinds())
        if (kind.erase) await step(`erase:${kind.name}`, () => eraseKind(options, kind, id), stepOptions);
      const proofId = await step('finish', () => finish(options, id), stepOptions);
      if (proofId === null) return { deleted: false };
      await sleep(lateAttemptsMs);
      await step('late-evidence', () => eraseLateEvidence(options, proofId), stepOptions);
      return { deleted: true };
    },
  });
}

/** False when the deletion was taken back, or is not possible any more. */
async function revoke(options: DeletionWorkOptions, id: string): Promise<boolean> {
  const { db, accounts, sessions } = options;
  const before = await findDeletion(db, id);
  if (!before) return false;
  const counts = before.state === 'revoked' ? {} : await countKinds(options, before.user_id);
  const ended = await db.transaction().execute(async (trx) => {
    const deletion = await lockDeletion(trx, id);
    if (deletion?.state !== 'scheduled') return deletion && [];
    return closeAccount(options, trx, deletion, counts);
  });
  if (!ended) return false;
  // Also when a crash came between commit and announcement.
  sessions.announceEnded(ended);
  accounts.announceChanged(before.user_id);
  options.wakeMail();
  return true;
}

async function countKinds({ kinds }: DeletionWorkOptions, userId: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const kind of kinds()) counts[kind.name] = await kind.count(userId);
  return counts;
}

/** Ends every way in and says goodbye; returns the sessions that ended, nothing when the account must stay. */
async function closeAccount(
  options: DeletionWorkOptions,
  trx: DatabaseTransaction,
  deletion: DeletionRow,
  counts: Record<string, number>,
): Promise<string[] | undefined> {
  const { accounts, sessions, audit, notices } = options;
  const { user_id: userId } = deletion;
  const account = await accounts.lock(trx, userId);
  if (
    account?.role === 'superuser' &&
    account.status === 'active' &&
    !(await hasOtherSuperuser(trx, userId))
  ) {
    await audit.record(trx, {
      action: 'account.deletion_cancelled',
      outcome: 'failure',
      subjectId: userId,
      code: LastSuperuser.code,
    });
    await removeDeletion(trx, deletion.id);
    return undefined;
  }
  await accounts.close(trx, userId);
  for (const remove of options.credentials) await remove(trx, userId);
  const ended = await sessions.endWithin(trx, { owner: userId }, 'account_deleted');
  const proofId = randomText(proofIdBytes);
  await storeRevoked(trx, deletion.id, proofId, counts);
  await audit.record(trx, { action: 'account.deletion_begun', outcome: 'success', subjectId: userId });
  await notices.send(trx, userId, { kind: 'account_deleted', facts: { proof: options.proofLink(proofId) } });
  return ended.map((session) => session.id);
}

async function eraseKind(
  { db, accounts }: DeletionWorkOptions,
  kind: PersonalData,
  id: string,
): Promise<void> {
  const deletion = await findDeletion(db, id);
  const account = deletion && (await accounts.findAccount(deletion.user_id));
  if (!account) return;
  await kind.erase?.({ userId: account.id, emailCanonical: canonicalEmail(account.email) ?? '' });
}

/** In one transaction: what names the person in the evidence, the account with all that hangs on it, and the proof. */
async function finish(options: DeletionWorkOptions, id: string): Promise<string | null> {
  const { db, accounts, audit, keys } = options;
  const done = await db.transaction().execute(async (trx) => {
    const deletion = await lockDeletion(trx, id);
    const account = deletion && (await accounts.lock(trx, deletion.user_id));
    if (!deletion || !account) return undefined;
    const emailCanonical = canonicalEmail(account.email) ?? '';
    const erased = await eraseAuditPersonal(trx, { userId: account.id, emailCanonical });
    const statement = {
      proof_id: deletion.proof_id ?? '',
      pseudonym: account.id,
      asked_at: deletion.requested_at.toISOString(),
      asked_by: deletion.by_administrator ? ('administrator' as const) : ('person' as const),
      access_ended_at: (deletion.revoked_at ?? deletion.requested_at).toISOString(),
      deleted_at: (await transactionTime(trx)).toISOString(),
      erased: { ...deletion.counts, activity_personal_parts: erased },
      audit_chain: (await findChainHead(trx)) ?? null,
    };
    await insertProof(trx, sealProof(keys, statement));
    await audit.record(trx, { action: 'account.deleted', outcome: 'success', subjectId: account.id });
    await deleteAccount(trx, account.id);
    return { userId: account.id, proofId: statement.proof_id };
  });
  if (!done) return null;
  accounts.announceChanged(done.userId);
  return done.proofId;
}

/** By the pseudonym of the proof: what the run remembers must not name the account. */
async function eraseLateEvidence({ db }: DeletionWorkOptions, proofId: string): Promise<number> {
  const proof = await findProof(db, proofId);
  if (!proof) return 0;
  const { pseudonym } = JSON.parse(proof.statement) as ProofStatement;
  return eraseAuditPersonal(db, { userId: pseudonym });
}
