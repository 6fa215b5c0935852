import type { signIn as english } from '../en/sign-in.ts';
import type { Translation } from '../translation.ts';

export const signIn: Translation<typeof english> = {
  'sign_in.certificate': 'Weiter als {name}, mit dem Zertifikat dieses Geräts',
  'sign_in.or': 'oder',
  'sign_in.passkey.action': 'Mit Passkey anmelden',
  'sign_in.passkey.failed':
    'Der Passkey wurde nicht bestätigt. Versuchen Sie es noch einmal oder wählen Sie einen anderen Weg.',
  'sign_in.provider': 'Weiter mit {name}',
  'sign_in.provider_error.account_exists_unverified':
    'Es gibt ein Konto mit dieser E-Mail-Adresse, doch beide ließen sich nicht sicher verbinden. Melden Sie sich an wie immer und verbinden Sie den Anbieter dann unter Sicherheit.',
  'sign_in.provider_error.account_blocked':
    'Mit diesem Konto ist keine Anmeldung möglich. Fragen Sie die Administration.',
  'sign_in.provider_error.account_pending': 'Die Administration muss das Konto zuerst freigeben.',
  'sign_in.provider_error.denied': 'Die Anmeldung wurde beim Anbieter abgebrochen. Nichts wurde geändert.',
  'sign_in.provider_error.email_missing':
    'Der Anbieter hat Ihre E-Mail-Adresse nicht genannt, deshalb konnte kein Konto entstehen.',
  'sign_in.provider_error.other':
    'Die Anmeldung beim Anbieter hat nicht geklappt ({code}). Versuchen Sie es noch einmal oder melden Sie sich anders an.',
  'sign_in.provider_error.provider_failed':
    'Der Anbieter hat nicht geantwortet, wie er sollte. Versuchen Sie es gleich noch einmal.',
  'sign_in.provider_error.registration_closed':
    'Zu dieser Identität gibt es kein Konto, und hier werden keine neuen angelegt. Fragen Sie die Administration.',
  'sign_in.provider_error.state_mismatch':
    'Diese Anmeldung wurde in einem anderen Fenster oder vor zu langer Zeit begonnen. Bitte beginnen Sie neu.',
  'sign_in.second.back': 'Zurück zur Anmeldung',
  'sign_in.second.backup_code': 'Ersatzcode',
  'sign_in.second.backup_code_text': 'Geben Sie einen Ihrer Ersatzcodes ein. Jeder gilt einmal.',
  'sign_in.second.email_code': 'Code aus der E-Mail',
  'sign_in.second.email_code_text':
    'Diese Anmeldung ist ungewöhnlich, deshalb prüfen wir per E-Mail, ob Sie es sind. {to}',
  'sign_in.second.passkey_text':
    'Ihr Browser fragt nach Fingerabdruck, Gesicht, PIN oder Sicherheitsschlüssel.',
  'sign_in.second.remember': 'Diesem Gerät vertrauen',
  'sign_in.second.remember_hint':
    'Hier wird eine Zeit lang nicht nach dem zweiten Schritt gefragt. Nur auf Ihrem eigenen Gerät.',
  'sign_in.second.send_code': 'Code senden',
  'sign_in.second.title': 'Noch ein Schritt',
  'sign_in.second.totp': 'Code aus Ihrer Authenticator-App',
  'sign_in.second.totp_text': 'Öffnen Sie Ihre Authenticator-App und geben Sie die sechs Ziffern ein.',
  'sign_in.second.use_backup_code': 'Ersatzcode verwenden',
  'sign_in.second.use_email_code': 'Code per E-Mail bekommen',
  'sign_in.second.use_passkey': 'Passkey verwenden',
  'sign_in.second.use_totp': 'Authenticator-App verwenden',
  'sign_in.second.wrong': 'Dieser Code stimmt nicht oder wurde schon benutzt. Nehmen Sie den nächsten.',
  'sign_in.verify.resend': 'Link noch einmal senden',
  'sign_in.verify.sent': 'Ein neuer Link an {email} ist unterwegs.',
  'sign_in.verify.text':
    'Bestätigen Sie zuerst Ihre E-Mail-Adresse: Öffnen Sie den Link in der Mail an {email}.',
};
