import { defineError } from '../../platform/errors.ts';

export const PasskeyNotFound = defineError(
  'passkeys.not_found',
  404,
  'Passkey not found',
  'There is no such passkey among yours.',
);
export const PasskeyRefused = defineError(
  'passkeys.refused',
  401,
  'Passkey not accepted',
  'This passkey was not accepted here. Try again, or sign in another way.',
);
export const UserVerificationMissing = defineError(
  'passkeys.user_verification_required',
  401,
  'Passkey did not check who you are',
  'To sign in by passkey alone it must check your finger, your face or a PIN. Set one up on it, or use your password.',
);
export const PasskeyCloned = defineError(
  'passkeys.cloned',
  401,
  'Passkey may have been copied',
  'This passkey counts its uses, and its count went back: somebody may have a copy of it. Sign in another way and remove it.',
);
export const PasskeyChallengeGone = defineError(
  'passkeys.challenge_expired',
  409,
  'Took too long',
  'This request for a passkey was used already, took too long or was begun in another sign-in. Start again.',
);
export const RegistrationRefused = defineError(
  'passkeys.registration_refused',
  422,
  'Passkey not accepted',
  'What the browser sent is no passkey for this site. Start again.',
);
export const PasskeyTaken = defineError(
  'passkeys.already_registered',
  409,
  'Passkey is registered already',
  'This passkey is registered already. Use another one.',
);
export const TooManyPasskeys = defineError(
  'passkeys.too_many',
  409,
  'Too many passkeys',
  'You have as many passkeys as one account can have. Remove one that you do not use any more.',
);
export const PasskeysUnavailable = defineError(
  'passkeys.unavailable_here',
  409,
  'No passkeys at this address',
  'Passkeys need an address with a name: open http://localhost with the port of this server, or have PUBLIC_URL set to the https address that people type.',
);
