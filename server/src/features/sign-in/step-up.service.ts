import { ProblemError } from '../../platform/errors.ts';
import type { Actor } from '../../platform/http/route.ts';
import { type AccountWithPassword, hasSecondFactor } from '../accounts/index.ts';
import type { ClientFacts } from '../audit/index.ts';
import { type RenewedSession, SessionExpired, stepUpSeconds } from '../sessions/index.ts';
import type { SecondFactorMethod, SecondFactorProof, SecondFactorVerifier } from './second-factors.ts';
import { ChallengeExpired, MethodNotOffered, WrongCurrentPassword } from './sign-in.errors.ts';
import type { SignInOptions } from './sign-in.types.ts';

export type StepUpMethod = 'password' | SecondFactorMethod;

/** Whether somebody can confirm who they are by signing in at a provider again, which leaves the page. */
export type ProviderConfirmation = (userId: string) => Promise<boolean>;

export interface StepUpProof extends Omit<SecondFactorProof, 'method'> {
  method: StepUpMethod;
  password?: string | undefined;
  /** Of `prepare`, for passkeys. */
  challengeId?: string | undefined;
}

/** Where the proof comes from. */
export interface StepUpCaller {
  client: ClientFacts;
  /** `request.host`; see `SecondFactorContext`. */
  host: string;
}

const purpose = 'step_up';
const challengeSeconds = 300;

export interface StepUpService {
  /** How this person proves themselves once more, and until when that is not needed. */
  describe(actor: Actor): Promise<{ methods: (StepUpMethod | 'oauth')[]; until: Date | undefined }>;
  /** Wired by compose; the proof itself is the feature's of the providers. */
  useProviders(canConfirm: ProviderConfirmation): void;
  /** Begins a passkey proof. Throws `auth.method_not_offered`. */
  prepare(actor: Actor, caller: StepUpCaller): Promise<{ challengeId: string; options: unknown }>;
  /**
   * Opens sensitive routes for five minutes; the session goes on under a new id (S20). Throws `auth.wrong_password`,
   * `auth.invalid_code`, `auth.throttled`, `auth.method_not_offered`, `auth.challenge_expired`.
   */
  prove(actor: Actor, proof: StepUpProof, caller: StepUpCaller): Promise<RenewedSession>;
}

/** Proving once more, within a session, who one is (S9). */
export function createStepUpService(options: SignInOptions): StepUpService {
  const { db, challenges, sessions } = options;
  let atProvider: ProviderConfirmation | undefined;
  return {
    useProviders(canConfirm) {
      atProvider = canConfirm;
    },
    async describe(actor) {
      const [account, session] = await Promise.all([getAccount(options, actor), sessions.find(actor)]);
      const steppedUpAt = session?.stepped_up_at?.getTime() ?? 0;
      const until = steppedUpAt + stepUpSeconds * 1000;
      // One factor, as the password is: no way around a second one.
      const elsewhere = !hasSecondFactor(account.secondFactors) && (await atProvider?.(account.id)) === true;
      const methods = methodsOf(options, account);
      return {
        methods: elsewhere ? [...methods, 'oauth'] : methods,
        until: until > Date.now() ? new Date(until) : undefined,
      };
    },
    async prepare(actor, caller) {
      const account = await getAccount(options, actor);
      const verifier = offeredVerifier(options, account, 'passkey');
      if (!verifier?.prepare) throw MethodNotOffered.with();
      const { answer, keep } = await verifier.prepare(account.id, { ...caller, challengeData: {} });
      const { token } = await challenges.begin(db, {
        purpose,
        userId: account.id,
        bindingId: actor.sessionId,
        data: keep,
        lifetimeSeconds: challengeSeconds,
      });
      return { challengeId: token, options: answer };
    },
    async prove(actor, proof, caller) {
      const { client } = caller;
      const account = await getAccount(options, actor);
      try {
        if (!methodsOf(options, account).includes(proof.method)) throw MethodNotOffered.with();
        if (proof.method === 'password') await provePassword(options, account, proof.password);
        else await proveFactor(options, actor, { ...proof, method: proof.method }, caller);
      } catch (error) {
        if (error instanceof ProblemError && error.status < 500)
          await recordFailure(options, actor, { method: proof.method, code: error.code, client });
        throw error;
      }
      return sessions.renew(actor, proof.method, client);
    },
  };
}

async function getAccount({ accounts }: SignInOptions, actor: Actor): Promise<AccountWithPassword> {
  const account = await accounts.findAccount(actor.userId);
  if (!account) throw SessionExpired.with();
  return account;
}

/** Whoever has a second factor shows it: a password that was stolen must not open what is sensitive. */
function methodsOf({ secondFactors }: SignInOptions, account: AccountWithPassword): StepUpMethod[] {
  if (hasSecondFactor(account.secondFactors)) return secondFactors.usable(account.secondFactors);
  return account.hasPassword ? ['password'] : [];
}

function offeredVerifier(
  options: SignInOptions,
  account: AccountWithPassword,
  method: SecondFactorMethod,
): SecondFactorVerifier | undefined {
  return methodsOf(options, account).includes(method) ? options.secondFactors.find(method) : undefined;
}

async function provePassword(
  { accounts, throttle }: SignInOptions,
  account: AccountWithPassword,
  password: string | undefined,
): Promise<void> {
  const counted = await throttle.reserve([{ budget: 'password:change', value: account.id }]);
  const { matches } = await accounts.verifyPassword(account, password ?? '', 'known');
  if (!matches)
    throw WrongCurrentPassword.with({
      detail: 'The password is not right.',
      reason: 'password',
      errors: [{ field: 'password', detail: 'is not right', reason: 'not_right' }],
    });
  await throttle.succeed(counted, ['password:change']);
}

async function proveFactor(
  options: SignInOptions,
  actor: Actor,
  proof: SecondFactorProof & Pick<StepUpProof, 'challengeId'>,
  caller: StepUpCaller,
): Promise<void> {
  const { secondFactors, throttle } = options;
  const verifier = secondFactors.find(proof.method);
  if (!verifier) throw MethodNotOffered.with();
  const challengeData = verifier.prepare ? await consumePrepared(options, actor, proof.challengeId) : {};
  // Counted for the session: who guesses at the account from elsewhere does not slow its owner here (S7).
  const counted = await throttle.reserve([{ budget: 'code:session', value: actor.sessionId }]);
  await verifier.verify(actor.userId, proof, { ...caller, challengeData });
  await throttle.succeed(counted, ['code:session']);
}

/** A challenge is gone with the first answer to it, right or wrong (S15). */
async function consumePrepared(
  { db, challenges }: SignInOptions,
  actor: Actor,
  challengeId: string | undefined,
): Promise<Record<string, unknown>> {
  const key = { token: challengeId ?? '', purpose, bindingId: actor.sessionId };
  const challenge = await challenges.consume(db, key);
  if (challenge?.userId !== actor.userId) throw ChallengeExpired.with();
  return challenge.data;
}

async function recordFailure(
  { audit, db }: SignInOptions,
  actor: Actor,
  failed: { method: StepUpMethod; code: string; client: ClientFacts },
): Promise<void> {
  await audit.record(db, {
    action: 'step_up',
    outcome: 'failure',
    actorId: actor.userId,
    subjectId: actor.userId,
    sessionId: actor.sessionId,
    factor: failed.method,
    code: failed.code,
    personal: { address: failed.client.address, userAgent: failed.client.userAgent },
  });
}
