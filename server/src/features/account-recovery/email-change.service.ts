import { v7 as uuidv7 } from 'uuid';
import { ValidationFailed } from '../../platform/errors.ts';
import type { Actor } from '../../platform/http/route.ts';
import { parseMailAddress } from '../../platform/mail/index.ts';
import {
  consumeAccountToken,
  issueAccountToken,
  LinkInvalid,
  removeAccountTokens,
} from '../account-tokens/index.ts';
import { AccountNotFound, canonicalEmail, EmailTaken } from '../accounts/index.ts';
import type { ClientFacts, Executor } from '../audit/index.ts';
import { noticeLetter, type Recipient } from '../mail/index.ts';
import {
  confirmSide,
  type EmailChange,
  findEmailChange,
  removeEmailChange,
  storeEmailChange,
} from './account-recovery.queries.ts';
import type { RecoveryOptions } from './account-recovery.types.ts';

const changeLifetimeSeconds = 86_400;

export interface EmailChangeService {
  /**
   * Mails a link to both addresses; the change counts when both were opened. Answers the same whether the new address
   * has an account or not (S5). Throws `validation_failed`, `auth.throttled`.
   */
  request(actor: Actor, email: string, client: ClientFacts): Promise<void>;
  find(actor: Actor): Promise<EmailChange | undefined>;
  cancel(actor: Actor, client: ClientFacts): Promise<void>;
  /** Throws `auth.link_invalid`, `accounts.email_taken`. */
  confirm(token: string, client: ClientFacts): Promise<'waiting' | 'changed'>;
}

export function createEmailChangeService(options: RecoveryOptions): EmailChangeService {
  const { db } = options;
  return {
    request: (actor, email, client) => requestChange(options, actor, email, client),
    find: (actor) => findEmailChange(db, actor.userId),
    cancel: (actor, client) =>
      db.transaction().execute(async (trx) => {
        await removeEmailChange(trx, actor.userId);
        await record(options, trx, 'account.email_change_cancelled', actor.userId, client);
      }),
    confirm: (token, client) => confirm(options, token, client),
  };
}

async function requestChange(
  options: RecoveryOptions,
  actor: Actor,
  email: string,
  client: ClientFacts,
): Promise<void> {
  const { db, accounts, throttle, mail } = options;
  const address = email.trim();
  const emailCanonical = canonicalEmail(address);
  if (emailCanonical === undefined || parseMailAddress(address)?.address !== address)
    throw ValidationFailed.with({
      errors: [{ field: 'email', detail: 'is not an e-mail address', reason: 'not_email' }],
    });
  await throttle.reserve([{ budget: 'recovery:account', value: actor.userId }]);
  await db.transaction().execute(async (trx) => {
    const account = await accounts.lock(trx, actor.userId);
    const recipient = await mail.recipientOf(trx, actor.userId);
    if (!account || !recipient) throw AccountNotFound.with();
    if (emailCanonical === recipient.canonical)
      throw ValidationFailed.with({
        errors: [{ field: 'email', detail: 'is your address already', reason: 'unchanged' }],
      });
    const id = uuidv7();
    // An address that nobody ever proved may be a slip of the pen: its mailbox cannot be asked.
    const oldConfirmed = !account.emailVerified;
    await storeEmailChange(trx, {
      id,
      userId: actor.userId,
      email: address,
      emailCanonical,
      oldConfirmed,
      lifetimeSeconds: changeLifetimeSeconds,
    });
    await writeToOld(options, trx, { id, recipient, email: address, oldConfirmed });
    await writeToNew(options, trx, { id, recipient, email: address, emailCanonical });
    await record(options, trx, 'account.email_change_requested', actor.userId, client);
  });
  mail.wake();
}

async function writeToOld(
  { mail, links, notices }: RecoveryOptions,
  trx: Executor,
  change: { id: string; recipient: Recipient; email: string; oldConfirmed: boolean },
): Promise<void> {
  const { recipient, email } = change;
  if (change.oldConfirmed && recipient.userId !== undefined)
    return notices.send(trx, recipient.userId, { kind: 'email_change_requested', facts: { email } });
  const token = await issueAccountToken(trx, {
    purpose: 'confirm_old_email',
    owner: { emailChangeId: change.id },
    lifetimeSeconds: changeLifetimeSeconds,
  });
  const link = links.withToken('/confirm-email', token);
  return mail.write(trx, recipient, 'confirm_old_email', { email, link });
}

/** Where the new address has an account its owner is told, and nobody gets a link that could confirm. */
async function writeToNew(
  { mail, links, accounts }: RecoveryOptions,
  trx: Executor,
  change: { id: string; recipient: Recipient; email: string; emailCanonical: string },
): Promise<void> {
  const { recipient, email, emailCanonical } = change;
  const owner = await accounts.findByEmail(trx, emailCanonical);
  const token = await issueAccountToken(trx, {
    purpose: 'confirm_new_email',
    owner: { emailChangeId: change.id },
    lifetimeSeconds: changeLifetimeSeconds,
  });
  const ownerRecipient = owner && (await mail.recipientOf(trx, owner.id));
  if (ownerRecipient) return mail.write(trx, ownerRecipient, 'email_in_use', {});
  const link = links.withToken('/confirm-email', token);
  const to = { ...recipient, address: email, canonical: emailCanonical };
  return mail.write(trx, to, 'confirm_new_email', { link });
}

async function confirm(
  options: RecoveryOptions,
  token: string,
  client: ClientFacts,
): Promise<'waiting' | 'changed'> {
  const { db, accounts, mail } = options;
  const change = await db.transaction().execute(async (trx) => {
    const used = await consumeAccountToken(trx, token, ['confirm_old_email', 'confirm_new_email']);
    const side = used.purpose === 'confirm_old_email' ? 'old' : 'new';
    const confirmed = await confirmSide(trx, used.emailChangeId ?? '', side);
    const account = confirmed && (await accounts.lock(trx, confirmed.userId));
    if (!confirmed || account?.status !== 'active') throw LinkInvalid.with();
    if (!confirmed.oldConfirmed || !confirmed.newConfirmed) return undefined;
    await applyChange(options, trx, confirmed, client);
    return confirmed;
  });
  if (!change) return 'waiting';
  accounts.announceChanged(change.userId);
  mail.wake();
  return 'changed';
}

async function applyChange(
  options: RecoveryOptions,
  trx: Executor,
  change: EmailChange,
  client: ClientFacts,
): Promise<void> {
  const { accounts, mail, links, clock } = options;
  const { userId, email, emailCanonical } = change;
  const before = await mail.recipientOf(trx, userId);
  if (!(await accounts.replaceEmail(trx, userId, { email, emailCanonical }))) throw EmailTaken.with();
  await removeEmailChange(trx, userId);
  // Links that went to the former address must not open the account any more.
  for (const purpose of ['reset_password', 'verify_email'] as const)
    await removeAccountTokens(trx, userId, purpose);
  await record(options, trx, 'account.email_changed', userId, client);
  if (!before) return;
  const facts = { email, address: client.address, user_agent: client.userAgent };
  const letter = noticeLetter('email_changed', facts, before, links, clock());
  for (const recipient of [before, { ...before, address: email, canonical: emailCanonical }])
    await mail.queue(trx, { kind: 'email_changed', letter, recipient });
}

function record(
  { audit }: RecoveryOptions,
  trx: Executor,
  action: string,
  userId: string,
  client: ClientFacts,
): Promise<void> {
  return audit.record(trx, {
    action,
    outcome: 'success',
    actorId: userId,
    subjectId: userId,
    personal: { address: client.address, userAgent: client.userAgent },
  });
}
