import { sql } from 'kysely';
import type { Database } from '../../platform/database/database.ts';
import { ProblemError, ValidationFailed } from '../../platform/errors.ts';
import type { Actor } from '../../platform/http/route.ts';
import {
  type Account,
  type AccountsService,
  type AccountWithPassword,
  canonicalEmail,
  findPasswordProblem,
  isPasswordTooLong,
  maxPasswordBytes,
  type NewAccount,
} from '../accounts/index.ts';
import type { AuditTrail, ClientFacts } from '../audit/index.ts';
import { deviceTokenHashes, type KnownDevice, registerDevice } from '../devices/index.ts';
import type { SessionsService, SessionTokens } from '../sessions/index.ts';
import {
  AccountBlocked,
  AccountPending,
  InvalidCredentials,
  RegistrationClosed,
  Throttled,
  WrongCurrentPassword,
} from './sign-in.errors.ts';
import { attemptDevice, beginAttempt } from './sign-in.queries.ts';
import {
  type Budget,
  type ConditionalSubject,
  refuseWhenBlocked,
  type Throttle,
  type ThrottleSubject,
  throttleAddress,
} from './throttle.ts';

export type RegistrationPolicy = 'open' | 'invitation' | 'approval' | 'closed';

export interface SignInAttempt {
  email: string;
  password: string;
  delivery: 'cookie' | 'body';
  deviceCookie: string | undefined;
  client: ClientFacts;
}

export interface CompletedSignIn {
  account: Account;
  tokens: SessionTokens;
  /** What the device cookie must hold; nothing for programs. */
  deviceCookie: string | undefined;
}

export interface SignInOptions {
  db: Database;
  accounts: AccountsService;
  sessions: SessionsService;
  audit: AuditTrail;
  throttle: Throttle;
  registration: RegistrationPolicy;
}

export type SignInService = ReturnType<typeof createSignInService>;

/** Proving who one is by password, and what leads there. */
export function createSignInService(options: SignInOptions) {
  return {
    /**
     * Signs in by password. Known and unknown accounts take the same path and the same work (S5).
     * Throws `auth.invalid_credentials`, `auth.throttled`, `auth.account_pending`, `auth.account_blocked`,
     * `validation_failed`, `auth.busy`.
     */
    signIn: (attempt: SignInAttempt): Promise<CompletedSignIn> => signIn(options, attempt),

    /** Opens a session for a person who has just proved themselves in another way (set-up). */
    complete: (account: Account, factors: string[], attempt: SignInAttempt): Promise<CompletedSignIn> =>
      completeSignIn(options, account, factors, attempt, []),

    /**
     * Registers by the policy in force. Answers the same whether the address was free or not (S5).
     * Throws `auth.registration_closed`, `auth.throttled`, `validation_failed`.
     */
    async register(
      input: NewAccount,
      client: ClientFacts,
    ): Promise<{ account: Account; next: 'sign_in' | 'await_approval' }> {
      const { registration, accounts, throttle } = options;
      if (registration === 'closed') throw RegistrationClosed.with();
      if (registration === 'invitation')
        throw RegistrationClosed.with({ detail: 'Registration needs an invitation from an administrator.' });
      const checked = accounts.checkNewAccount(input);
      await throttle.reserve([{ budget: 'register:address', value: throttleAddress(client.address) }]);
      const status = registration === 'approval' ? 'pending' : 'active';
      const stored = await accounts.register(input, status, client);
      const shown: Account = stored ?? {
        ...checked,
        role: 'user',
        status,
        sessionVersion: 1,
        emailVerified: false,
        createdAt: new Date(),
      };
      return { account: shown, next: registration === 'approval' ? 'await_approval' : 'sign_in' };
    },

    /**
     * Changes the password of the actor; the other sessions end, this one gets a new access token.
     * Throws `auth.wrong_password`, `auth.throttled`, `validation_failed`.
     */
    changePassword: (actor: Actor, input: { current: string; next: string }, client: ClientFacts) =>
      changePassword(options, actor, input, client),
  };
}

const forgivenBudgets: Budget[] = ['password:account', 'password:device'];

async function signIn(options: SignInOptions, attempt: SignInAttempt): Promise<CompletedSignIn> {
  const { accounts } = options;
  refuseTooLong(attempt.password, 'password');
  const canonical = canonicalEmail(attempt.email);
  const tokenHashes = deviceTokenHashes(attempt.deviceCookie);
  const begun = await beginAttempt(options.db, {
    canonicalEmail: canonical,
    deviceTokenHashes: tokenHashes,
    reservation: options.throttle.reservation(
      subjectsOf(canonical ?? attempt.email.slice(0, 320), tokenHashes, attempt.client),
    ),
  });
  const { account } = begun;
  try {
    refuseWhenBlocked(begun.waitSeconds);
    const proof = await accounts.verifyPassword(account, attempt.password);
    if (!account || !proof.matches) throw InvalidCredentials.with();
    refuseInactive(account);
    const completed = await completeSignIn(options, account, ['password'], attempt, begun.counted);
    if (proof.rehash) await accounts.upgradeHash(account, attempt.password);
    return completed;
  } catch (error) {
    if (error instanceof ProblemError && error.status < 500)
      await recordFailure(options, attempt, { canonical, account, device: begun.device, code: error.code });
    throw error;
  }
}

