import { defineError } from '../../platform/errors.ts';

export const ProfileNotFound = defineError(
  'profile.not_found',
  404,
  'Profile not found',
  'There is no such profile.',
);
export const ProfileVersionConflict = defineError(
  'profile.version_conflict',
  412,
  'Profile was changed meanwhile',
  'Your profile was changed somewhere else meanwhile. Load it again and repeat your change.',
);
