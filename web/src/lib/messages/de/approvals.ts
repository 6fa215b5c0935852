import type { approvals as english } from '../en/approvals.ts';
import type { Translation } from '../translation.ts';

export const approvals: Translation<typeof english> = {
  'approvals.approve': 'Freigeben',
  'approvals.asked_by': 'Gefragt von',
  'approvals.choose': 'Wählen Sie aus, was Sie ansehen möchten',
  'approvals.comment': 'Kommentar (freiwillig)',
  'approvals.comment_hint': 'Bleibt bei der Entscheidung und geht an den Workflow weiter.',
  'approvals.data': 'Worum es geht',
  'approvals.decided': 'Entschieden',
  'approvals.decided.approved': 'Freigegeben {when}. Der Lauf ist weitergegangen.',
  'approvals.decided.cancelled': 'Nicht mehr nötig seit {when}: Der Lauf endete ohne sie.',
  'approvals.decided.expired': 'Niemand hat rechtzeitig entschieden, daher abgelehnt {when}.',
  'approvals.decided.rejected': 'Abgelehnt {when}.',
  'approvals.empty': 'Nichts zu entscheiden',
  'approvals.empty_text': 'Braucht ein Workflow Ihr Ja, bevor er weitergeht, fragt er hier.',
  'approvals.escalated': 'Weitergegeben',
  'approvals.for_others': 'Wartet auf andere',
  'approvals.for_you': 'Wartet auf Sie',
  'approvals.more': 'Ältere zeigen',
  'approvals.nothing_for_you': 'Nichts wartet auf Sie.',
  'approvals.one': 'Freigabe',
  'approvals.reject': 'Ablehnen',
  'approvals.status.approved': 'Freigegeben',
  'approvals.status.cancelled': 'Nicht nötig',
  'approvals.status.expired': 'Abgelaufen',
  'approvals.status.pending': 'Wartet',
  'approvals.status.rejected': 'Abgelehnt',
  'approvals.time_left': 'noch {time}',
  'approvals.time_over': 'Die Zeit ist um',
  'approvals.title': 'Freigaben',
  'approvals.too_late.decided':
    'Dies wurde entschieden, bevor Ihre Antwort ankam. Ihre Antwort hat nichts geändert; es gilt, was oben steht.',
  'approvals.too_late.stopped':
    'Der Lauf wurde beendet, bevor Ihre Antwort ankam. Ihre Antwort hat nichts geändert.',
  'approvals.waits_for_other': 'Jemand anderes entscheidet darüber.',
  'approvals.waits_for_you': 'Der Lauf wartet auf Ihre Entscheidung.',
};
