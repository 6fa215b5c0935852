import { defineError } from '../../platform/errors.ts';

export const ProviderNotFound = defineError(
  'oauth.provider_not_found',
  404,
  'Provider not found',
  'There is no such sign-in provider, or it is switched off.',
);
export const ProviderTaken = defineError(
  'oauth.provider_taken',
  409,
  'Provider exists already',
  'Another sign-in provider has this id, name or issuer already.',
);
export const InvalidIssuer = defineError(
  'oauth.invalid_issuer',
  422,
  'Not a usable issuer',
  'Give the issuer of the provider, such as https://accounts.google.com.',
);
export const SecretForOtherServer = defineError(
  'oauth.secret_for_other_server',
  422,
  'Client secret needed again',
  'The stored client secret was given for another issuer. Enter the secret for the new one, or remove it.',
);
export const PublicUrlNeeded = defineError(
  'oauth.public_url_needed',
  409,
  'Public address not known',
  'Providers send people back to one fixed address. Whoever runs this server should set PUBLIC_URL.',
);
export const ProviderFailed = defineError(
  'oauth.provider_failed',
  502,
  'Provider does not answer',
  'The sign-in provider does not answer as it should. Try again later or sign in in another way.',
);
export const InvalidAnswer = defineError(
  'oauth.invalid_answer',
  502,
  'Answer of the provider not accepted',
  'What the sign-in provider answered could not be verified, so nobody was signed in.',
);
export const StateMismatch = defineError(
  'oauth.state_mismatch',
  400,
  'Sign-in was not begun here',
  'This sign-in was not begun in this browser, took too long or was finished already. Begin again.',
);
export const Denied = defineError(
  'oauth.denied',
  403,
  'Sign-in cancelled',
  'The sign-in was cancelled at the provider.',
);
export const EmailMissing = defineError(
  'oauth.email_missing',
  403,
  'No e-mail address given',
  'The provider gave no e-mail address, and an account needs one.',
);
export const EmailUnverified = defineError(
  'oauth.email_unverified',
  403,
  'E-mail address not verified',
  'The provider has not verified your e-mail address. Verify it there first.',
);
export const AccountExistsUnverified = defineError(
  'oauth.account_exists_unverified',
  403,
  'Account with an unverified address',
  'There is an account with this e-mail address that nobody has verified here. Verify it by the link in your mail, then try again.',
);
export const LinkNeeded = defineError(
  'oauth.link_needed',
  403,
  'Account must be connected first',
  'There is an account with this e-mail address. Sign in to it as usual and connect the provider under Security.',
);
export const OauthRegistrationClosed = defineError(
  'oauth.registration_closed',
  403,
  'Registration is closed',
  'There is no account for this identity, and new accounts are made by an administrator here.',
);
export const InvitationNeeded = defineError(
  'oauth.invitation_needed',
  403,
  'Invitation needed',
  'There is no account for this identity. Registration needs an invitation from an administrator.',
);
export const OauthAccountPending = defineError(
  'oauth.account_pending',
  403,
  'Account waits for approval',
  'An administrator has to approve this account before you can sign in.',
);
export const OauthAccountBlocked = defineError(
  'oauth.account_blocked',
  403,
  'Account is not active',
  'This account is suspended or deactivated. Ask an administrator.',
);
export const IdentityTaken = defineError(
  'oauth.identity_taken',
  409,
  'Connected to another account',
  'This identity is connected to another account already.',
);
export const OtherPerson = defineError(
  'oauth.other_person',
  403,
  'Another person signed in',
  'The identity that signed in at the provider is not connected to this account.',
);
export const NotReauthenticated = defineError(
  'oauth.not_reauthenticated',
  403,
  'Provider did not ask again',
  'The provider did not confirm that you signed in there just now. Choose another way to confirm.',
);
export const IdentityNotFound = defineError(
  'oauth.identity_not_found',
  404,
  'Identity not found',
  'There is no such connected identity among yours.',
);
export const LastSignInMethod = defineError(
  'oauth.last_sign_in_method',
  409,
  'Last way to sign in',
  'This is the only way to sign in to your account. Set a password or add a passkey first.',
);
export const StepUpNotOffered = defineError(
  'oauth.step_up_not_offered',
  403,
  'Confirm in another way',
  'Who has a second factor confirms by it; the provider alone is not enough.',
);
