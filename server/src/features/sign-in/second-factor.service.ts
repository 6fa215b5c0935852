import { ProblemError } from '../../platform/errors.ts';
import type { Account } from '../accounts/index.ts';
import type { ClientFacts } from '../audit/index.ts';
import type { Challenge } from '../challenges/index.ts';
import { openSession } from './complete-sign-in.ts';
import { type PendingSignIn, secondFactorPurpose } from './second-factor-demand.ts';
import type { SecondFactorMethod, SecondFactorProof, SecondFactorVerifier } from './second-factors.ts';
import { ChallengeExpired, MethodNotOffered } from './sign-in.errors.ts';
import type { CompletedSignIn, ProvenSignIn, SecondFactorDemand, SignInOptions } from './sign-in.types.ts';
import { type ThrottleSubject, throttleAddress } from './throttle.ts';

/** Wrong answers to one challenge, whatever the pace; the account's own counting goes on across challenges. */
const maxAttempts = 10;

/** Which challenge, and who answers it from where. */
export interface ChallengeCall {
  challengeId: string;
  bindingId: string | undefined;
  client: ClientFacts;
  /** `request.host`; see `SecondFactorContext`. */
  host: string;
}

export interface SecondFactorAnswer extends ChallengeCall {
  proof: SecondFactorProof;
  deviceCookie: string | undefined;
  rememberDevice: boolean | undefined;
  delivery: 'cookie' | 'body' | undefined;
}

export interface SecondFactorService {
  /** What may answer a challenge. Throws `auth.challenge_expired`. */
  describe(call: ChallengeCall): Promise<SecondFactorDemand>;
  /** What the client needs before it can answer by this method. Throws also `auth.method_not_offered`. */
  prepare(method: SecondFactorMethod, call: ChallengeCall): Promise<unknown>;
  /**
   * Completes a sign-in. Throws `auth.invalid_code`, `auth.challenge_expired`, `auth.throttled`,
   * `auth.method_not_offered`, and what passkeys throw.
   */
  verify(answer: SecondFactorAnswer): Promise<CompletedSignIn>;
}

/** The second half of a sign-in: answering the challenge of the first. */
export function createSecondFactorService(options: SignInOptions): SecondFactorService {
  const { db, challenges } = options;
  return {
    async describe(call) {
      const { challenge, pending } = readPending(await challenges.find(db, keyOf(call)));
      return { challengeId: call.challengeId, methods: pending.methods, expiresAt: challenge.expiresAt };
    },
    async prepare(method, call) {
      const { challenge, userId, pending } = readPending(await challenges.find(db, keyOf(call)));
      const verifier = offeredVerifier(options, pending, method);
      if (!verifier.prepare) throw MethodNotOffered.with();
      const context = { client: call.client, host: call.host, challengeData: challenge.data };
      const { answer, keep } = await verifier.prepare(userId, context);
      if (!(await challenges.amend(db, { ...keyOf(call), data: keep }))) throw ChallengeExpired.with();
      return answer;
    },
    verify: (answer) => verifySecondFactor(options, answer),
  };
}

function keyOf(call: ChallengeCall) {
  return { token: call.challengeId, purpose: secondFactorPurpose, bindingId: call.bindingId };
}

interface Pending {
  challenge: Challenge;
  userId: string;
  pending: PendingSignIn;
}

function readPending(challenge: Challenge | undefined): Pending {
  if (challenge?.userId === undefined) throw ChallengeExpired.with();
  // Written by `demandSecondFactor` and nobody else: no client ever holds it.
  return { challenge, userId: challenge.userId, pending: challenge.data.pending as PendingSignIn };
}

function offeredVerifier(
  { secondFactors }: SignInOptions,
  pending: PendingSignIn,
  method: SecondFactorMethod,
): SecondFactorVerifier {
  const verifier = pending.methods.includes(method) ? secondFactors.find(method) : undefined;
  if (!verifier) throw MethodNotOffered.with();
  return verifier;
}

async function verifySecondFactor(
  options: SignInOptions,
  answer: SecondFactorAnswer,
): Promise<CompletedSignIn> {
  const { db, challenges, throttle } = options;
  const key = keyOf(answer);
  const first = readPending(await challenges.find(db, key));
  const verifier = offeredVerifier(options, first.pending, answer.proof.method);
  try {
    const counted = await throttle.reserve(subjectsOf(first, answer));
    const { challenge, userId, pending } = readPending(
      await challenges.countAttempt(db, { ...key, limit: maxAttempts }),
    );
    const context = { client: answer.client, host: answer.host, challengeData: challenge.data };
    await verifier.verify(userId, answer.proof, context);
    // Of parallel right answers one gets the session.
    if (!(await challenges.consume(db, key))) throw ChallengeExpired.with();
    const account = await unchangedAccount(options, userId, pending);
    return await openSession(options, await options.policies.current(), {
      proven: toProven(account, pending, answer),
      known: { device: undefined, counted },
      verdict: pending.verdict,
      secondFactor: answer.proof.method,
    });
  } catch (error) {
    if (error instanceof ProblemError && error.status < 500)
      await recordFailure(options, first.userId, answer, error.code);
    throw error;
  }
}

/**
 * Codes can be guessed, so they are counted for the account; a device that is trusted is counted by itself (S7). A
 * passkey cannot be guessed: whoever hammers the account with codes never keeps its owner's passkey out.
 */
function subjectsOf({ userId, pending }: Pending, answer: SecondFactorAnswer): ThrottleSubject[] {
  const address = { budget: 'code:address', value: throttleAddress(answer.client.address) } as const;
  if (answer.proof.method === 'passkey') return [address];
  if (pending.trusted_device !== null) return [{ budget: 'code:device', value: pending.trusted_device }];
  return [{ budget: 'code:account', value: userId }, address];
}

/** The account, unless its password, role or status changed since the first factor. */
async function unchangedAccount(
  { accounts }: SignInOptions,
  userId: string,
  pending: PendingSignIn,
): Promise<Account> {
  const account = await accounts.findActiveUser(userId);
  if (!account || account.sessionVersion !== pending.version) throw ChallengeExpired.with();
  return account;
}

function toProven(account: Account, pending: PendingSignIn, answer: SecondFactorAnswer): ProvenSignIn {
  return {
    account,
    factors: pending.factors,
    complete: false,
    attempt: {
      delivery: answer.delivery ?? pending.delivery,
      deviceCookie: answer.deviceCookie,
      client: answer.client,
      rememberDevice: answer.rememberDevice ?? pending.remember_device,
      bindingId: answer.bindingId,
    },
  };
}

async function recordFailure(
  { audit, db }: SignInOptions,
  userId: string,
  { proof, client }: SecondFactorAnswer,
  code: string,
): Promise<void> {
  await audit.record(db, {
    action: 'sign_in',
    outcome: 'failure',
    subjectId: userId,
    factor: proof.method,
    code,
    personal: { address: client.address, userAgent: client.userAgent },
  });
}
