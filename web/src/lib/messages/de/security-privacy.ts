import type { securityPrivacy as english } from '../en/security-privacy.ts';
import type { Translation } from '../translation.ts';

export const securityPrivacy: Translation<typeof english> = {
  'security.consents.granted': 'Sie sind einverstanden.',
  'security.consents.history': 'Frühere Entscheidungen',
  'security.consents.no_at': '{when}: zurückgenommen',
  'security.consents.text':
    'Sie können es sich jederzeit anders überlegen. Jede Entscheidung wird mit dem Text aufbewahrt, um den es ging.',
  'security.consents.title': 'Womit Sie einverstanden sind',
  'security.consents.withdrawn': 'Sie haben es zurückgenommen.',
  'security.consents.yes_at': '{when}: einverstanden',
  'security.deletion.action': 'Mein Konto löschen',
  'security.deletion.by_administrator': 'Die Administration lässt Ihr Konto am {when} löschen.',
  'security.deletion.confirm_text': {
    one: 'Dokumente, Gespräche und Einstellungen gehen mit, in {count} Tag. Sie bekommen eine E-Mail, mit der Sie es später belegen können.',
    other:
      'Dokumente, Gespräche und Einstellungen gehen mit, in {count} Tagen. Sie bekommen eine E-Mail, mit der Sie es später belegen können.',
  },
  'security.deletion.confirm_title': 'Ihr Konto löschen?',
  'security.deletion.keep': 'Mein Konto behalten',
  'security.deletion.kept': 'Ihr Konto bleibt.',
  'security.deletion.scheduled': 'Ihr Konto wird am {when} gelöscht.',
  'security.deletion.text': {
    one: 'Ihr Konto und alles darin wird nach {count} Tag gelöscht. Bis dahin können Sie es sich anders überlegen.',
    other:
      'Ihr Konto und alles darin wird nach {count} Tagen gelöscht. Bis dahin können Sie es sich anders überlegen.',
  },
  'security.deletion.title': 'Konto löschen',
  'security.exports.ask': 'Kopie anfordern',
  'security.exports.copy': 'Kopie Ihrer Daten',
  'security.exports.download': 'Herunterladen',
  'security.exports.status.expired': 'Entfernt',
  'security.exports.status.failed': 'Fehlgeschlagen',
  'security.exports.status.ready': 'Fertig',
  'security.exports.status.running': 'Entsteht',
  'security.exports.status.waiting': 'Wartet',
  'security.exports.text': 'Alles, was über Sie gespeichert ist, als Datei zum Mitnehmen.',
  'security.exports.title': 'Eine Kopie Ihrer Daten',
  'security.exports.until': 'abrufbar bis {when}',
};
