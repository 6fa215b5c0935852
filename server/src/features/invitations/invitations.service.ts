import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { randomText } from '../../platform/crypto/random-text.ts';
import type { Database } from '../../platform/database/database.ts';
import { ValidationFailed } from '../../platform/errors.ts';
import type { Actor } from '../../platform/http/route.ts';
import { parseMailAddress } from '../../platform/mail/index.ts';
import { LinkInvalid } from '../account-tokens/index.ts';
import {
  type Account,
  type AccountsService,
  canonicalEmail,
  EmailTaken,
  mayAdminister,
  type NewAccount,
  RankTooLow,
} from '../accounts/index.ts';
import { type AuditTrail, type ClientFacts, type Executor, storable } from '../audit/index.ts';
import { type MailService, type PublicLinks, strangerAt } from '../mail/index.ts';
import { type Throttle, throttleAddress } from '../sign-in/index.ts';
import { InvitationExists, InvitationNotFound } from './invitations.errors.ts';
import {
  findInvitationByToken,
  type Invitation,
  type InvitedRole,
  insertInvitation,
  listInvitations,
  lockOpenInvitation,
  markAccepted,
  markRevoked,
  renewInvitation,
} from './invitations.queries.ts';

const lifetimeSeconds = 7 * 86_400;
const maxMessageLength = 1_000;

export interface InvitationsOptions {
  db: Database;
  accounts: AccountsService;
  audit: AuditTrail;
  mail: MailService;
  links: PublicLinks;
  throttle: Throttle;
}

export interface InvitationsService {
  /** Throws `auth.forbidden`, `accounts.email_taken`, `invitations.exists`, `validation_failed`. */
  invite(actor: Actor, input: InvitationInput, client: ClientFacts): Promise<Invitation>;
  /** A new link by mail; the former one dies. Throws `invitations.not_found`, `auth.forbidden`. */
  resend(actor: Actor, id: string, client: ClientFacts): Promise<Invitation>;
  /** Throws `invitations.not_found`, `auth.forbidden`. */
  revoke(actor: Actor, id: string, client: ClientFacts): Promise<void>;
  list(page: { before: string | undefined; limit: number }): Promise<Invitation[]>;
  /** What an invitation is for, without using it. Throws `auth.link_invalid`, `auth.throttled`. */
  lookUp(token: string, client: ClientFacts): Promise<Invitation>;
  /**
   * Creates the account, active and with a verified address: the link was read there. `email` must be the invited one
   * where it is given. Throws `auth.link_invalid`, `validation_failed`, `accounts.email_taken`, `auth.throttled`.
   */
  accept(
    token: string,
    input: Pick<NewAccount, 'displayName' | 'password'>,
    client: ClientFacts,
    email?: string,
  ): Promise<Account>;
}

export interface InvitationInput {
  email: string;
  role: InvitedRole;
  message: string;
}

const hashOf = (token: string): Buffer => createHash('sha256').update(`invitation ${token}`).digest();

/** Invitations of administrators: by mail, for one person, once, for seven days. */
export function createInvitationsService(options: InvitationsOptions): InvitationsService {
  const { db } = options;
  return {
    invite: (actor, input, client) => invite(options, actor, input, client),
    resend: (actor, id, client) => resend(options, actor, id, client),
    revoke: (actor, id, client) =>
      db.transaction().execute(async (trx) => {
        const invitation = await lockManageable(trx, actor, id);
        await markRevoked(trx, id);
        await record(options, trx, 'invitation.revoked', { actor, invitation, client });
      }),
    list: (page) => listInvitations(db, page),
    async lookUp(token, client) {
      const counted = await reserve(options, client);
      const invitation = await findUsable(db, token);
      await options.throttle.succeed(counted, []);
      return invitation;
    },
    accept: (token, input, client, email) => accept(options, token, { ...input, email }, client),
  };
}

/** The rank rule of S12: nobody makes an account of their own rank or a higher one, by invitation either. */
function refuseRank(actor: Pick<Actor, 'role'>, role: InvitedRole): void {
  if (!mayAdminister(actor.role, role))
    throw RankTooLow.with({
      detail: 'Nobody may invite people to their own rank or a higher one.',
      reason: 'invite_rank',
    });
}

