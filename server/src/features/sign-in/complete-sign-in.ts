import { ProblemError } from '../../platform/errors.ts';
import { countryName } from '../../platform/geo/geo.ts';
import { type Account, hasSecondFactor } from '../accounts/index.ts';
import { deviceTokenHashes, findKnownDevice, registerDevice } from '../devices/index.ts';
import type { SecurityPolicy } from '../policies/index.ts';
import { labelOfUserAgent } from '../sessions/index.ts';
import type { RiskOutcome, RiskVerdict } from './risk.ts';
import { demandSecondFactor } from './second-factor-demand.ts';
import type { SecondFactorMethod } from './second-factors.ts';
import {
  AccountBlocked,
  AccountPending,
  EmailNotVerified,
  InvalidCredentials,
  SignInBlocked,
} from './sign-in.errors.ts';
import { decideStanding, lacksVerifiedEmail, sparesSecondFactor } from './sign-in.policy.ts';
import type {
  CompletedSignIn,
  KnownOfAttempt,
  ProvenSignIn,
  SignInOptions,
  SignInResult,
} from './sign-in.types.ts';
import { type Budget, sortTakenBack } from './throttle.ts';

/** Success starts these afresh; the counters of addresses get one attempt back only. */
const forgivenBudgets: Budget[] = ['password:account', 'password:device', 'code:account', 'code:device'];

/** The one door behind every first factor (S33): whoever proved one comes through here, or not at all. */
export async function completeProven(options: SignInOptions, proven: ProvenSignIn): Promise<SignInResult> {
  const { account, attempt } = proven;
  const hashes = deviceTokenHashes(attempt.deviceCookie);
  const device = hashes.length > 0 ? await findKnownDevice(options.db, account.id, hashes) : undefined;
  try {
    return await passDoor(options, proven, { device, counted: [] });
  } catch (error) {
    await recordRefusal(options, proven, device, error);
    throw error;
  }
}

/**
 * Status, anomalies, second factor, restrictions, then the session. Throws `auth.account_pending`,
 * `auth.account_blocked`, `auth.email_not_verified`, `auth.sign_in_blocked`, `auth.invalid_credentials`.
 */
export async function passDoor(
  options: SignInOptions,
  proven: ProvenSignIn,
  known: KnownOfAttempt,
): Promise<SignInResult> {
  const { account, factors, attempt } = proven;
  const policy = await options.policies.current();
  refuseInactive(account, policy);
  const verdict = await options.risk.assess({
    account,
    device: known.device,
    client: attempt.client,
    factors,
  });
  if (verdict.response === 'block') await refuseUnusual(options, proven, known, verdict);
  const methods = demandedMethods(options, policy, { proven, known, verdict });
  if (methods.length > 0) {
    if (known.counted.length > 0) await options.throttle.succeed(known.counted, forgivenBudgets);
    const spared = sparesSecondFactor(policy, known.device) ? known.device : undefined;
    // Whoever is asked may never answer: that somebody knows the password must be known all the same.
    if (verdict.response === 'step_up')
      await recordSignals(options, { proven, verdict, outcome: 'challenged', deviceId: known.device?.id });
    return demandSecondFactor(options, proven, { methods, verdict, trustedDevice: spared });
  }
  return openSession(options, policy, { proven, known, verdict, secondFactor: undefined });
}

function refuseInactive(account: Account, policy: SecurityPolicy): void {
  if (account.status === 'pending') throw AccountPending.with();
  if (account.status !== 'active') throw AccountBlocked.with();
  if (lacksVerifiedEmail(policy, account)) throw EmailNotVerified.with();
}

interface Judged {
  proven: ProvenSignIn;
  known: KnownOfAttempt;
  verdict: RiskVerdict;
}

/** Methods of which one must be shown now; none where the sign-in may go on. */
function demandedMethods(
  options: SignInOptions,
  policy: SecurityPolicy,
  { proven, known, verdict }: Judged,
): SecondFactorMethod[] {
  if (proven.complete) return [];
  const unusual = verdict.response === 'step_up';
  const own = proven.account.secondFactors;
  if (!hasSecondFactor(own))
    return unusual && options.notices.reachesPeople() ? options.secondFactors.usable(['email_code']) : [];
  if (sparesSecondFactor(policy, known.device) && !unusual) return [];
  const usable = options.secondFactors.usable(own);
  if (usable.length === 0) throw new Error(`None of the second factors ${own.join(', ')} can be verified.`);
  return usable;
}

