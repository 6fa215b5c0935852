import type { SignIn } from '@aiwfe/api-client';

export type SecondFactorMethod = 'totp' | 'passkey' | 'backup_code' | 'email_code';

/** What a person with a second factor gets instead of a session. */
export interface SecondFactorDemand {
  challenge_id: string;
  methods: SecondFactorMethod[];
  expires_at: string;
}

/** A sign-in that may do one thing only, until that is done. */
export type Restriction = 'enrol_second_factor' | 'change_password';

export type SignInAnswer = (SignIn & { restriction?: Restriction }) | { two_factor: SecondFactorDemand };

const order: SecondFactorMethod[] = ['passkey', 'totp', 'email_code', 'backup_code'];

/** The methods of a demand, the easiest first. */
export function sortMethods(methods: readonly SecondFactorMethod[]): SecondFactorMethod[] {
  return order.filter((method) => methods.includes(method));
}

/** The page after a sign-in: where the person wanted to go, or first what their account needs. */
export function pageAfterSignIn(answer: { restriction?: Restriction }, next: string): string {
  return answer.restriction === undefined ? next : `/finish-sign-in?next=${encodeURIComponent(next)}`;
}
