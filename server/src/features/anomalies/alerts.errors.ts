import { defineError } from '../../platform/errors.ts';

export const AlertNotFound = defineError(
  'alerts.not_found',
  404,
  'Alert not found',
  'There is no such alert among yours.',
);
export const AlertOfThisDevice = defineError(
  'alerts.this_device',
  409,
  'This is the device of the alert',
  'The alert is about the device that you are using now. If that was not you, sign in on another device and answer there, or change your password here.',
);
export const AlertDenied = defineError(
  'alerts.denied_already',
  409,
  'Alert was denied',
  'You said already that this was not you, and the sign-in was ended.',
);
