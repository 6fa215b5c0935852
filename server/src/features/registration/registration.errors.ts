import { defineError } from '../../platform/errors.ts';

export const RegistrationClosed = defineError(
  'auth.registration_closed',
  403,
  'Registration is closed',
  'New accounts are made by an administrator here.',
);
