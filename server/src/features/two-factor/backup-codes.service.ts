import type { Database } from '../../platform/database/database.ts';
import type { Actor } from '../../platform/http/route.ts';
import type { AccountsService, PasswordHasher } from '../accounts/index.ts';
import type { AuditTrail, ClientFacts, Executor } from '../audit/index.ts';
import type { SecurityNotices } from '../notices/index.ts';
import { InvalidCode } from '../sign-in/index.ts';
import { makeBackupCodes, printBackupCode, readBackupCode } from './backup-code.ts';
import { NoSecondFactor } from './two-factor.errors.ts';
import {
  countUnusedBackupCodes,
  findFactorSummary,
  findUnusedBackupCode,
  refreshSecondFactors,
  replaceBackupCodes,
  type StoredBackupCode,
  useBackupCode,
} from './two-factor.queries.ts';

/** Ten codes: as they are shown once, and as they are stored. */
export interface PreparedBackupCodes {
  shown: string[];
  stored: StoredBackupCode[];
}

export type BackupCodes = ReturnType<typeof createBackupCodes>;

export interface BackupCodesOptions {
  db: Database;
  hasher: PasswordHasher;
  accounts: AccountsService;
  audit: AuditTrail;
  notices: SecurityNotices;
}

/** Codes on paper for the day when the phone is gone (S14). */
export function createBackupCodes(options: BackupCodesOptions) {
  const { db, hasher, accounts, audit, notices } = options;
  const prepare = async (): Promise<PreparedBackupCodes> => {
    const codes = makeBackupCodes();
    const stored = codes.map(async ({ position, secret }) => ({ position, hash: await hasher.hash(secret) }));
    return { shown: codes.map(printBackupCode), stored: await Promise.all(stored) };
  };
  const store = async (trx: Executor, userId: string, codes: PreparedBackupCodes): Promise<void> =>
    replaceBackupCodes(trx, userId, codes.stored);

  return {
    prepare,
    store,
    hasNone: async (userId: string): Promise<boolean> => (await countUnusedBackupCodes(db, userId)) === 0,

    /** Ten new codes; all older ones are dead. Throws `two_factor.no_factor`. */
    async regenerate(actor: Actor, client: ClientFacts): Promise<string[]> {
      const codes = await prepare();
      await db.transaction().execute(async (trx) => {
        await accounts.lock(trx, actor.userId);
        const summary = await findFactorSummary(trx, actor.userId);
        if (!summary?.totpConfirmedAt && !summary?.passkeys) throw NoSecondFactor.with();
        await store(trx, actor.userId, codes);
        await refreshSecondFactors(trx, actor.userId);
        await audit.record(trx, {
          action: 'two_factor.backup_codes_made',
          outcome: 'success',
          actorId: actor.userId,
          subjectId: actor.userId,
          sessionId: actor.sessionId,
          personal: { address: client.address, userAgent: client.userAgent },
        });
        await notices.send(trx, actor.userId, { kind: 'backup_codes_regenerated', facts: {} });
      });
      accounts.announceChanged(actor.userId);
      return codes.shown;
    },

    /** Uses a code up. One hash is computed, whatever was typed. Throws `auth.invalid_code`. */
    async verify(userId: string, text: string, client: ClientFacts): Promise<void> {
      if (!(await spend(options, userId, text, client))) {
        await audit.record(db, {
          action: 'two_factor.code_refused',
          outcome: 'failure',
          subjectId: userId,
          factor: 'backup_code',
          code: InvalidCode.code,
          personal: { address: client.address, userAgent: client.userAgent },
        });
        throw InvalidCode.with();
      }
      accounts.announceChanged(userId);
    },
  };
}

async function spend(
  options: BackupCodesOptions,
  userId: string,
  text: string,
  client: ClientFacts,
): Promise<boolean> {
  const { db, hasher, accounts, audit, notices } = options;
  const code = readBackupCode(text);
  const hash = code && (await findUnusedBackupCode(db, userId, code.position));
  const { matches } = await hasher.verify(hash, code?.secret ?? '');
  if (!matches || !code || hash === undefined) return false;
  return db.transaction().execute(async (trx) => {
    await accounts.lock(trx, userId);
    if (!(await useBackupCode(trx, userId, { position: code.position, hash }))) return false;
    await refreshSecondFactors(trx, userId);
    const remaining = await countUnusedBackupCodes(trx, userId);
    await audit.record(trx, {
      action: 'two_factor.backup_code_used',
      outcome: 'success',
      actorId: userId,
      subjectId: userId,
      factor: 'backup_code',
      details: { remaining },
      personal: { address: client.address, userAgent: client.userAgent },
    });
    await notices.send(trx, userId, { kind: 'backup_code_used', facts: { remaining: String(remaining) } });
    return true;
  });
}
