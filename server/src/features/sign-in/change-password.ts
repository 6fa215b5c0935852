import { ValidationFailed } from '../../platform/errors.ts';
import type { Actor } from '../../platform/http/route.ts';
import { type AccountWithPassword, findPasswordProblem, hasSecondFactor } from '../accounts/index.ts';
import type { ClientFacts } from '../audit/index.ts';
import { demandsSecondFactor } from '../policies/index.ts';
import { refuseTooLong } from './password-sign-in.ts';
import { InvalidCredentials, WrongCurrentPassword } from './sign-in.errors.ts';
import { decideStanding } from './sign-in.policy.ts';
import type { SignInOptions } from './sign-in.types.ts';

export interface PasswordChange {
  current: string;
  next: string;
}

export interface ChangedPassword {
  accessToken: string;
  sessionId: string;
  idleExpiresAt: Date;
}

/** Changes the password of the actor: the others end, this session goes on with a new access token (S9). */
export async function changePassword(
  options: SignInOptions,
  actor: Actor,
  input: PasswordChange,
  client: ClientFacts,
): Promise<ChangedPassword> {
  const { accounts, sessions } = options;
  refuseTooLong(input.current, 'current_password');
  const account = await accounts.findAccount(actor.userId);
  if (!account) throw InvalidCredentials.with();
  await proveCurrent(options, actor, account, input.current, client);
  await refuseWeak(options, account, input.next);
  const hash = await accounts.hashNewPassword(input.next, { field: 'new_password', priority: 'known' });
  const { version, ended } = await storeChange(options, actor, account, { hash, client });
  sessions.announceEnded(ended);
  accounts.announceChanged(account.id);
  const renewed = await sessions.reissue(actor, version);
  return {
    accessToken: renewed.accessToken,
    sessionId: actor.sessionId,
    idleExpiresAt: renewed.session.idle_expires_at,
  };
}

function entryOf(actor: Actor, client: ClientFacts) {
  return {
    action: 'account.password_changed',
    actorId: actor.userId,
    subjectId: actor.userId,
    sessionId: actor.sessionId,
    factor: 'password',
    personal: { address: client.address, userAgent: client.userAgent },
  };
}

async function proveCurrent(
  { db, accounts, audit, throttle }: SignInOptions,
  actor: Actor,
  account: AccountWithPassword,
  current: string,
  client: ClientFacts,
): Promise<void> {
  const counted = await throttle.reserve([{ budget: 'password:change', value: account.id }]);
  if (!(await accounts.verifyPassword(account, current, 'known')).matches) {
    const code = WrongCurrentPassword.code;
    await audit.record(db, { ...entryOf(actor, client), outcome: 'failure', code });
    throw WrongCurrentPassword.with({
      errors: [{ field: 'current_password', detail: 'is not right', reason: 'not_right' }],
    });
  }
  await throttle.succeed(counted, ['password:change']);
}

/** S2: shorter is enough where a second factor is there, or is demanded before anything else can be done. */
async function refuseWeak(
  { policies }: SignInOptions,
  account: AccountWithPassword,
  next: string,
): Promise<void> {
  const policy = await policies.current();
  const isOnlyFactor = !hasSecondFactor(account.secondFactors) && !demandsSecondFactor(policy, account.role);
  const problem = findPasswordProblem(next, { ...account, isOnlyFactor }, 'new_password');
  if (problem) throw ValidationFailed.with({ errors: [problem] });
}

async function storeChange(
  options: SignInOptions,
  actor: Actor,
  account: AccountWithPassword,
  { hash, client }: { hash: string; client: ClientFacts },
): Promise<{ version: number; ended: string[] }> {
  const { db, accounts, sessions, audit, notices, policies } = options;
  const policy = await policies.current();
  return db.transaction().execute(async (trx) => {
    await accounts.lock(trx, account.id);
    const version = await accounts.storePassword(trx, account.id, hash);
    // What the password was in the way of may still be due.
    const { restriction } = decideStanding(policy, { ...account, mustChangePassword: false }, Date.now());
    const ended = await sessions.keepOnly(trx, actor, version, restriction);
    await audit.record(trx, {
      ...entryOf(actor, client),
      outcome: 'success',
      details: { ended_sessions: ended.length - 1 },
    });
    await notices.send(trx, account.id, {
      kind: 'password_changed',
      facts: { address: client.address, user_agent: client.userAgent },
    });
    return { version, ended };
  });
}
