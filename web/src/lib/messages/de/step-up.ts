import type { stepUp as english } from '../en/step-up.ts';
import type { Translation } from '../translation.ts';

export const stepUp: Translation<typeof english> = {
  'step_up.backup_code': 'Ersatzcode',
  'step_up.confirm': 'Bestätigen',
  'step_up.oauth_text':
    'Sie melden sich dort noch einmal an und kommen auf diese Seite zurück. Dann beginnen Sie hier erneut.',
  'step_up.passkey_failed':
    'Der Passkey wurde nicht bestätigt. Versuchen Sie es noch einmal oder wählen Sie einen anderen Weg.',
  'step_up.passkey_text': 'Ihr Browser fragt nach Fingerabdruck, Gesicht, PIN oder Sicherheitsschlüssel.',
  'step_up.text': 'Das ändert den Schutz Ihres Kontos. Zeigen Sie bitte noch einmal, wer Sie sind.',
  'step_up.title': 'Sind das noch Sie?',
  'step_up.totp': 'Code aus Ihrer Authenticator-App',
  'step_up.use_backup_code': 'Ersatzcode verwenden',
  'step_up.use_oauth': 'Bei {provider} bestätigen',
  'step_up.use_passkey': 'Passkey verwenden',
  'step_up.use_password': 'Passwort verwenden',
  'step_up.use_totp': 'Authenticator-App verwenden',
  'step_up.wrong_code': 'Dieser Code stimmt nicht oder wurde schon benutzt. Nehmen Sie den nächsten.',
  'step_up.wrong_password': 'Das Passwort stimmt nicht.',
};
