import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import type { Database } from '../../platform/database/database.ts';
import type { ErrorDefinition } from '../../platform/errors.ts';
import type { AuditTrail, ClientFacts } from '../audit/index.ts';
import type { ChallengeStore } from '../challenges/index.ts';
import type { SecurityNotices } from '../notices/index.ts';
import type { ListedCredential } from './decoy-credentials.ts';
import {
  PasskeyChallengeGone,
  PasskeyCloned,
  PasskeyRefused,
  UserVerificationMissing,
} from './passkeys.errors.ts';
import { notePasskeyUse, type PasskeyKey, unscopedFindPasskeyKey } from './passkeys.queries.ts';
import { ceremonySeconds } from './passkeys.service.ts';
import { relyingPartyOf } from './relying-party.ts';
import {
  type Assertion,
  type AssertionJson,
  judgeAssertion,
  loadLibrary,
  type RefusalReason,
  userHandleOf,
} from './webauthn.ts';

export interface AssertionsOptions {
  db: Database;
  audit: AuditTrail;
  notices: SecurityNotices;
  challenges: ChallengeStore;
  publicUrl: string | undefined;
}

/** A use of a passkey that is asked for. */
export interface AssertionRequest {
  purpose: 'passkey.sign_in' | 'passkey.second_factor';
  /** Whose passkey it must be, where that is known beforehand. */
  userId: string | undefined;
  /** What the browser offers; undefined: whichever passkeys for this site it knows. */
  allowed: ListedCredential[] | undefined;
  /** `required` where the passkey is the only factor. */
  userVerification: 'required' | 'preferred';
  bindingId: string | undefined;
  host: string;
}

export interface AssertionAnswer {
  purpose: AssertionRequest['purpose'];
  challengeId: string;
  credential: AssertionJson;
  bindingId: string | undefined;
  host: string;
  client: ClientFacts;
}

export interface ProvedPasskey {
  userId: string;
  passkeyId: string;
  userVerified: boolean;
}

export interface Assertions {
  begin(request: AssertionRequest): Promise<{
    challengeId: string;
    options: PublicKeyCredentialRequestOptionsJSON;
  }>;
  /**
   * Verifies an answer; its challenge is used up whatever comes of it (S15). Throws `passkeys.challenge_expired`,
   * `passkeys.refused`, `passkeys.user_verification_required`, `passkeys.cloned`.
   */
  finish(answer: AssertionAnswer): Promise<ProvedPasskey>;
}

/** What a challenge remembers of its request. */
interface Remembered {
  challenge: string;
  userVerification: 'required' | 'preferred';
  /** A list was shown, so the passkey need not say whose it is. */
  listed: boolean;
}

/** Uses of passkeys: asked for, and verified once. */
export function createAssertions(options: AssertionsOptions): Assertions {
  const { db, challenges, publicUrl } = options;
  return {
    async begin(request) {
      const party = relyingPartyOf(publicUrl, request.host);
      const requested = await (await loadLibrary()).generateAuthenticationOptions({
        rpID: party.id,
        ...(request.allowed === undefined ? {} : { allowCredentials: request.allowed }),
        timeout: ceremonySeconds * 1000,
        userVerification: request.userVerification,
      });
      const remembered: Remembered = {
        challenge: requested.challenge,
        userVerification: request.userVerification,
        listed: request.allowed !== undefined,
      };
      const { token } = await challenges.begin(db, {
        purpose: request.purpose,
        userId: request.userId,
        bindingId: request.bindingId,
        data: { ...remembered },
        lifetimeSeconds: ceremonySeconds,
      });
      return { challengeId: token, options: requested };
    },
    finish: (answer) => finish(options, answer),
  };
}

async function finish(options: AssertionsOptions, answer: AssertionAnswer): Promise<ProvedPasskey> {
  const { db, challenges } = options;
  const party = relyingPartyOf(options.publicUrl, answer.host);
  const begun = await challenges.consume(db, {
    token: answer.challengeId,
    purpose: answer.purpose,
    bindingId: answer.bindingId,
  });
  if (!begun) throw PasskeyChallengeGone.with();
  const remembered = begun.data as unknown as Remembered;
  const credentialId = Buffer.from(answer.credential.rawId, 'base64url');
  const key = await unscopedFindPasskeyKey(db, credentialId, party.id);
  if (!key || (begun.userId !== undefined && key.userId !== begun.userId))
    return refuse(options, answer, begun.userId, { reason: 'unknown_credential' });
  if (!isOwnersHandle(answer.credential.response.userHandle, key.userId, remembered.listed))
    return refuse(options, answer, key.userId, { reason: 'user_handle' });
  const verdict = await judgeAssertion(answer.credential, {
    challenge: remembered.challenge,
    party,
    publicKey: key.publicKey,
    backupEligible: key.backupEligible,
    userVerification: remembered.userVerification,
  });
  if ('reason' in verdict) return refuse(options, answer, key.userId, verdict);
  if (!(await notePasskeyUse(db, key.id, verdict.facts)))
    return reportClone(options, answer, key, verdict.facts);
  return { userId: key.userId, passkeyId: key.id, userVerified: verdict.facts.userVerified };
}

/** The account that the passkey itself names must be its owner's; only with a list may it name none (§7.2 step 6). */
function isOwnersHandle(handle: string | null | undefined, ownerId: string, listed: boolean): boolean {
  if (handle === undefined || handle === null || handle === '') return listed;
  return Buffer.from(handle, 'base64url').equals(userHandleOf(ownerId));
}

async function refuse(
  options: AssertionsOptions,
  answer: AssertionAnswer,
  userId: string | undefined,
  { reason, cause }: { reason: RefusalReason; cause?: unknown },
): Promise<never> {
  const problem = reason === 'user_verification' ? UserVerificationMissing : PasskeyRefused;
  await options.audit.record(options.db, refusalEntry(answer, userId, problem, { reason }));
  throw problem.with({ cause });
}

/** The signature was right, so the passkey is real; but it, or a copy, was used more often than we saw. */
async function reportClone(
  options: AssertionsOptions,
  answer: AssertionAnswer,
  key: PasskeyKey,
  { signCount }: Assertion,
): Promise<never> {
  await options.db.transaction().execute(async (trx) => {
    const details = { reason: 'counter', passkey_id: key.id, counter: signCount };
    await options.audit.record(trx, refusalEntry(answer, key.userId, PasskeyCloned, details));
    await options.notices.send(trx, key.userId, {
      kind: 'passkey_cloned',
      facts: { name: key.name, address: answer.client.address },
    });
  });
  throw PasskeyCloned.with();
}

function refusalEntry(
  { client, purpose }: AssertionAnswer,
  userId: string | undefined,
  problem: ErrorDefinition,
  details: Record<string, string | number>,
) {
  return {
    action: 'passkey.refused',
    outcome: 'failure' as const,
    subjectId: userId,
    factor: 'passkey',
    code: problem.code,
    details: { ...details, purpose },
    personal: { address: client.address, userAgent: client.userAgent },
  };
}
