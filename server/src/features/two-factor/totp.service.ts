import type { SealedColumn } from '../../platform/crypto/sealed-columns.ts';
import type { Secret } from '../../platform/crypto/secret.ts';
import type { SecretBox } from '../../platform/crypto/secret-box.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Actor } from '../../platform/http/route.ts';
import { AccountNotFound, type AccountsService } from '../accounts/index.ts';
import type { AuditEntry, AuditTrail, ClientFacts } from '../audit/index.ts';
import type { SecurityNotices } from '../notices/index.ts';
import { InvalidCode } from '../sign-in/index.ts';
import type { FactorChanges } from './factor-changes.ts';
import { describeTotpSecret, findTotpStep, makeTotpSecret } from './totp.ts';
import { NoTotpSetup, WrongSetupCode } from './two-factor.errors.ts';
import {
  acceptTotpStep,
  adoptTotpSetup,
  deleteTotp,
  findTotpSecret,
  findTotpSetup,
  storeTotpSetup,
} from './two-factor.queries.ts';

const setupLifetimeSeconds = 600;

export interface TotpSetup {
  secret: Secret;
  otpauthUrl: string;
  qrSvg: string;
  expiresAt: Date;
}

export interface TotpOptions {
  db: Database;
  secretBox: SecretBox;
  accounts: AccountsService;
  audit: AuditTrail;
  notices: SecurityNotices;
  changes: FactorChanges;
  /** Shown beside the code in the authenticator app. */
  issuer: string;
  now: () => number;
}

/** Where the secret box's texts of this feature are. */
export const sealedTotpColumns: SealedColumn[] = ['totp_secrets', 'totp_setups'].map((table) => ({
  table,
  column: 'sealed_secret',
  contextColumns: ['user_id'],
  context: (row) => placeOf(row.user_id ?? ''),
}));

export type TotpService = ReturnType<typeof createTotpService>;

/** Codes of an authenticator app (RFC 6238). */
export function createTotpService(options: TotpOptions) {
  const { db, secretBox, accounts, audit, now } = options;
  return {
    /** A secret to scan or type. The one in use goes on working until the new one is proved. */
    async beginSetup(actor: Actor): Promise<TotpSetup> {
      const account = await accounts.findAccount(actor.userId);
      if (!account) throw AccountNotFound.with();
      const secret = makeTotpSecret();
      const expiresAt = await storeTotpSetup(db, {
        userId: actor.userId,
        sealedSecret: secretBox.seal(secret, placeOf(actor.userId)),
        lifetimeSeconds: setupLifetimeSeconds,
      });
      return { secret, ...describeTotpSecret(secret, options.issuer, account.email), expiresAt };
    },

    /** Throws `two_factor.no_setup`, `two_factor.wrong_code`. Returns backup codes with the first factor. */
    confirmSetup: (actor: Actor, code: string, client: ClientFacts): Promise<string[] | undefined> =>
      confirmSetup(options, actor, code, client),

    /** Nothing happens when there is none. Throws `two_factor.required_by_policy`. */
    async disable(actor: Actor, client: ClientFacts): Promise<void> {
      await db.transaction().execute(async (trx) => {
        await options.changes.lock(trx, actor.userId);
        if (!(await deleteTotp(trx, actor.userId))) return;
        await options.changes.removed(trx, actor);
        await audit.record(trx, entryOf('two_factor.totp_disabled', actor, client));
        await options.notices.send(trx, actor.userId, { kind: 'totp_disabled', facts: {} });
      });
      options.changes.announceRemoved(actor);
    },

    /**
     * Uses a code up: one of ±1 time step, each step once (S13). Throws `auth.invalid_code`.
     */
    async verify(userId: string, code: string, client: ClientFacts): Promise<void> {
      const sealedSecret = await findTotpSecret(db, userId);
      const step =
        sealedSecret === undefined
          ? undefined
          : findTotpStep(secretBox.open(sealedSecret, placeOf(userId)), code, now());
      const accepted =
        sealedSecret !== undefined &&
        step !== undefined &&
        (await acceptTotpStep(db, { userId, sealedSecret, step }));
      if (accepted) return;
      await audit.record(db, {
        action: 'two_factor.code_refused',
        outcome: 'failure',
        subjectId: userId,
        factor: 'totp',
        code: InvalidCode.code,
        details: { used_before: step !== undefined },
        personal: { address: client.address, userAgent: client.userAgent },
      });
      throw InvalidCode.with();
    },
  };
}

async function confirmSetup(
  options: TotpOptions,
  actor: Actor,
  code: string,
  client: ClientFacts,
): Promise<string[] | undefined> {
  const { db, secretBox, audit, changes, now } = options;
  const { userId } = actor;
  const sealedSecret = await findTotpSetup(db, userId);
  if (sealedSecret === undefined) throw NoTotpSetup.with();
  const step = findTotpStep(secretBox.open(sealedSecret, placeOf(userId)), code, now());
  if (step === undefined) {
    await audit.record(db, {
      ...entryOf('two_factor.code_refused', actor, client),
      outcome: 'failure',
      code: WrongSetupCode.code,
    });
    throw WrongSetupCode.with({ errors: [{ field: 'code', detail: 'is not right', reason: 'not_right' }] });
  }
  const prepared = await changes.prepare(userId);
  const codes = await db.transaction().execute(async (trx) => {
    await changes.lock(trx, userId);
    if (!(await adoptTotpSetup(trx, { userId, sealedSecret, step }))) throw NoTotpSetup.with();
    const shown = await changes.added(trx, userId, prepared);
    await audit.record(trx, {
      ...entryOf('two_factor.totp_enabled', actor, client),
      details: { backup_codes_made: shown !== undefined },
    });
    await options.notices.send(trx, userId, { kind: 'totp_enabled', facts: {} });
    return shown;
  });
  await changes.announceAdded(actor);
  return codes;
}

function placeOf(userId: string): string {
  return `totp ${userId}`;
}

function entryOf(action: string, actor: Actor, client: ClientFacts): AuditEntry {
  return {
    action,
    outcome: 'success',
    actorId: actor.userId,
    subjectId: actor.userId,
    sessionId: actor.sessionId,
    factor: 'totp',
    personal: { address: client.address, userAgent: client.userAgent },
  };
}
