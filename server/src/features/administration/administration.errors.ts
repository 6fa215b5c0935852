import { defineError } from '../../platform/errors.ts';

export const InvalidPeopleCursor = defineError(
  'administration.invalid_cursor',
  422,
  'Invalid cursor',
  'The cursor is not one that this list gave out.',
);
export const CreationKeyReused = defineError(
  'administration.idempotency_key_reused',
  422,
  'Idempotency key used before',
  'This Idempotency-Key was sent before with another request. Use a new key for a new request.',
);
export const SessionUnknown = defineError(
  'administration.session_not_found',
  404,
  'Session not found',
  'There is no such live session.',
);
