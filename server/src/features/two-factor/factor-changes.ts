import type { Actor, Role } from '../../platform/http/route.ts';
import type { AccountsService } from '../accounts/index.ts';
import type { Executor } from '../audit/index.ts';
import type { PoliciesService } from '../policies/index.ts';
import type { SessionsService } from '../sessions/index.ts';
import type { BackupCodes, PreparedBackupCodes } from './backup-codes.service.ts';
import { SecondFactorDemanded } from './two-factor.errors.ts';
import { deleteBackupCodes, refreshSecondFactors } from './two-factor.queries.ts';

/** What every feature with a second factor does around its own change of it. */
export interface FactorChanges {
  /** Makes backup codes for whoever has no factor yet: slow, so it happens before the transaction. */
  prepare(userId: string): Promise<PreparedBackupCodes | undefined>;
  /** In the transaction, before anything else: changes of one account's factors come one after the other. */
  lock(trx: Executor, userId: string): Promise<void>;
  /** After a factor was stored; returns the backup codes that came with the first one. */
  added(
    trx: Executor,
    userId: string,
    prepared: PreparedBackupCodes | undefined,
  ): Promise<string[] | undefined>;
  /** After a factor was removed. Throws `two_factor.required_by_policy`, which takes the removal back. */
  removed(trx: Executor, actor: { userId: string; role: Role }): Promise<void>;
  /** After the commit: caches learn of it, and a session that waited for a factor is free. */
  announceAdded(actor: Actor): Promise<void>;
  /** After the commit of a removal. */
  announceRemoved(actor: Actor): void;
}

export function createFactorChanges(options: {
  accounts: AccountsService;
  sessions: SessionsService;
  policies: PoliciesService;
  backupCodes: BackupCodes;
}): FactorChanges {
  const { accounts, sessions, policies, backupCodes } = options;
  return {
    async prepare(userId) {
      return (await backupCodes.hasNone(userId)) ? backupCodes.prepare() : undefined;
    },
    async lock(trx, userId) {
      await accounts.lock(trx, userId);
    },
    async added(trx, userId, prepared) {
      const factors = await refreshSecondFactors(trx, userId);
      // Another factor came first meanwhile, and codes with it: they stay the ones that count.
      if (!prepared || factors.includes('backup_code')) return undefined;
      await backupCodes.store(trx, userId, prepared);
      await refreshSecondFactors(trx, userId);
      return prepared.shown;
    },
    async removed(trx, { userId, role }) {
      const factors = await refreshSecondFactors(trx, userId);
      if (factors.includes('totp') || factors.includes('passkey')) return;
      const { second_factor: demands } = await policies.current();
      if (demands[role] === 'required') throw SecondFactorDemanded.with();
      // They stand in for a factor, and there is none any more.
      await deleteBackupCodes(trx, userId);
      await refreshSecondFactors(trx, userId);
    },
    async announceAdded(actor) {
      accounts.announceChanged(actor.userId);
      await sessions.liftRestriction(actor, 'enrol_second_factor');
    },
    announceRemoved(actor) {
      accounts.announceChanged(actor.userId);
    },
  };
}
