import type { notifications as english } from '../en/notifications.ts';
import type { Translation } from '../translation.ts';

export const notifications: Translation<typeof english> = {
  'notifications.all': 'Alle',
  'notifications.all_of_them': 'Alle Benachrichtigungen',
  'notifications.approval': 'Eine Entscheidung ist nötig',
  'notifications.approval_escalated': 'Eine Entscheidung wird an Sie weitergegeben',
  'notifications.bell': {
    one: 'Benachrichtigungen, {count} ungelesen',
    other: 'Benachrichtigungen, {count} ungelesen',
  },
  'notifications.by_email': 'E-Mail',
  'notifications.choose': 'Benachrichtigungen wählen',
  'notifications.empty': 'Nichts Neues',
  'notifications.empty_text':
    'Hier erscheinen Entscheidungen, die auf Sie warten, gescheiterte Läufe und ungewöhnliche Anmeldungen.',
  'notifications.fixed': 'Immer, und immer auch per E-Mail: Es betrifft die Sicherheit Ihres Kontos.',
  'notifications.in_app': 'In der App',
  'notifications.new': 'Neu',
  'notifications.no_mail': 'Dieser Server verschickt noch keine E-Mails. Die Verwaltung kann das einrichten.',
  'notifications.none_unread': 'Alles gelesen',
  'notifications.preferences': 'Was Ihnen gesagt wird',
  'notifications.preferences_text': 'Welche Nachrichten Sie erreichen, und auf welchem Weg.',
  'notifications.read_all': 'Alle als gelesen markieren',
  'notifications.read_one': 'Als gelesen markieren: {title}',
  'notifications.remove': 'Entfernen: {title}',
  'notifications.removed': 'Benachrichtigung entfernt.',
  'notifications.run_failed': 'Ein Lauf ist gescheitert, dem niemand zusah',
  'notifications.run_finished': 'Ein Lauf ist fertig, dem niemand zusah',
  'notifications.security': 'Sicherheit',
  'notifications.settings': 'Einstellungen der Benachrichtigungen',
  'notifications.text': 'Was geschah, während Sie anderswo waren. Bleibt 90 Tage.',
  'notifications.title': 'Benachrichtigungen',
  'notifications.unread': 'Ungelesen',
  'notifications.workflow': 'Nachrichten Ihrer Workflows',
};
