import { defineError } from '../../platform/errors.ts';

export const NoTotpSetup = defineError(
  'two_factor.no_setup',
  409,
  'No set-up under way',
  'There is no set-up of an authenticator app under way, or it took too long. Start it again.',
);
export const WrongSetupCode = defineError(
  'two_factor.wrong_code',
  422,
  'Code is not right',
  'The code does not match. Check the clock of your device and type the code that is shown now.',
);
export const NoSecondFactor = defineError(
  'two_factor.no_factor',
  409,
  'No second factor',
  'Backup codes stand in for a second factor. Add an authenticator app or a passkey first.',
);
export const SecondFactorDemanded = defineError(
  'two_factor.required_by_policy',
  409,
  'A second factor is demanded',
  'Accounts like yours need a second factor here. Add another one before you remove this one.',
);
