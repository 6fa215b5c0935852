import { ValidationFailed } from '../../platform/errors.ts';
import {
  consumeAccountToken,
  findAccountToken,
  issueAccountToken,
  LinkInvalid,
  nobody,
  removeAccountTokens,
} from '../account-tokens/index.ts';
import {
  type AccountWithPassword,
  canonicalEmail,
  findPasswordProblem,
  hasSecondFactor,
} from '../accounts/index.ts';
import type { ClientFacts, Executor } from '../audit/index.ts';
import { strangerAt } from '../mail/index.ts';
import { throttleAddress } from '../sign-in/index.ts';
import type { RecoveryOptions } from './account-recovery.types.ts';
import { expelEarlierHolder } from './takeover.ts';

const resetLifetimeSeconds = 1_800;
const chooseLifetimeSeconds = 86_400;

export interface PasswordResetService {
  /** Mails a link where there is an account. Does the same work and answers the same where there is none (S5). */
  forgot(email: string, locale: string, client: ClientFacts): Promise<void>;
  /**
   * Sets the password of the account that the link is for; all its sessions end, its second factor stays (S8, S9).
   * Throws `auth.link_invalid`, `validation_failed`, `auth.throttled`, `auth.busy`.
   */
  reset(token: string, password: string, client: ClientFacts): Promise<void>;
  /** Mails a link to choose a first password, in the caller's transaction; wake the mail after the commit. */
  sendFirstPasswordLink(trx: Executor, userId: string): Promise<void>;
  /** A token for the page that sets a password, for a person whose mail was proved just now. */
  issueResetToken(trx: Executor, userId: string): Promise<string>;
}

export function createPasswordResetService(options: RecoveryOptions): PasswordResetService {
  const { mail, links } = options;
  const issueResetToken = (trx: Executor, userId: string): Promise<string> =>
    issueAccountToken(trx, {
      purpose: 'reset_password',
      owner: { userId },
      lifetimeSeconds: resetLifetimeSeconds,
    });
  return {
    forgot: (email, locale, client) => forgot(options, { email, locale, client }),
    reset: (token, password, client) => reset(options, token, password, client),
    issueResetToken,
    async sendFirstPasswordLink(trx, userId) {
      const recipient = await mail.recipientOf(trx, userId);
      if (!recipient) return;
      const token = await issueAccountToken(trx, {
        purpose: 'reset_password',
        owner: { userId },
        lifetimeSeconds: chooseLifetimeSeconds,
      });
      const link = links.withToken('/reset-password', token);
      await mail.write(trx, recipient, 'choose_password', { link });
    },
  };
}

async function forgot(
  options: RecoveryOptions,
  { email, locale, client }: { email: string; locale: string; client: ClientFacts },
): Promise<void> {
  const { db, accounts, throttle, mail, links, audit } = options;
  const canonical = canonicalEmail(email);
  if (canonical === undefined)
    throw ValidationFailed.with({
      errors: [{ field: 'email', detail: 'is not an e-mail address', reason: 'not_email' }],
    });
  await throttle.reserve([
    { budget: 'recovery:address', value: throttleAddress(client.address) },
    { budget: 'recovery:account', value: canonical },
  ]);
  await db.transaction().execute(async (trx) => {
    const account = await accounts.findByEmail(trx, canonical);
    const wanted = account?.status === 'active' || account?.status === 'pending';
    const recipient = await mail.recipientOf(trx, account?.id ?? nobody);
    const token = await issueAccountToken(trx, {
      purpose: 'reset_password',
      owner: { userId: account?.id ?? nobody },
      lifetimeSeconds: resetLifetimeSeconds,
      wanted,
    });
    const link = links.withToken('/reset-password', token);
    const to = recipient ?? strangerAt(canonical, canonical, locale);
    await mail.write(trx, to, 'reset_password', { link }, { wanted });
    await audit.record(trx, {
      action: 'account.password_forgotten',
      outcome: wanted ? 'success' : 'failure',
      subjectId: account?.id,
      personal: { email: canonical, address: client.address, userAgent: client.userAgent },
    });
  });
  mail.wake();
}

async function reset(
  options: RecoveryOptions,
  token: string,
  password: string,
  client: ClientFacts,
): Promise<void> {
  const { db, accounts, sessions, throttle, mail } = options;
  const subject = { budget: 'recovery:address', value: throttleAddress(client.address) } as const;
  const counted = await throttle.reserve([subject]);
  // Looked at first: a password that is refused must not use the link up.
  const found = await findAccountToken(db, token, ['reset_password']);
  const known = found?.userId === undefined ? undefined : await accounts.findAccount(found.userId);
  if (!known) throw LinkInvalid.with();
  // Factors of an unproved account may go with this reset; then the password stands alone.
  const isOnlyFactor = !known.emailVerified || !hasSecondFactor(known.secondFactors);
  const problem = findPasswordProblem(password, { ...known, isOnlyFactor });
  if (problem) throw ValidationFailed.with({ errors: [problem] });
  const hash = await accounts.hashNewPassword(password);
  const { userId, ended } = await db.transaction().execute(async (trx) => {
    const { userId = nobody } = await consumeAccountToken(trx, token, ['reset_password']);
    const account = await accounts.lock(trx, userId);
    if (!account || account.status === 'deactivated' || account.status === 'suspended')
      throw LinkInvalid.with();
    return { userId, ended: await storeReset(options, trx, account, hash, client) };
  });
  sessions.announceEnded(ended);
  accounts.announceChanged(userId);
  mail.wake();
  await throttle.succeed(counted, []);
}

async function storeReset(
  options: RecoveryOptions,
  trx: Executor,
  account: AccountWithPassword,
  hash: string,
  client: ClientFacts,
): Promise<string[]> {
  const { accounts, sessions, audit, notices } = options;
  const { address, userAgent } = client;
  // Who opened the link reads the mail of the address. Before anybody had, an account that anybody could make was
  // anybody's; what an administrator made keeps its second factor, as a proved account does (S8, S10).
  const isStrangers = await accounts.mayBeStrangers(trx, account.id);
  const expelled = isStrangers ? await expelEarlierHolder(options, trx, account.id) : [];
  const ended = await sessions.endWithin(trx, { owner: account.id }, 'password_reset');
  await accounts.storePassword(trx, account.id, hash);
  await accounts.markEmailVerified(trx, account.id);
  await removeAccountTokens(trx, account.id, 'reset_password');
  await audit.record(trx, {
    action: 'account.password_reset',
    outcome: 'success',
    subjectId: account.id,
    factor: 'mailed_link',
    details: { ended_sessions: ended.length + expelled.length, expelled: isStrangers },
    personal: { address, userAgent },
  });
  await notices.send(trx, account.id, {
    kind: 'password_reset',
    facts: { address, user_agent: userAgent },
  });
  return [...expelled, ...ended.map((session) => session.id)];
}
