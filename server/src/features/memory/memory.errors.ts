import { defineError } from '../../platform/errors.ts';

/** How many facts are remembered about one person. */
export const maxFacts = 500;

export const FactNotFound = defineError(
  'memory.not_found',
  404,
  'Not remembered',
  'There is no such fact. It may have been deleted.',
);
export const AlreadyRemembered = defineError(
  'memory.already_remembered',
  409,
  'Remembered already',
  'This is remembered already, perhaps in other capitals or with another full stop.',
);
export const MemoryFull = defineError(
  'memory.full',
  409,
  'Memory is full',
  `${maxFacts} facts are remembered, and there is no room for more. Delete some that do not matter any more.`,
);
export const MemoryUndoExpired = defineError(
  'memory.undo_expired',
  410,
  'Too late to undo',
  'The deletion can no longer be undone.',
);
export const InvalidMemoryCursor = defineError(
  'memory.invalid_cursor',
  422,
  'Invalid cursor',
  'The cursor does not come from this list. Start again without it.',
);