/**
 * A trusted device is counted by itself, so that somebody who hammers the account from elsewhere does not lock its
 * owner out (S7); all other devices share the account's budget.
 */
function subjectsOf(email: string, tokenHashes: Buffer[], client: ClientFacts): ConditionalSubject[] {
  const untrusted = sql`not exists (select from ${attemptDevice} where trusted)`;
  const own = tokenHashes.map((hash) => ({
    budget: 'password:device' as const,
    value: hash.toString('base64url'),
    when: sql`exists (select from ${attemptDevice} where token_hash = ${hash}::bytea)`,
  }));
  return [
    { budget: 'password:account', value: email, when: untrusted },
    { budget: 'password:address', value: throttleAddress(client.address), when: untrusted },
    ...own,
  ];
}

function refuseTooLong(password: string, field: string): void {
  if (isPasswordTooLong(password))
    throw ValidationFailed.with({ errors: [{ field, detail: `is longer than ${maxPasswordBytes} bytes` }] });
}

/** Only after the right password: nobody else learns that the account exists. */
function refuseInactive(account: Account): void {
  if (account.status === 'pending') throw AccountPending.with();
  if (account.status !== 'active') throw AccountBlocked.with();
}

async function completeSignIn(
  options: SignInOptions,
  account: Account,
  factors: string[],
  attempt: SignInAttempt,
  counted: string[],
): Promise<CompletedSignIn> {
  const { db, sessions, throttle } = options;
  const { delivery, client } = attempt;
  const room = sql.ref('room');
  const device =
    delivery === 'cookie' ? registerDevice(account.id, attempt.deviceCookie, client, room) : undefined;
  const opened = await sessions.open(db, {
    account,
    delivery,
    factors,
    client,
    companions: {
      expressions: [
        ...(device ? [device.expressions] : []),
        ...(counted.length > 0 ? [throttle.success(counted, forgivenBudgets, room)] : []),
      ],
      deviceId: device?.deviceId ?? sql`null::uuid`,
    },
  });
  // What was true when the password was read may have changed while it was hashed.
  if (!opened) throw InvalidCredentials.with();
  sessions.announceEnded(opened.evicted);
  return { account, tokens: opened.tokens, deviceCookie: device?.cookieValue(opened.deviceId) };
}

interface FailedAttempt {
  canonical: string | undefined;
  account: AccountWithPassword | undefined;
  device: KnownDevice | undefined;
  code: string;
}

async function recordFailure(
  options: SignInOptions,
  attempt: SignInAttempt,
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

async function changePassword(
  options: SignInOptions,
  actor: Actor,
  input: { current: string; next: string },
  client: ClientFacts,
): Promise<{ accessToken: string; sessionId: string; idleExpiresAt: Date }> {
  const { db, accounts, sessions, audit, throttle } = options;
  refuseTooLong(input.current, 'current_password');
  const account = await accounts.findAccount(actor.userId);
  if (!account) throw InvalidCredentials.with();
  const subjects: ThrottleSubject[] = [{ budget: 'password:change', value: account.id }];
  const entry = {
    action: 'account.password_changed',
    actorId: account.id,
    subjectId: account.id,
    sessionId: actor.sessionId,
    factor: 'password',
    personal: { address: client.address, userAgent: client.userAgent },
  };
  const counted = await throttle.reserve(subjects);
  if (!(await accounts.verifyPassword(account, input.current)).matches) {
    await audit.record(db, { ...entry, outcome: 'failure', code: WrongCurrentPassword.code });
    throw WrongCurrentPassword.with({ errors: [{ field: 'current_password', detail: 'is not right' }] });
  }
  await throttle.succeed(counted, ['password:change']);
  const problem = findPasswordProblem(input.next, account, 'new_password');
  if (problem) throw ValidationFailed.with({ errors: [problem] });
  const hash = await accounts.hashPassword(input.next);
  const { version, ended } = await db.transaction().execute(async (trx) => {
    await accounts.lock(trx, account.id);
    const next = await accounts.storePassword(trx, account.id, hash);
    const kept = await sessions.keepOnly(trx, actor, next);
    await audit.record(trx, { ...entry, outcome: 'success', details: { ended_sessions: kept.length - 1 } });
    return { version: next, ended: kept };
  });
  sessions.announceEnded(ended);
  accounts.announceChanged(account.id);
  const renewed = await sessions.reissue(actor, version);
  return {
    accessToken: renewed.accessToken,
    sessionId: actor.sessionId,
    idleExpiresAt: renewed.session.idle_expires_at,
  };
}
