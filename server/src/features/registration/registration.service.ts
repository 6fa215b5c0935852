import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../../platform/database/database.ts';
import type { Role } from '../../platform/http/route.ts';
import type { PasswordResetService } from '../account-recovery/index.ts';
import { bindingHash, issueAccountToken, nobody } from '../account-tokens/index.ts';
import type { Account, AccountsService, NewAccount } from '../accounts/index.ts';
import type { AuditTrail, ClientFacts, Executor } from '../audit/index.ts';
import type { InvitationsService } from '../invitations/index.ts';
import { type MailService, type PublicLinks, type Recipient, strangerAt } from '../mail/index.ts';
import type { PoliciesService, RegistrationPolicy } from '../policies/index.ts';
import { type Throttle, throttleAddress } from '../sign-in/index.ts';
import { RegistrationClosed } from './registration.errors.ts';
import { insertRegistration } from './registrations.queries.ts';

export const verifyLifetimeSeconds = 86_400;

export interface RegistrationOptions {
  db: Database;
  accounts: AccountsService;
  audit: AuditTrail;
  throttle: Throttle;
  policies: PoliciesService;
  mail: MailService;
  links: PublicLinks;
  invitations: InvitationsService;
  passwords: PasswordResetService;
  /** Ends what was set up before the address was proved; ids of sessions that ended. */
  expelEarlierHolder(trx: Executor, userId: string): Promise<string[]>;
  announceEnded(sessionIds: string[]): void;
}

export interface RegistrationRequest {
  client: ClientFacts;
  locale: string;
  /** What the browser that asks can prove to be its own (its pre-session). */
  binding: string | undefined;
}

export interface Registered {
  /** As it is shown; with a stored account or without one. */
  user: { id: string; email: string; displayName: string; role: Role; status: Account['status'] };
  next: 'sign_in' | 'await_approval' | 'verify_email';
}

/**
 * Registers by the policy in force. Takes the same path, does the same work and answers the same whether the address
 * was free or not (S5): where it was taken, its owner gets a mail that says so.
 *
 * Against accounts that somebody registers on another's address to wait for them (S10): with required verification
 * there is no account at all until a mailed link was opened. Any number of registrations of an address stand beside
 * each other, each with its own password, and the one whose link is opened counts; the others die with it. Its password
 * counts only in the browser that registered: who opens the link elsewhere, such as an owner whom a stranger
 * registered, chooses a password there and then (see email-verification.service.ts). Without required verification the
 * account exists at once, and proving its address later ends what was set up before by anybody else.
 *
 * Throws `auth.registration_closed`, `auth.throttled`, `validation_failed`, `auth.busy`, `auth.link_invalid`.
 */
export async function register(
  options: RegistrationOptions,
  input: NewAccount & { invitationToken: string | undefined },
  request: RegistrationRequest,
): Promise<Registered> {
  const { accounts, throttle, policies, invitations, mail } = options;
  if (input.invitationToken !== undefined) {
    const account = await invitations.accept(input.invitationToken, input, request.client, input.email);
    return { user: account, next: 'sign_in' };
  }
  const policy = await policies.current();
  refuseClosed(policy.registration);
  const fields = accounts.checkNewAccount(input);
  await throttle.reserve([
    { budget: 'register:address', value: throttleAddress(request.client.address) },
    { budget: 'recovery:account', value: fields.emailCanonical },
  ]);
  const passwordHash = await accounts.hashNewPassword(input.password);
  const status = policy.registration === 'approval' ? 'pending' : 'active';
  const draft: Draft = { ...fields, passwordHash, status };
  if (policy.require_verified_email) await storeUnverified(options, draft, request);
  else await storeAccount(options, draft, request);
  mail.wake();
  return { user: { ...fields, role: 'user', status }, next: nextStep(policy.require_verified_email, status) };
}

interface Draft {
  id: string;
  email: string;
  emailCanonical: string;
  displayName: string;
  passwordHash: string;
  status: 'pending' | 'active';
}

function refuseClosed(registration: RegistrationPolicy): void {
  if (registration === 'closed') throw RegistrationClosed.with();
  if (registration === 'invitation')
    throw RegistrationClosed.with({
      detail: 'Registration needs an invitation from an administrator.',
      reason: 'invitation_needed',
    });
}

function nextStep(mustVerify: boolean, status: Draft['status']): Registered['next'] {
  if (mustVerify) return 'verify_email';
  return status === 'pending' ? 'await_approval' : 'sign_in';
}

/** A registration without an account; also of a taken address, where nobody gets its link. */
async function storeUnverified(
  options: RegistrationOptions,
  draft: Draft,
  request: RegistrationRequest,
): Promise<void> {
  const { db, accounts, audit } = options;
  await db.transaction().execute(async (trx) => {
    const owner = await accounts.findByEmail(trx, draft.emailCanonical);
    const id = uuidv7();
    await insertRegistration(
      trx,
      { ...draft, id, bindingHash: bindingHash(request.binding) },
      verifyLifetimeSeconds,
    );
    const token = await issueAccountToken(trx, {
      purpose: 'verify_email',
      owner: { registrationId: id },
      lifetimeSeconds: verifyLifetimeSeconds,
    });
    await audit.record(trx, {
      action: 'account.registration_begun',
      outcome: owner ? 'failure' : 'success',
      subjectId: owner?.id,
      personal: {
        email: draft.emailCanonical,
        address: request.client.address,
        userAgent: request.client.userAgent,
      },
    });
    await writeLetter(options, trx, draft, { token, ownerId: owner?.id, userId: undefined, request });
  });
}

/** An account at once. The address can be verified, and need not be. */
async function storeAccount(
  options: RegistrationOptions,
  draft: Draft,
  request: RegistrationRequest,
): Promise<void> {
  const { db, accounts } = options;
  const account = await db.transaction().execute(async (trx) => {
    const owner = await accounts.findByEmail(trx, draft.emailCanonical);
    const stored = await accounts.storeNew(
      trx,
      { ...draft, role: 'user', factor: 'password', selfRegistered: true },
      request.client,
    );
    const token = await issueAccountToken(trx, {
      purpose: 'verify_email',
      owner: { userId: stored?.id ?? draft.id },
      lifetimeSeconds: verifyLifetimeSeconds,
      binding: request.binding,
      wanted: stored !== undefined,
    });
    await writeLetter(options, trx, draft, { token, ownerId: owner?.id, userId: stored?.id, request });
    return stored;
  });
  if (account) accounts.announceCreated(account);
}

/** To the owner of a taken address that somebody tried; to everybody else the link that proves the address. */
async function writeLetter(
  { mail, links }: RegistrationOptions,
  trx: Executor,
  draft: Draft,
  about: {
    token: string;
    ownerId: string | undefined;
    userId: string | undefined;
    request: RegistrationRequest;
  },
): Promise<void> {
  const owner = await mail.recipientOf(trx, about.ownerId ?? nobody);
  const newcomer: Recipient = {
    ...strangerAt(draft.email, draft.emailCanonical, about.request.locale, draft.displayName),
    userId: about.userId,
  };
  if (owner) await mail.write(trx, owner, 'already_registered', { link: links.page('/forgot-password') });
  else
    await mail.write(trx, newcomer, 'verify_email', { link: links.withToken('/verify-email', about.token) });
}
