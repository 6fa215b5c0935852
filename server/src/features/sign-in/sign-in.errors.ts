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
export const RegistrationClosed = defineError(
  'auth.registration_closed',
  403,
  'Registration is closed',
  'New accounts are made by an administrator here.',
);
export const WrongCurrentPassword = defineError(
  'auth.wrong_password',
  403,
  'Current password is wrong',
  'The current password is not right.',
);
