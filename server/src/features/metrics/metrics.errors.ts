import { defineError } from '../../platform/errors.ts';

export const MetricsNotAllowed = defineError(
  'metrics.not_allowed',
  403,
  'Not allowed',
  'These figures are for administrators and for programs on the machine of the server itself.',
);
