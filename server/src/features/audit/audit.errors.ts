import { defineError } from '../../platform/errors.ts';

export const InvalidAuditCursor = defineError(
  'audit.invalid_cursor',
  422,
  'Invalid cursor',
  'The cursor is not one that this list gave out.',
);
