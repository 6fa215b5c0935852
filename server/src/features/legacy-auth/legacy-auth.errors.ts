import { defineError } from '../../platform/errors.ts';

export const SecondFactorNotSupported = defineError(
  'auth.second_factor_unsupported',
  403,
  'Second factor is due',
  'The password is right, but this account needs a second factor, which this old way of signing in cannot ask for. Use an API key, or POST /api/v1/auth/jwt/login.',
);
