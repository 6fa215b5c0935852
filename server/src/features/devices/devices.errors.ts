import { defineError } from '../../platform/errors.ts';

export const DeviceNotFound = defineError(
  'devices.not_found',
  404,
  'Device not found',
  'There is no such device among yours.',
);
export const DeviceNotHere = defineError(
  'devices.not_this_device',
  409,
  'Another device',
  'Only the device that you are using now can be trusted. Sign in on the other one with your second factor, and trust it there.',
);
export const TrustNeedsSecondFactor = defineError(
  'devices.second_factor_required',
  409,
  'Trust needs a second factor',
  'Set up a second factor first: a device is trusted after it was shown there.',
);
export const TrustNotAllowed = defineError(
  'devices.trust_not_allowed',
  403,
  'Devices are not trusted here',
  'Your administrators decided that no device is trusted: the second factor is asked for at every sign-in.',
);
