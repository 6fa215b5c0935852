export const signIn = {
  'sign_in.certificate': 'Continue as {name}, by the certificate of this device',
  'sign_in.or': 'or',
  'sign_in.passkey.action': 'Sign in with a passkey',
  'sign_in.passkey.failed': 'The passkey was not confirmed. Try again, or choose another way.',
  'sign_in.provider': 'Continue with {name}',
  'sign_in.provider_error.account_exists_unverified':
    'There is an account with this e-mail address, but the two could not be joined safely. Sign in the way you always do, then connect the provider under Security.',
  'sign_in.provider_error.account_blocked': 'This account cannot sign in. Ask an administrator.',
  'sign_in.provider_error.account_pending': 'An administrator has to approve the account first.',
  'sign_in.provider_error.denied': 'The sign-in was cancelled at the provider. Nothing was changed.',
  'sign_in.provider_error.email_missing':
    'The provider did not say which e-mail address is yours, so no account could be made.',
  'sign_in.provider_error.other':
    'The sign-in at the provider did not work ({code}). Try again, or sign in another way.',
  'sign_in.provider_error.provider_failed':
    'The provider did not answer as it should. Try again in a moment.',
  'sign_in.provider_error.registration_closed':
    'There is no account for this identity, and this workspace takes no new ones. Ask an administrator.',
  'sign_in.provider_error.state_mismatch':
    'This sign-in was begun in another window, or too long ago. Please begin again.',
  'sign_in.second.back': 'Back to the sign-in',
  'sign_in.second.backup_code': 'Backup code',
  'sign_in.second.backup_code_text': 'Type one of the backup codes that you kept. Each works once.',
  'sign_in.second.email_code': 'Code from the mail',
  'sign_in.second.email_code_text': 'This sign-in is unusual, so we check by mail that it is you. {to}',
  'sign_in.second.passkey_text': 'Your browser asks for your fingerprint, face, PIN or security key.',
  'sign_in.second.remember': 'Trust this device',
  'sign_in.second.remember_hint':
    'It is not asked for a second step again for a while. Only on your own device.',
  'sign_in.second.send_code': 'Send the code',
  'sign_in.second.title': 'One more step',
  'sign_in.second.totp': 'Code from your authenticator app',
  'sign_in.second.totp_text': 'Open your authenticator app and type the six digits it shows.',
  'sign_in.second.use_backup_code': 'Use a backup code',
  'sign_in.second.use_email_code': 'Get a code by mail',
  'sign_in.second.use_passkey': 'Use a passkey',
  'sign_in.second.use_totp': 'Use your authenticator app',
  'sign_in.second.wrong': 'This code is not right, or it was used already. Take the next one.',
  'sign_in.verify.resend': 'Send the link again',
  'sign_in.verify.sent': 'A new link is on its way to {email}.',
  'sign_in.verify.text': 'Confirm your e-mail address first: open the link in the mail to {email}.',
} as const;
