import type { Actor } from '../../platform/http/route.ts';
import type { Account } from '../accounts/index.ts';
import type { ClientFacts } from '../audit/index.ts';
import { type ChangedPassword, changePassword, type PasswordChange } from './change-password.ts';
import { completeProven, openSession } from './complete-sign-in.ts';
import { type PasswordAttempt, signInByPassword } from './password-sign-in.ts';
import type {
  CompletedSignIn,
  ProvenAttempt,
  ProvenSignIn,
  SignInOptions,
  SignInResult,
} from './sign-in.types.ts';

export interface SignInService {
  /**
   * Signs in by password. Throws `auth.invalid_credentials`, `auth.throttled`, `auth.busy`, `validation_failed`, and
   * what `completeProven` throws.
   */
  signIn(attempt: PasswordAttempt): Promise<SignInResult>;

  /**
   * The one door behind every first factor: opens the session, or answers with the second factor that is due.
   * Throws `auth.account_pending`, `auth.account_blocked`, `auth.email_not_verified`, `auth.sign_in_blocked`,
   * `auth.invalid_credentials` when the account changed meanwhile.
   */
  completeProven(proven: ProvenSignIn): Promise<SignInResult>;

  /** Opens the session of an account that was made just now, by whoever made it (set-up). */
  complete(account: Account, factors: string[], attempt: ProvenAttempt): Promise<CompletedSignIn>;

  /**
   * Changes the password of the actor; the other sessions end, this one gets a new access token.
   * Throws `auth.wrong_password`, `auth.throttled`, `validation_failed`.
   */
  changePassword(actor: Actor, input: PasswordChange, client: ClientFacts): Promise<ChangedPassword>;
}

/** Proving who one is, and what leads there. */
export function createSignInService(options: SignInOptions): SignInService {
  return {
    signIn: (attempt) => signInByPassword(options, attempt),
    completeProven: (proven) => completeProven(options, proven),
    complete: async (account, factors, attempt) =>
      openSession(options, await options.policies.current(), {
        proven: { account, factors, attempt, complete: true },
        known: { device: undefined, counted: [] },
        verdict: { response: 'none', signals: [], country: undefined },
        secondFactor: undefined,
      }),
    changePassword: (actor, input, client) => changePassword(options, actor, input, client),
  };
}
