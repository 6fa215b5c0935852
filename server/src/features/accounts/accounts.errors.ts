import { defineError } from '../../platform/errors.ts';

export const AccountNotFound = defineError(
  'accounts.not_found',
  404,
  'Account not found',
  'There is no such account.',
);
export const EmailTaken = defineError(
  'accounts.email_taken',
  409,
  'E-mail address in use',
  'There is an account with this e-mail address already.',
);
export const RankTooLow = defineError('auth.forbidden', 403, 'Not allowed', 'Your role does not allow this.');
export const SuperuserExists = defineError(
  'setup.already_done',
  409,
  'Set-up is done',
  'The first account exists already. Sign in instead.',
);
export const PasswordWorkOverloaded = defineError(
  'auth.busy',
  503,
  'Sign-in is busy',
  'Too many people are signing in at this moment. Try again in a few seconds.',
);
