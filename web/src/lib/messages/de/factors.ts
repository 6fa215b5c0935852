import type { factors as english } from '../en/factors.ts';
import type { Translation } from '../translation.ts';

export const factors: Translation<typeof english> = {
  'factors.backup.done': 'Fertig',
  'factors.backup.download': 'Herunterladen',
  'factors.backup.kept': 'Ich bewahre diese Codes an einem sicheren Ort auf',
  'factors.backup.print': 'Drucken',
  'factors.backup.text':
    'Mit einem dieser Codes kommen Sie hinein, wenn Passkey oder Telefon nicht zur Hand sind. Jeder gilt einmal, und sie werden nur jetzt gezeigt.',
  'factors.backup.title': 'Ersatzcodes',
  'factors.change_password': 'Passwort ändern',
  'factors.copy_failed':
    'Der Browser hat das Kopieren nicht erlaubt. Markieren und kopieren Sie den Text selbst.',
  'factors.current_password': 'Bisheriges Passwort',
  'factors.finish.change_password_text':
    'Ihr Passwort ist nicht mehr sicher genug: Sie oder die Administration haben das erklärt, oder es ist zu kurz, um das Konto allein zu schützen. Wählen Sie ein neues, um fortzufahren; alle anderen Sitzungen enden.',
  'factors.finish.change_password_title': 'Neues Passwort wählen',
  'factors.finish.enrol_second_factor_text':
    'Hier gehört ein zweiter Schritt zur Anmeldung. Er ist in einer Minute eingerichtet und schützt Sie auch dann, wenn Ihr Passwort bekannt wird.',
  'factors.finish.enrol_second_factor_title': 'Zweiten Schritt einrichten',
  'factors.finish.leave': 'Abmelden',
  'factors.passkey.add': 'Passkey hinzufügen',
  'factors.passkey.failed':
    'Der Passkey ist nicht entstanden. Versuchen Sie es noch einmal oder nehmen Sie eine Authenticator-App.',
  'factors.passkey.text':
    'Ihr Fingerabdruck, Gesicht, PIN oder ein Sicherheitsschlüssel. Am sichersten und am schnellsten.',
  'factors.totp.add': 'Authenticator-App verwenden',
  'factors.totp.code': 'Sechsstelliger Code aus der App',
  'factors.totp.confirm': 'Bestätigen',
  'factors.totp.manual': 'Keine Kamera? Geben Sie diesen Schlüssel in die App ein',
  'factors.totp.qr': 'QR-Code für die Authenticator-App',
  'factors.totp.scan':
    'Scannen Sie dies mit Ihrer Authenticator-App und geben Sie dann den Code ein, den sie zeigt.',
  'factors.totp.text': 'Eine App auf Ihrem Telefon, die alle 30 Sekunden einen neuen Code zeigt.',
};