async function invite(
  options: InvitationsOptions,
  actor: Actor,
  input: InvitationInput,
  client: ClientFacts,
): Promise<Invitation> {
  const { db, accounts, mail } = options;
  refuseRank(actor, input.role);
  const email = input.email.trim();
  const emailCanonical = canonicalEmail(email);
  if (emailCanonical === undefined || parseMailAddress(email)?.address !== email)
    throw ValidationFailed.with({
      errors: [{ field: 'email', detail: 'is not an e-mail address', reason: 'not_email' }],
    });
  const message = storable(input.message, maxMessageLength);
  const token = randomText(32);
  const id = uuidv7();
  const stored = await db.transaction().execute(async (trx) => {
    if (await accounts.findByEmail(trx, emailCanonical)) throw EmailTaken.with();
    const isNew = await insertInvitation(trx, {
      id,
      email,
      emailCanonical,
      role: input.role,
      message,
      tokenHash: hashOf(token),
      invitedBy: actor.userId,
      lifetimeSeconds,
    });
    if (!isNew) throw InvitationExists.with();
    const invitation = await lockManageable(trx, actor, id);
    await send(options, trx, invitation, token);
    await record(options, trx, 'invitation.created', { actor, invitation, client });
    return invitation;
  });
  mail.wake();
  return stored;
}

async function resend(
  options: InvitationsOptions,
  actor: Actor,
  id: string,
  client: ClientFacts,
): Promise<Invitation> {
  const { db, mail } = options;
  const token = randomText(32);
  const renewed = await db.transaction().execute(async (trx) => {
    await lockManageable(trx, actor, id);
    await renewInvitation(trx, id, hashOf(token), lifetimeSeconds);
    const invitation = await lockManageable(trx, actor, id);
    await send(options, trx, invitation, token);
    await record(options, trx, 'invitation.resent', { actor, invitation, client });
    return invitation;
  });
  mail.wake();
  return renewed;
}

async function lockManageable(trx: Executor, actor: Actor, id: string): Promise<Invitation> {
  const invitation = await lockOpenInvitation(trx, id);
  if (!invitation) throw InvitationNotFound.with();
  refuseRank(actor, invitation.role);
  return invitation;
}

/** In the language of the person who invites: nothing is known of the other one. */
async function send(
  { mail, links }: InvitationsOptions,
  trx: Executor,
  invitation: Invitation,
  token: string,
): Promise<void> {
  const inviter = await mail.recipientOf(trx, invitation.invitedBy);
  const recipient = strangerAt(invitation.email, invitation.emailCanonical, inviter?.locale ?? 'en');
  const values = {
    inviter: storable(invitation.inviterName, 100),
    message: invitation.message,
    link: links.withToken('/accept-invitation', token),
  };
  await mail.write(trx, recipient, 'invitation', values, { givesRole: invitation.role });
}

function reserve({ throttle }: InvitationsOptions, client: ClientFacts): Promise<string[]> {
  return throttle.reserve([{ budget: 'recovery:address', value: throttleAddress(client.address) }]);
}

/** An invitation is worth what the one who made it may do now: not more than when they lost their rank (S12). */
async function findUsable(executor: Executor, token: string): Promise<Invitation> {
  const invitation = await findInvitationByToken(executor, hashOf(token));
  if (!invitation?.inviterActive || !mayAdminister(invitation.inviterRole, invitation.role))
    throw LinkInvalid.with({
      detail: 'This invitation was used already, was revoked, or is too old. Ask for a new one.',
      reason: 'invitation',
    });
  return invitation;
}

async function accept(
  options: InvitationsOptions,
  token: string,
  input: Pick<NewAccount, 'displayName' | 'password'> & { email: string | undefined },
  client: ClientFacts,
): Promise<Account> {
  const { db, accounts, throttle } = options;
  const counted = await reserve(options, client);
  const { email } = await findUsable(db, token);
  if (input.email !== undefined && canonicalEmail(input.email) !== canonicalEmail(email))
    throw ValidationFailed.with({
      errors: [{ field: 'email', detail: 'is not the invited address', reason: 'other_address' }],
    });
  const fields = accounts.checkNewAccount({ ...input, email });
  const passwordHash = await accounts.hashNewPassword(input.password);
  const account = await db.transaction().execute(async (trx) => {
    const invitation = await findUsable(trx, token);
    const stored = await accounts.storeNew(
      trx,
      {
        ...fields,
        passwordHash,
        role: invitation.role,
        status: 'active',
        emailVerified: true,
        factor: 'invitation',
        actorId: invitation.invitedBy,
      },
      client,
    );
    if (!stored) throw EmailTaken.with();
    await markAccepted(trx, invitation.id, stored.id);
    return stored;
  });
  accounts.announceCreated(account);
  await throttle.succeed(counted, []);
  return account;
}

function record(
  { audit }: InvitationsOptions,
  trx: Executor,
  action: string,
  event: { actor: Actor; invitation: Invitation; client: ClientFacts },
): Promise<void> {
  const { actor, invitation, client } = event;
  return audit.record(trx, {
    action,
    outcome: 'success',
    actorId: actor.userId,
    sessionId: actor.sessionId,
    details: { invitation_id: invitation.id, role: invitation.role },
    personal: { email: invitation.emailCanonical, address: client.address, userAgent: client.userAgent },
  });
}
