import { defineError } from '../../platform/errors.ts';

export const ApiKeyMalformed = defineError(
  'auth.api_key_malformed',
  401,
  'Not an API key',
  'A character of this API key is wrong or missing: copy it again, whole.',
);
export const ApiKeyRevoked = defineError(
  'auth.api_key_revoked',
  401,
  'API key is not valid',
  'This API key was revoked or replaced, or its account is not active. Make a new one.',
);
export const ApiKeyExpired = defineError(
  'auth.api_key_expired',
  401,
  'API key has expired',
  'This API key has expired. Make a new one.',
);
export const ApiKeyNotFound = defineError(
  'api_keys.not_found',
  404,
  'API key not found',
  'There is no such API key among yours.',
);
export const TooManyApiKeys = defineError(
  'api_keys.too_many',
  409,
  'Too many API keys',
  'You have as many API keys as a person may have. Revoke one that is not used any more.',
);
