import { v7 as uuidv7 } from 'uuid';
import { ValidationFailed } from '../../platform/errors.ts';
import type { Actor } from '../../platform/http/route.ts';
import {
  type AccountToken,
  consumeAccountToken,
  isSameBinding,
  issueAccountToken,
  LinkInvalid,
  nobody,
  removeAccountTokens,
} from '../account-tokens/index.ts';
import { type Account, canonicalEmail } from '../accounts/index.ts';
import type { ClientFacts, Executor } from '../audit/index.ts';
import { type Recipient, strangerAt } from '../mail/index.ts';
import { throttleAddress } from '../sign-in/index.ts';
import {
  type RegistrationOptions,
  type RegistrationRequest,
  verifyLifetimeSeconds,
} from './registration.service.ts';
import { findLatestRegistration, takeRegistration } from './registrations.queries.ts';

export interface Verified {
  next: 'sign_in' | 'await_approval' | 'set_password';
  /** For the page that sets a password, where the earlier one does not count. */
  resetToken: string | undefined;
}

interface Prover {
  actor: Actor | undefined;
  binding: string | undefined;
  client: ClientFacts;
}

interface Outcome extends Verified {
  created?: Account;
  changed?: string;
  ended: string[];
}

/**
 * Proves an address by a mailed link. The password of the registration counts only when the same browser, or somebody
 * who is signed in to the account, opens the link: anybody else who reads the mail may be the owner of an address that
 * a stranger registered, so the earlier password dies and they choose their own (S10).
 * Throws `auth.link_invalid`.
 */
export async function verifyEmail(
  options: RegistrationOptions,
  token: string,
  prover: Prover,
): Promise<Verified> {
  const { db, accounts, announceEnded } = options;
  const outcome = await db.transaction().execute(async (trx): Promise<Outcome> => {
    const used = await consumeAccountToken(trx, token, ['verify_email']);
    return used.registrationId === undefined
      ? proveAccount(options, trx, used, prover)
      : createFromRegistration(options, trx, used.registrationId, prover);
  });
  if (outcome.created) accounts.announceCreated(outcome.created);
  if (outcome.changed !== undefined) accounts.announceChanged(outcome.changed);
  announceEnded(outcome.ended);
  return { next: outcome.next, resetToken: outcome.resetToken };
}

async function createFromRegistration(
  options: RegistrationOptions,
  trx: Executor,
  registrationId: string,
  prover: Prover,
): Promise<Outcome> {
  const { accounts, policies, passwords } = options;
  const taken = await takeRegistration(trx, registrationId);
  if (!taken) throw LinkInvalid.with();
  const { registration } = await policies.current();
  const status = registration === 'approval' ? 'pending' : 'active';
  const isSame = isSameBinding(taken.bindingHash, prover.binding);
  const created = await accounts.storeNew(
    trx,
    {
      id: uuidv7(),
      email: taken.email,
      emailCanonical: taken.emailCanonical,
      displayName: taken.displayName,
      role: 'user',
      status,
      passwordHash: isSame ? taken.passwordHash : undefined,
      emailVerified: true,
      factor: 'mailed_link',
    },
    prover.client,
  );
  // The address got an account in another way meanwhile.
  if (!created) throw LinkInvalid.with();
  if (!isSame)
    return {
      next: 'set_password',
      resetToken: await passwords.issueResetToken(trx, created.id),
      created,
      ended: [],
    };
  const next = status === 'pending' ? 'await_approval' : 'sign_in';
  return { next, resetToken: undefined, created, ended: [] };
}

async function proveAccount(
  options: RegistrationOptions,
  trx: Executor,
  { userId = nobody, bindingHash }: AccountToken,
  prover: Prover,
): Promise<Outcome> {
  const { accounts, audit, passwords } = options;
  const account = await accounts.lock(trx, userId);
  if (!account || account.emailVerified) throw LinkInvalid.with();
  const isSame =
    prover.actor?.userId === userId ||
    isSameBinding(bindingHash, prover.binding) ||
    !(await accounts.mayBeStrangers(trx, userId));
  const ended = isSame ? [] : await options.expelEarlierHolder(trx, userId);
  await accounts.markEmailVerified(trx, userId);
  await removeAccountTokens(trx, userId, 'verify_email');
  await audit.record(trx, {
    action: 'account.email_verified',
    outcome: 'success',
    actorId: prover.actor?.userId,
    subjectId: userId,
    factor: 'mailed_link',
    details: { same_browser: isSame, ended_sessions: ended.length },
    personal: { address: prover.client.address, userAgent: prover.client.userAgent },
  });
  if (!isSame)
    return {
      next: 'set_password',
      resetToken: await passwords.issueResetToken(trx, userId),
      changed: userId,
      ended,
    };
  const next = account.status === 'pending' ? 'await_approval' : 'sign_in';
  return { next, resetToken: undefined, changed: userId, ended };
}

/**
 * Mails the link again where something waits for it; does the same work and answers the same where nothing does (S5).
 * The browser that asks gains nothing: what counts is the one that registered. Throws `auth.throttled`,
 * `validation_failed`.
 */
export async function resendVerification(
  options: RegistrationOptions,
  email: string,
  { client, locale }: Pick<RegistrationRequest, 'client' | 'locale'>,
): Promise<void> {
  const { db, throttle, audit, mail, links } = options;
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
    const waiting = await findWaiting(options, trx, canonical, locale);
    const token = await issueAccountToken(trx, {
      purpose: 'verify_email',
      owner: waiting.owner,
      lifetimeSeconds: verifyLifetimeSeconds,
      wanted: waiting.exists,
    });
    const link = links.withToken('/verify-email', token);
    await mail.write(trx, waiting.recipient, 'verify_email', { link }, { wanted: waiting.exists });
    await audit.record(trx, {
      action: 'account.verification_requested',
      outcome: waiting.exists ? 'success' : 'failure',
      subjectId: waiting.recipient.userId,
      personal: { email: canonical, address: client.address, userAgent: client.userAgent },
    });
  });
  mail.wake();
}

interface Waiting {
  exists: boolean;
  owner: { userId: string } | { registrationId: string };
  recipient: Recipient;
}

async function findWaiting(
  { accounts, mail }: RegistrationOptions,
  trx: Executor,
  canonical: string,
  locale: string,
): Promise<Waiting> {
  const account = await accounts.findByEmail(trx, canonical);
  const recipient = await mail.recipientOf(trx, account?.id ?? nobody);
  const registration = await findLatestRegistration(trx, canonical);
  if (account && recipient)
    return { exists: !account.emailVerified, owner: { userId: account.id }, recipient };
  const stranger = strangerAt(registration?.email ?? canonical, canonical, locale, registration?.displayName);
  return {
    exists: registration !== undefined,
    owner: { registrationId: registration?.id ?? nobody },
    recipient: stranger,
  };
}
