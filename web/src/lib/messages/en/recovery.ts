export const recovery = {
  'recovery.confirm.action': 'Confirm',
  'recovery.confirm.done': 'Your e-mail address was changed. Sign in with the new one from now on.',
  'recovery.confirm.half':
    'Thank you. The other address has a link too; once both are confirmed, the change takes effect.',
  'recovery.confirm.text':
    'Somebody signed in to your account asked for another e-mail address. Confirm it if it was you.',
  'recovery.confirm.title': 'Confirm the new address',
  'recovery.forgot.action': 'Send me a link',
  'recovery.forgot.again': 'Try another address',
  'recovery.forgot.nothing_came':
    'Nothing came? Look among unwanted mail, or ask an administrator: without a mail server they can read the message for you.',
  'recovery.forgot.sent':
    'If there is an account for {email}, a link to choose a new password is on its way. It works for 30 minutes.',
  'recovery.forgot.text': 'Tell us your e-mail address. We send a link with which you choose a new password.',
  'recovery.forgot.title': 'Forgot your password?',
  'recovery.invitation.accepted': 'Your account is ready.',
  'recovery.invitation.action': 'Create my account',
  'recovery.invitation.text': 'You were invited as {email}. Choose your name and a password.',
  'recovery.invitation.title': 'Welcome',
  'recovery.link.dead': 'This link was used already, or it is too old. Ask for a new one.',
  'recovery.link.missing':
    'This page is opened by a link from a mail. The link seems to be incomplete: copy it whole.',
  'recovery.new_password': 'New password',
  'recovery.reset.action': 'Set the new password',
  'recovery.reset.done':
    'Your password was changed and every session was ended. Sign in with the new password.',
  'recovery.reset.title': 'Choose a new password',
  'recovery.to_sign_in': 'To the sign-in',
  'recovery.verify.action': 'Confirm my address',
  'recovery.verify.done': 'Thank you, your address is confirmed.',
  'recovery.verify.text': 'Confirm that this e-mail address is yours.',
  'recovery.verify.title': 'Confirm your e-mail address',
} as const;
