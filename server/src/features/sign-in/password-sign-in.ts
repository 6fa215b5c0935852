import { ProblemError, ValidationFailed } from '../../platform/errors.ts';
import {
  type AccountWithPassword,
  canonicalEmail,
  hasSecondFactor,
  isLongEnoughAlone,
  isPasswordTooLong,
  maxPasswordBytes,
} from '../accounts/index.ts';
import type { ClientFacts } from '../audit/index.ts';
import { deviceTokenHashes, type KnownDevice } from '../devices/index.ts';
import { demandsSecondFactor } from '../policies/index.ts';
import type { AttemptPlace } from './attempt-admission.ts';
import { passDoor } from './complete-sign-in.ts';
import { EmailNotVerified, InvalidCredentials, Throttled } from './sign-in.errors.ts';
import { type AttemptSubject, type BegunAttempt, beginAttempt } from './sign-in.queries.ts';
import type { ProvenAttempt, SignInOptions, SignInResult } from './sign-in.types.ts';
import { refuseWhenBlocked, type ThrottleSubject, throttleAddress } from './throttle.ts';

export interface PasswordAttempt extends ProvenAttempt {
  email: string;
  password: string;
}

/** Signs in by password. Known and unknown accounts take the same path and the same work (S5). */
export async function signInByPassword(
  options: SignInOptions,
  attempt: PasswordAttempt,
): Promise<SignInResult> {
  refuseTooLong(attempt.password, 'password');
  const tokenHashes = deviceTokenHashes(attempt.deviceCookie);
  const address = throttleAddress(attempt.client.address);
  return options.admission.admit({ address, bringsDeviceToken: tokenHashes.length > 0 }, (place) =>
    attemptAt(options, place, attempt, tokenHashes),
  );
}

async function attemptAt(
  options: SignInOptions,
  place: AttemptPlace,
  attempt: PasswordAttempt,
  tokenHashes: Buffer[],
): Promise<SignInResult> {
  const canonical = canonicalEmail(attempt.email);
  const begun = await place.begin(() =>
    beginAttempt(options.db, {
      canonicalEmail: canonical,
      deviceTokenHashes: tokenHashes,
      subjects: subjectsOf(options, canonical ?? attempt.email.slice(0, 320), tokenHashes, attempt.client),
    }),
  );
  place.settle(begun.device);
  try {
    return await continueBegun(options, place, attempt, { ...begun, canonical });
  } catch (error) {
    if (error instanceof ProblemError && error.status < 500) {
      const failed = { ...begun, canonical, code: error.code };
      await place.finish(() => recordFailure(options, attempt, failed));
    }
    throw error;
  }
}

async function continueBegun(
  options: SignInOptions,
  place: AttemptPlace,
  attempt: PasswordAttempt,
  { account, device, waitSeconds, counted, canonical }: BegunAttempt & { canonical: string | undefined },
): Promise<SignInResult> {
  const { accounts } = options;
  refuseWhenBlocked(waitSeconds);
  // Trusted devices go first: a flood of unknown ones must not keep them waiting (S7).
  const priority = device?.trusted ? 'known' : 'unknown';
  const proof = await accounts.verifyPassword(account, attempt.password, priority);
  if (!account || !proof.matches) {
    // Also where the address has an account: who registered it again learns no more than anybody else (S5).
    const isPending =
      canonical !== undefined &&
      (await place.finish(() => options.registrations.proves(canonical, attempt.password)));
    throw (isPending ? EmailNotVerified : InvalidCredentials).with();
  }
  const outgrown = await isOutgrown(options, account, attempt.password);
  // Asked for before the session is opened: a crash in between must not leave an unrestricted one behind.
  if (outgrown) await accounts.demandPasswordChange(account);
  const proven = {
    account: outgrown ? { ...account, mustChangePassword: true } : account,
    factors: ['password'],
    attempt,
    complete: false,
  };
  const result = await passDoor(options, proven, { device, counted });
  if (proof.rehash) await accounts.upgradeHash(account, attempt.password);
  return result;
}

/**
 * S2: a short password was good beside a second factor, or came with an imported account, and now stands alone. Nobody
 * can tell that from its hash; the sign-in is the moment to notice.
 */
async function isOutgrown(
  { policies }: SignInOptions,
  account: AccountWithPassword,
  password: string,
): Promise<boolean> {
  if (account.mustChangePassword || isLongEnoughAlone(password) || hasSecondFactor(account.secondFactors))
    return false;
  return !demandsSecondFactor(await policies.current(), account.role);
}

/**
 * A trusted device is counted by itself, so that somebody who hammers the account from elsewhere does not lock its
 * owner out (S7); all other devices share the account's budget.
 */
function subjectsOf(
  { throttle }: SignInOptions,
  email: string,
  tokenHashes: Buffer[],
  client: ClientFacts,
): AttemptSubject[] {
  const untrusted: ThrottleSubject[] = [
    { budget: 'password:account', value: email },
    { budget: 'password:address', value: throttleAddress(client.address) },
  ];
  return [
    ...untrusted.map((subject) => ({ ...throttle.toCounted(subject), deviceHash: null })),
    ...tokenHashes.map((hash) => ({
      ...throttle.toCounted({ budget: 'password:device', value: hash.toString('base64url') }),
      deviceHash: hash,
    })),
  ];
}

/** Before anything is computed with it (S3). */
export function refuseTooLong(password: string, field: string): void {
  if (isPasswordTooLong(password))
    throw ValidationFailed.with({
      errors: [
        {
          field,
          detail: `is longer than ${maxPasswordBytes} bytes`,
          reason: 'too_many_bytes',
          params: { limit_bytes: maxPasswordBytes },
        },
      ],
    });
}

interface FailedAttempt {
  canonical: string | undefined;
  account: AccountWithPassword | undefined;
  device: KnownDevice | undefined;
  code: string;
}

async function recordFailure(
  options: SignInOptions,
  attempt: PasswordAttempt,
  failed: FailedAttempt,
): Promise<void> {
  const { address, userAgent } = attempt.client;
  await options.audit.record(options.db, {
    action: 'sign_in',
    outcome: 'failure',
    subjectId: failed.account?.id,
    deviceId: failed.device?.id,
    factor: 'password',
    code: failed.code,
    details: { throttled: failed.code === Throttled.code },
    // What is no e-mail address may be a password typed into the wrong field.
    personal: { ...(failed.canonical === undefined ? {} : { email: failed.canonical }), address, userAgent },
  });
}
