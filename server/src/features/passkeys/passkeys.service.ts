import type { PublicKeyCredentialCreationOptionsJSON } from '@simplewebauthn/server';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../../platform/database/database.ts';
import { ValidationFailed } from '../../platform/errors.ts';
import type { Actor } from '../../platform/http/route.ts';
import { AccountNotFound, type AccountsService } from '../accounts/index.ts';
import { type AuditEntry, type AuditTrail, type ClientFacts, storable } from '../audit/index.ts';
import type { ChallengeStore } from '../challenges/index.ts';
import type { SecurityNotices } from '../notices/index.ts';
import type { FactorChanges } from '../two-factor/index.ts';
import { nameOfAuthenticator } from './authenticator-names.ts';
import {
  PasskeyChallengeGone,
  PasskeyNotFound,
  PasskeyTaken,
  RegistrationRefused,
  TooManyPasskeys,
} from './passkeys.errors.ts';
import {
  deletePasskey,
  insertPasskey,
  listPasskeys,
  type Passkey,
  renamePasskey,
} from './passkeys.queries.ts';
import { relyingPartyOf } from './relying-party.ts';
import {
  judgeRegistration,
  loadLibrary,
  type NewCredential,
  type RegistrationJson,
  supportedAlgorithms,
  userHandleOf,
} from './webauthn.ts';

/** People look for their key, or scan a code with their phone. */
export const ceremonySeconds = 300;
const registrationPurpose = 'passkey.registration';
const maxPasskeys = 25;
const maxNameLength = 100;

export interface PasskeysOptions {
  db: Database;
  accounts: AccountsService;
  audit: AuditTrail;
  notices: SecurityNotices;
  challenges: ChallengeStore;
  changes: FactorChanges;
  /** Configured origin; `undefined` for local use. */
  publicUrl: string | undefined;
  /** Shown by the browser when it asks. */
  productName: string;
}

/** What a client sends to finish a registration. */
export interface FinishedRegistration {
  challengeId: string;
  credential: RegistrationJson;
  name: string | undefined;
  /** `request.host`. */
  host: string;
}

export type PasskeysService = ReturnType<typeof createPasskeysService>;

/** A person's own passkeys: made, named, removed. */
export function createPasskeysService(options: PasskeysOptions) {
  const { db, audit, changes } = options;
  return {
    list: (actor: Actor): Promise<Passkey[]> => listPasskeys(db, actor.userId),

    /** Throws `passkeys.unavailable_here`, `passkeys.too_many`. */
    beginRegistration: (actor: Actor, host: string) => beginRegistration(options, actor, host),

    /**
     * Throws `passkeys.challenge_expired`, `passkeys.registration_refused`, `passkeys.already_registered`. With the
     * first second factor come backup codes.
     */
    finishRegistration: (actor: Actor, input: FinishedRegistration, client: ClientFacts) =>
      finishRegistration(options, actor, input, client),

    /** Throws `passkeys.not_found`, `validation_failed`. */
    async rename(actor: Actor, id: string, name: string, client: ClientFacts): Promise<Passkey> {
      const wanted = storable(name, maxNameLength);
      if (wanted === '')
        throw ValidationFailed.with({ errors: [{ field: 'name', detail: 'is empty', reason: 'empty' }] });
      return db.transaction().execute(async (trx) => {
        const renamed = await renamePasskey(trx, actor.userId, id, wanted);
        if (!renamed) throw PasskeyNotFound.with();
        await audit.record(trx, entryOf('passkey.renamed', actor, client, id));
        return renamed;
      });
    },

    /** Throws `passkeys.not_found`, `two_factor.required_by_policy`. */
    async remove(actor: Actor, id: string, client: ClientFacts): Promise<void> {
      await db.transaction().execute(async (trx) => {
        await changes.lock(trx, actor.userId);
        const removed = await deletePasskey(trx, actor.userId, id);
        if (!removed) throw PasskeyNotFound.with();
        await changes.removed(trx, actor);
        await audit.record(trx, entryOf('passkey.removed', actor, client, id));
        await options.notices.send(trx, actor.userId, {
          kind: 'passkey_removed',
          facts: { name: removed.name },
        });
      });
      changes.announceRemoved(actor);
    },
  };
}