async function refuseUnusual(
  options: SignInOptions,
  { account, attempt }: ProvenSignIn,
  known: KnownOfAttempt,
  verdict: RiskVerdict,
): Promise<never> {
  const { client } = attempt;
  const announce = await options.db.transaction().execute(async (trx) => {
    const afterwards = await options.risk.recordOutcome(trx, {
      account,
      client,
      verdict,
      outcome: 'blocked',
      steppedUp: false,
      sessionId: undefined,
      deviceId: known.device?.id,
    });
    await options.notices.send(trx, account.id, {
      kind: 'sign_in_blocked',
      facts: {
        device: labelOfUserAgent(client.userAgent),
        address: client.address,
        ...(verdict.country === undefined ? {} : { place: countryName(verdict.country) }),
      },
    });
    return afterwards;
  });
  announce?.();
  throw SignInBlocked.with();
}

/** A sign-in that nothing stands in the way of any more. */
export interface Admitted extends Judged {
  /** The second factor that was shown in this sign-in. */
  secondFactor: SecondFactorMethod | undefined;
}

/** Opens the session with all that belongs to it, in one statement. */
export async function openSession(
  options: SignInOptions,
  policy: SecurityPolicy,
  admitted: Admitted,
): Promise<CompletedSignIn> {
  const { db, sessions } = options;
  const { proven, known, verdict, secondFactor } = admitted;
  const { account, attempt } = proven;
  const standing = decideStanding(policy, account, Date.now());
  const device = attempt.delivery === 'cookie' ? registerDevice(attempt.deviceCookie) : undefined;
  const opened = await sessions.open(db, {
    account,
    delivery: attempt.delivery,
    factors: secondFactor === undefined ? proven.factors : [...proven.factors, secondFactor],
    client: attempt.client,
    maxSessions: policy.max_sessions_per_user,
    restriction: standing.restriction,
    steppedUp: proven.complete || secondFactor !== undefined || !hasSecondFactor(account.secondFactors),
    country: verdict.country,
    companions: {
      device: device && { ...device, trust: earnedTrust(policy, admitted) },
      counters: sortTakenBack(known.counted, forgivenBudgets),
      due: standing.dueChanges ? { at: standing.dueAt } : undefined,
    },
  });
  // What was true when the first factor was read may have changed while it was verified.
  if (!opened) throw InvalidCredentials.with();
  sessions.announceEnded(opened.evicted);
  await recordSignals(options, {
    proven,
    verdict,
    outcome: 'signed_in',
    steppedUp: secondFactor !== undefined,
    sessionId: opened.tokens.sessionId,
    deviceId: opened.deviceId,
  });
  return {
    account,
    tokens: opened.tokens,
    deviceCookie: device?.cookieValue(opened.deviceId),
    restriction: standing.restriction,
    secondFactorDueAt: standing.dueAt,
  };
}

/** Trust is asked for by the person and earned by a second factor (S23). */
function earnedTrust(policy: SecurityPolicy, { proven, secondFactor }: Admitted) {
  const days = policy.remember_device_days;
  if (proven.attempt.rememberDevice !== true || days === 0) return undefined;
  if (proven.complete) return { level: 'verified', days } as const;
  // A code by mail shows who reads the mail, which whoever knows the password may do too.
  return secondFactor === undefined || secondFactor === 'email_code'
    ? undefined
    : ({ level: 'trusted', days } as const);
}

interface NotedSignals extends Pick<RiskOutcome, 'outcome' | 'deviceId' | 'verdict'> {
  proven: ProvenSignIn;
  steppedUp?: boolean;
  sessionId?: string;
}

/** An alert that cannot be stored must not keep a person out. */
async function recordSignals({ db, risk, log }: SignInOptions, noted: NotedSignals): Promise<void> {
  if (noted.verdict.signals.length === 0) return;
  const { proven, steppedUp = false, sessionId, ...outcome } = noted;
  const { account, attempt } = proven;
  try {
    const announce = await db
      .transaction()
      .execute((trx) =>
        risk.recordOutcome(trx, { ...outcome, account, client: attempt.client, steppedUp, sessionId }),
      );
    announce?.();
  } catch (error) {
    log.error({ err: error, user_id: account.id }, 'signals of an unusual sign-in could not be recorded');
  }
}

/** Records that somebody whose first factor was right was refused. */
export async function recordRefusal(
  options: SignInOptions,
  proven: ProvenSignIn,
  device: KnownOfAttempt['device'],
  error: unknown,
): Promise<void> {
  if (!(error instanceof ProblemError) || error.status >= 500) return;
  const { account, attempt, factors } = proven;
  await options.audit.record(options.db, {
    action: 'sign_in',
    outcome: 'failure',
    subjectId: account.id,
    deviceId: device?.id,
    factor: factors.join('+'),
    code: error.code,
    personal: { email: account.email, address: attempt.client.address, userAgent: attempt.client.userAgent },
  });
}
