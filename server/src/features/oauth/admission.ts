import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../../platform/database/database.ts';
import { type Account, type AccountsService, canonicalEmail } from '../accounts/index.ts';
import { type AuditTrail, type ClientFacts, type Executor, storable } from '../audit/index.ts';
import type { SecurityNotices } from '../notices/index.ts';
import type { PoliciesService } from '../policies/index.ts';
import * as queries from './identities.queries.ts';
import {
  AccountExistsUnverified,
  EmailMissing,
  EmailUnverified,
  IdentityTaken,
  InvitationNeeded,
  LinkNeeded,
  OauthAccountBlocked,
  OauthAccountPending,
  OauthRegistrationClosed,
  OtherPerson,
} from './oauth.errors.ts';
import type { ProviderProfile } from './openid-exchange.ts';
import type { ProviderRow } from './providers.queries.ts';

export interface AdmissionOptions {
  db: Database;
  accounts: AccountsService;
  audit: AuditTrail;
  notices: SecurityNotices;
  policies: PoliciesService;
}

/** Somebody who signed in at a provider just now. */
export interface Arrival {
  provider: ProviderRow;
  profile: ProviderProfile;
  client: ClientFacts;
}

/**
 * The account of an arrival (S33): by issuer and subject; else by an address that is verified on both sides; else a new
 * one, where the policy lets people register. Throws the codes of `admissionErrors`.
 */
export async function admitArrival(options: AdmissionOptions, arrival: Arrival): Promise<Account> {
  const { db, accounts } = options;
  const { profile, provider } = arrival;
  const identity = await queries.findIdentity(db, profile);
  // Whoever was registered by another tab meanwhile is no stranger any more.
  if (!identity) return (await admitStranger(options, arrival)) ?? admitArrival(options, arrival);
  await queries.touchIdentity(db, identity.id, { providerId: provider.id, email: profile.email });
  const account = await accounts.findAccount(identity.user_id);
  if (!account) throw OauthAccountBlocked.with();
  return account;
}

/** `undefined` when the address got an account since it was looked up. */
async function admitStranger(options: AdmissionOptions, arrival: Arrival): Promise<Account | undefined> {
  const { db, accounts, policies } = options;
  const { profile } = arrival;
  const canonical = profile.email === undefined ? undefined : canonicalEmail(profile.email);
  if (canonical === undefined) throw EmailMissing.with();
  // Without this, whoever can type somebody's address at a provider would be them here, or be there before them.
  if (!isVerified(arrival)) throw EmailUnverified.with();
  const { registration } = await policies.current();
  const admitted = await db.transaction().execute(async (trx) => {
    const existing = await queries.lockAccountByEmail(trx, canonical);
    if (existing) {
      const linked = await queries.findIdentity(trx, profile);
      if (linked?.user_id === existing.id) return { account: existing, isNew: false };
      refuseUnlinkable(existing, arrival);
      await linkIdentity(options, trx, existing, { ...arrival, by: 'email' });
      return { account: existing, isNew: false };
    }
    if (registration === 'closed') throw OauthRegistrationClosed.with();
    if (registration === 'invitation') throw InvitationNeeded.with();
    const status = registration === 'approval' ? 'pending' : 'active';
    const account = await register(options, trx, arrival, status);
    return account && { account, isNew: true };
  });
  if (admitted?.isNew) accounts.announceCreated(admitted.account);
  return admitted?.account;
}

function isVerified({ profile, provider }: Arrival): boolean {
  return profile.emailVerified ?? provider.trust_email;
}

/**
 * Which accounts nobody gets into by their address alone. An unverified one may have been made by somebody else to lie
 * in wait for its owner (S10). Administrators' accounts are connected only by somebody who is signed in to them:
 * otherwise whoever administers a mail domain, or a provider, would administer this product too.
 */
function refuseUnlinkable(account: Account, arrival: Arrival): void {
  if (account.status === 'pending') throw OauthAccountPending.with();
  if (account.status !== 'active') throw OauthAccountBlocked.with();
  if (!account.emailVerified) throw AccountExistsUnverified.with();
  if (account.role !== 'user' || !speaksForAddress(arrival)) throw LinkNeeded.with();
}

/**
 * Google verifies foreign addresses once and never again, so its word counts for its own addresses and for those of
 * organisations it hosts only.
 */
function speaksForAddress({ provider, profile }: Arrival): boolean {
  if (provider.preset !== 'google') return true;
  const domain = profile.email?.slice(profile.email.lastIndexOf('@') + 1).toLowerCase();
  return domain === 'gmail.com' || domain === 'googlemail.com' || profile.hostedDomain !== undefined;
}

async function register(
  options: AdmissionOptions,
  trx: Executor,
  arrival: Arrival,
  status: 'active' | 'pending',
): Promise<Account | undefined> {
  const { profile, client } = arrival;
  const email = profile.email ?? '';
  const displayName =
    storable(profile.name ?? '', 100) || storable(email.slice(0, email.lastIndexOf('@')), 100);
  const account = await options.accounts.registerProven(
    trx,
    { email, displayName, status, factor: 'oauth' },
    client,
  );
  if (!account) return undefined;
  await linkIdentity(options, trx, account, { ...arrival, by: 'registration' });
  return account;
}

/** Connects the identity to an account in the caller's transaction. Throws `oauth.identity_taken`. */
async function linkIdentity(
  { audit, notices }: AdmissionOptions,
  trx: Executor,
  account: Account,
  { provider, profile, client, by }: Arrival & { by: 'email' | 'registration' | 'person' },
): Promise<void> {
  const stored = await queries.insertIdentity(trx, {
    id: uuidv7(),
    userId: account.id,
    providerId: provider.id,
    issuer: profile.issuer,
    subject: profile.subject,
    email: profile.email === undefined ? undefined : storable(profile.email, 254),
  });
  if (!stored) throw IdentityTaken.with();
  await audit.record(trx, {
    action: 'identity.linked',
    outcome: 'success',
    actorId: account.id,
    subjectId: account.id,
    factor: 'oauth',
    details: { provider: provider.id, by },
    personal: { address: client.address, userAgent: client.userAgent },
  });
  if (by === 'registration') return;
  await notices.send(trx, account.id, {
    kind: 'identity_linked',
    facts: { provider: provider.name, address: client.address, user_agent: client.userAgent },
  });
}

/** Connects the identity to the account of somebody who is signed in. Nothing happens when it is connected already. */
export async function linkArrival(
  options: AdmissionOptions,
  userId: string,
  arrival: Arrival,
): Promise<void> {
  await options.db.transaction().execute(async (trx) => {
    const account = await options.accounts.lock(trx, userId);
    if (account?.status !== 'active') throw OauthAccountBlocked.with();
    const identity = await queries.findIdentity(trx, arrival.profile);
    if (identity === undefined) return linkIdentity(options, trx, account, { ...arrival, by: 'person' });
    if (identity.user_id !== userId) throw IdentityTaken.with();
    const used = { providerId: arrival.provider.id, email: arrival.profile.email };
    return queries.touchIdentity(trx, identity.id, used);
  });
}

/** Throws `oauth.other_person` unless the identity is connected to this account. */
export async function requireOwnIdentity(
  options: AdmissionOptions,
  userId: string,
  { profile }: Arrival,
): Promise<void> {
  const identity = await queries.findIdentity(options.db, profile);
  if (identity?.user_id !== userId) throw OtherPerson.with();
}
