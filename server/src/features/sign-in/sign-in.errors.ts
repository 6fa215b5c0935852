import { defineError } from '../../platform/errors.ts';

export const InvalidCredentials = defineError(
  'auth.invalid_credentials',
  401,
  'Sign-in failed',
  'The e-mail address or the password is not right.',
);
export const Throttled = defineError(
  'auth.throttled',
  429,
  'Too many attempts',
  'There were too many attempts. Wait a little and try again.',
);
export const AccountPending = defineError(
  'auth.account_pending',
  403,
  'Account waits for approval',
  'An administrator has to approve this account before you can sign in.',
);
export const AccountBlocked = defineError(
  'auth.account_blocked',
  403,
  'Account is not active',
  'This account is suspended or deactivated. Ask an administrator.',
);
export const EmailNotVerified = defineError(
  'auth.email_not_verified',
  403,
  'E-mail address not confirmed',
  'Confirm your e-mail address first: open the link in the mail that was sent to you, or ask for a new one.',
);
export const SignInBlocked = defineError(
  'auth.sign_in_blocked',
  403,
  'Sign-in refused',
  'This sign-in looks so unusual that it was refused. Try from a device or a place you have used before, or ask an administrator.',
);
export const InvalidCode = defineError(
  'auth.invalid_code',
  401,
  'Code is not right',
  'The code is not right, or it was used already.',
);
export const ChallengeExpired = defineError(
  'auth.challenge_expired',
  401,
  'Sign-in took too long',
  'This step of the sign-in has expired or was used already. Sign in again.',
);
export const MethodNotOffered = defineError(
  'auth.method_not_offered',
  422,
  'Method not offered',
  'This way of proving who you are is not offered here. Choose one of those that are.',
);
export const WrongCurrentPassword = defineError(
  'auth.wrong_password',
  403,
  'Current password is wrong',
  'The current password is not right.',
);
