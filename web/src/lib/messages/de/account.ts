import type { account as english } from '../en/account.ts';
import type { Translation } from '../translation.ts';

export const account: Translation<typeof english> = {
  'account.email': 'E-Mail',
  'account.name': 'Ihr Name',
  'account.password': 'Passwort',
  'account.password.rule_bytes': 'Höchstens {bytes} Bytes',
  'account.password.rule_length': 'Mindestens {count} Zeichen; ein paar zufällige Wörter eignen sich gut',
  'account.password.rule_met': 'erfüllt',
  'account.password.rule_personal': 'Ohne Ihren Namen oder Ihre E-Mail',
  'account.password.rule_unmet': 'noch nicht',
  'account.register.action': 'Konto anlegen',
  'account.register.have_account': 'Sie haben ein Konto?',
  'account.register.next_await_approval':
    'Danke. Die Administration muss das Konto für {email} freigeben; danach können Sie sich anmelden.',
  'account.register.next_sign_in': 'Das Konto für {email} ist bereit. Melden Sie sich mit Ihrem Passwort an.',
  'account.register.next_verify_email':
    'Wir haben einen Link an {email} geschickt. Bestätigen Sie damit die Adresse.',
  'account.register.text_approval':
    'Die Administration gibt neue Konten frei, bevor sie benutzt werden können.',
  'account.register.text_closed': 'Hier werden keine neuen Konten angelegt. Fragen Sie die Administration.',
  'account.register.text_invitation':
    'Neue Konten gibt es hier auf Einladung. Fragen Sie die Administration.',
  'account.register.title': 'Konto anlegen',
  'account.sign_in.action': 'Anmelden',
  'account.sign_in.ended': 'Ihre Sitzung ist beendet. Melden Sie sich an, um dort weiterzumachen.',
  'account.sign_in.expired': 'Das hat zu lange gedauert. Bitte melden Sie sich noch einmal an.',
  'account.sign_in.forgot': 'Passwort vergessen?',
  'account.sign_in.no_account': 'Noch kein Konto?',
  'account.sign_in.refused': 'E-Mail oder Passwort stimmt nicht.',
  'account.sign_in.throttled': {
    one: 'Zu viele Versuche. In {count} Sekunde können Sie es erneut versuchen.',
    other: 'Zu viele Versuche. In {count} Sekunden können Sie es erneut versuchen.',
  },
  'account.sign_in.throttled_over': 'Sie können es jetzt erneut versuchen.',
  'account.sign_in.title': 'Anmelden',
  'account.theme': 'Farbschema',
  'account.theme.dark': 'Dunkel',
  'account.theme.light': 'Hell',
  'account.theme.system': 'System',
};