async function beginRegistration(
  options: PasskeysOptions,
  actor: Actor,
  host: string,
): Promise<{ challengeId: string; options: PublicKeyCredentialCreationOptionsJSON }> {
  const { db, accounts, challenges } = options;
  const party = relyingPartyOf(options.publicUrl, host);
  const [account, existing] = await Promise.all([
    accounts.findAccount(actor.userId),
    listPasskeys(db, actor.userId),
  ]);
  if (!account) throw AccountNotFound.with();
  if (existing.length >= maxPasskeys) throw TooManyPasskeys.with();
  const creation = await (await loadLibrary()).generateRegistrationOptions({
    rpName: options.productName,
    rpID: party.id,
    userName: account.email,
    userDisplayName: account.displayName,
    userID: new Uint8Array(userHandleOf(account.id)),
    timeout: ceremonySeconds * 1000,
    attestationType: 'none',
    excludeCredentials: existing.map((passkey) => ({
      id: passkey.credentialId.toString('base64url'),
      transports: passkey.transports,
    })),
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
    supportedAlgorithmIDs: supportedAlgorithms,
  });
  const { token } = await challenges.begin(db, {
    purpose: registrationPurpose,
    userId: actor.userId,
    bindingId: actor.sessionId,
    data: { challenge: creation.challenge },
    lifetimeSeconds: ceremonySeconds,
  });
  return { challengeId: token, options: creation };
}

async function finishRegistration(
  options: PasskeysOptions,
  actor: Actor,
  input: FinishedRegistration,
  client: ClientFacts,
): Promise<{ passkey: Passkey; backupCodes: string[] | undefined }> {
  const { db, challenges } = options;
  const party = relyingPartyOf(options.publicUrl, input.host);
  const begun = await challenges.consume(db, {
    token: input.challengeId,
    purpose: registrationPurpose,
    bindingId: actor.sessionId,
  });
  if (begun?.userId !== actor.userId) throw PasskeyChallengeGone.with();
  const verdict = await judgeRegistration(input.credential, {
    challenge: String(begun.data.challenge),
    party,
  });
  if ('reason' in verdict) {
    await options.audit.record(db, {
      ...entryOf('passkey.refused', actor, client),
      outcome: 'failure',
      code: RegistrationRefused.code,
      details: { reason: verdict.reason },
    });
    throw RegistrationRefused.with({ cause: verdict.cause });
  }
  const name = storable(input.name ?? '', maxNameLength) || nameOfAuthenticator(verdict.facts.aaguid);
  const transports = input.credential.response.transports ?? [];
  const passkey = { id: uuidv7(), userId: actor.userId, rpId: party.id, name, transports };
  return storeRegistration(options, actor, { ...passkey, credential: verdict.facts }, client);
}

async function storeRegistration(
  options: PasskeysOptions,
  actor: Actor,
  passkey: Parameters<typeof insertPasskey>[1] & { credential: NewCredential },
  client: ClientFacts,
): Promise<{ passkey: Passkey; backupCodes: string[] | undefined }> {
  const { db, audit, changes, notices } = options;
  const prepared = await changes.prepare(actor.userId);
  const stored = await db.transaction().execute(async (trx) => {
    await changes.lock(trx, actor.userId);
    const inserted = await insertPasskey(trx, passkey);
    if (!inserted) throw PasskeyTaken.with();
    const backupCodes = await changes.added(trx, actor.userId, prepared);
    await audit.record(trx, {
      ...entryOf('passkey.added', actor, client, inserted.id),
      details: { passkey_id: inserted.id, backup_codes_made: backupCodes !== undefined },
    });
    await notices.send(trx, actor.userId, { kind: 'passkey_added', facts: { name: inserted.name } });
    return { passkey: inserted, backupCodes };
  });
  await changes.announceAdded(actor);
  return stored;
}

function entryOf(action: string, actor: Actor, client: ClientFacts, passkeyId?: string): AuditEntry {
  return {
    action,
    outcome: 'success',
    actorId: actor.userId,
    subjectId: actor.userId,
    sessionId: actor.sessionId,
    factor: 'passkey',
    ...(passkeyId === undefined ? {} : { details: { passkey_id: passkeyId } }),
    personal: { address: client.address, userAgent: client.userAgent },
  };
}
