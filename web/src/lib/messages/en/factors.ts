export const factors = {
  'factors.backup.done': 'Done',
  'factors.backup.download': 'Download',
  'factors.backup.kept': 'I keep these codes in a safe place',
  'factors.backup.print': 'Print',
  'factors.backup.text':
    'With one of these codes you get in when your passkey or phone is out of reach. Each works once, and they are shown only now.',
  'factors.backup.title': 'Backup codes',
  'factors.change_password': 'Change the password',
  'factors.copy_failed': 'The browser did not allow copying. Select the text and copy it yourself.',
  'factors.current_password': 'Current password',
  'factors.finish.change_password_text':
    'Your password is not safe enough any more: you or an administrator said so, or it is too short to protect the account alone. Choose a new one to go on; every other session ends.',
  'factors.finish.change_password_title': 'Choose a new password',
  'factors.finish.enrol_second_factor_text':
    'This workspace asks for a second step at sign-in. It takes a minute, and protects you even if your password leaks.',
  'factors.finish.enrol_second_factor_title': 'Add a second step',
  'factors.finish.leave': 'Sign out',
  'factors.passkey.add': 'Add a passkey',
  'factors.passkey.failed': 'The passkey was not made. Try again, or use an authenticator app.',
  'factors.passkey.text': 'Your fingerprint, face, PIN or a security key. The safest way, and the quickest.',
  'factors.totp.add': 'Use an authenticator app',
  'factors.totp.code': 'Six-digit code from the app',
  'factors.totp.confirm': 'Confirm',
  'factors.totp.manual': 'No camera? Type this key into the app',
  'factors.totp.qr': 'QR code for the authenticator app',
  'factors.totp.scan': 'Scan this with your authenticator app, then type the code that it shows.',
  'factors.totp.text': 'An app on your phone that shows a new code every 30 seconds.',
} as const;
