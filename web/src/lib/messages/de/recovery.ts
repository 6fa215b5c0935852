import type { recovery as english } from '../en/recovery.ts';
import type { Translation } from '../translation.ts';

export const recovery: Translation<typeof english> = {
  'recovery.confirm.action': 'Bestätigen',
  'recovery.confirm.done': 'Ihre E-Mail-Adresse wurde geändert. Melden Sie sich ab jetzt mit der neuen an.',
  'recovery.confirm.half':
    'Danke. Auch die andere Adresse hat einen Link; sobald beide bestätigt sind, gilt die Änderung.',
  'recovery.confirm.text':
    'Jemand, der in Ihrem Konto angemeldet ist, möchte die E-Mail-Adresse ändern. Bestätigen Sie, wenn Sie das waren.',
  'recovery.confirm.title': 'Neue Adresse bestätigen',
  'recovery.forgot.action': 'Link zusenden',
  'recovery.forgot.again': 'Andere Adresse versuchen',
  'recovery.forgot.nothing_came':
    'Nichts angekommen? Sehen Sie bei den unerwünschten Nachrichten nach oder fragen Sie die Administration: Ohne Mailserver kann sie die Nachricht für Sie lesen.',
  'recovery.forgot.sent':
    'Wenn es ein Konto für {email} gibt, ist ein Link für ein neues Passwort unterwegs. Er gilt 30 Minuten.',
  'recovery.forgot.text':
    'Nennen Sie uns Ihre E-Mail-Adresse. Wir senden einen Link, mit dem Sie ein neues Passwort wählen.',
  'recovery.forgot.title': 'Passwort vergessen?',
  'recovery.invitation.accepted': 'Ihr Konto ist bereit.',
  'recovery.invitation.action': 'Konto anlegen',
  'recovery.invitation.text': 'Sie wurden als {email} eingeladen. Wählen Sie Ihren Namen und ein Passwort.',
  'recovery.invitation.title': 'Willkommen',
  'recovery.link.dead': 'Dieser Link wurde schon benutzt oder ist zu alt. Fordern Sie einen neuen an.',
  'recovery.link.missing':
    'Diese Seite öffnet man mit einem Link aus einer Mail. Der Link scheint unvollständig: Kopieren Sie ihn ganz.',
  'recovery.new_password': 'Neues Passwort',
  'recovery.reset.action': 'Neues Passwort setzen',
  'recovery.reset.done':
    'Ihr Passwort wurde geändert und jede Sitzung beendet. Melden Sie sich mit dem neuen Passwort an.',
  'recovery.reset.title': 'Neues Passwort wählen',
  'recovery.to_sign_in': 'Zur Anmeldung',
  'recovery.verify.action': 'Adresse bestätigen',
  'recovery.verify.done': 'Danke, Ihre Adresse ist bestätigt.',
  'recovery.verify.text': 'Bestätigen Sie, dass diese E-Mail-Adresse Ihnen gehört.',
  'recovery.verify.title': 'E-Mail-Adresse bestätigen',
};
