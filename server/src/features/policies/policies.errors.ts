import { defineError } from '../../platform/errors.ts';

export const PolicyVersionConflict = defineError(
  'policies.version_conflict',
  412,
  'Policy was changed meanwhile',
  'The policy was changed by somebody else meanwhile. Load it again and repeat your change.',
);
