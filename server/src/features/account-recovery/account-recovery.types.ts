import type { Database } from '../../platform/database/database.ts';
import type { AccountsService } from '../accounts/index.ts';
import type { AuditTrail, Executor } from '../audit/index.ts';
import type { MailService, PublicLinks } from '../mail/index.ts';
import type { SecurityNotices } from '../notices/index.ts';
import type { SessionsService } from '../sessions/index.ts';
import type { Throttle } from '../sign-in/index.ts';

/** Removes one kind of credential of an account, in the caller's transaction. */
export type CredentialRemover = (trx: Executor, userId: string) => Promise<unknown>;

export interface RecoveryOptions {
  db: Database;
  accounts: AccountsService;
  sessions: SessionsService;
  audit: AuditTrail;
  throttle: Throttle;
  mail: MailService;
  links: PublicLinks;
  notices: SecurityNotices;
  /** Second factors, passkeys, keys, links to providers: what else opens an account beside its password. */
  credentials: CredentialRemover[];
  clock: () => Date;
}
