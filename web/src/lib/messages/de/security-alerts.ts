import type { securityAlerts as english } from '../en/security-alerts.ts';
import type { Translation } from '../translation.ts';

export const securityAlerts: Translation<typeof english> = {
  'security.alerts.after_block': 'Das wurde abgelehnt.',
  'security.alerts.after_step_up': 'Es wurde nach einem weiteren Nachweis gefragt.',
  'security.alerts.all': 'Alle Warnungen',
  'security.alerts.burst': {
    one: 'Es gab {count} Anmeldung in {minutes} Minuten.',
    other: 'Es gab {count} Anmeldungen in {minutes} Minuten.',
  },
  'security.alerts.burst_failures': {
    one: 'Jemand hat sich gleich nach {count} misslungenen Versuch angemeldet.',
    other: 'Jemand hat sich gleich nach {count} misslungenen Versuchen angemeldet.',
  },
  'security.alerts.confirm': 'Das war ich',
  'security.alerts.confirmed': 'Das waren Sie',
  'security.alerts.confirmed_toast': 'Danke. Dasselbe Gerät und derselbe Ort melden sich nicht noch einmal.',
  'security.alerts.decided_confirmed': 'Sie haben am {when} gesagt, dass Sie das waren.',
  'security.alerts.decided_denied':
    'Sie haben am {when} gesagt, dass Sie das nicht waren. Die Sitzungen wurden damals beendet.',
  'security.alerts.denied': 'Das waren nicht Sie',
  'security.alerts.denied_toast': {
    one: '{count} Sitzung wurde beendet.',
    other: '{count} Sitzungen wurden beendet.',
  },
  'security.alerts.deny': 'Das war ich nicht',
  'security.alerts.deny_action': 'Das war ich nicht',
  'security.alerts.deny_text':
    'Alle Ihre anderen Sitzungen enden sofort, und das Gerät dieser Warnung wird vergessen. Danach wählen Sie hier ein neues Passwort.',
  'security.alerts.deny_title': 'Die andere Person aussperren?',
  'security.alerts.empty': 'Nichts Ungewöhnliches',
  'security.alerts.empty_text':
    'Wenn sich jemand von einem neuen Gerät, aus einem anderen Land oder zu einer ungewohnten Stunde anmeldet, lesen Sie es hier.',
  'security.alerts.impossible_travel':
    'Jemand hat sich von diesem Ort angemeldet: {country}. {time} vorher waren Sie an diesem: {previous}. Das sind {distance} km.',
  'security.alerts.kind.burst': 'Viele Versuche',
  'security.alerts.kind.impossible_travel': 'Zu weit in zu kurzer Zeit',
  'security.alerts.kind.new_country': 'Ein anderes Land',
  'security.alerts.kind.new_device': 'Ein neues Gerät',
  'security.alerts.kind.other': 'Etwas Ungewöhnliches',
  'security.alerts.kind.password_spraying': 'Ein Netz, das Passwörter ausprobiert',
  'security.alerts.kind.unusual_hour': 'Eine ungewohnte Stunde',
  'security.alerts.live': 'Diese Sitzung ist noch offen.',
  'security.alerts.new_country':
    'Jemand hat sich von einem Ort angemeldet, an dem dieses Konto bisher nicht benutzt wurde: {country}.',
  'security.alerts.new_device':
    'Jemand hat sich mit einem Gerät angemeldet, das bisher nicht benutzt wurde: {device}.',
  'security.alerts.new_device_in':
    'Jemand hat sich mit einem Gerät angemeldet, das bisher nicht benutzt wurde: {device}, Ort: {country}.',
  'security.alerts.now': 'Jetzt',
  'security.alerts.over': 'Diese Sitzung ist vorbei, oder es begann keine.',
  'security.alerts.password_spraying': {
    one: 'Jemand hat sich aus einem Netz angemeldet, das Passwörter an {count} Konto ausprobiert hat.',
    other: 'Jemand hat sich aus einem Netz angemeldet, das Passwörter an {count} Konten ausprobiert hat.',
  },
  'security.alerts.severity.critical': 'Ernst',
  'security.alerts.severity.info': 'Zur Kenntnis',
  'security.alerts.severity.warning': 'Bitte prüfen',
  'security.alerts.somewhere': 'einem unbekannten Ort',
  'security.alerts.text':
    'Anmeldungen, die ungewöhnlich aussahen. Sagen Sie, ob Sie es waren: Dann wissen wir es beim nächsten Mal oder sperren die andere Person aus.',
  'security.alerts.unknown_device': 'ein unbekanntes Gerät',
  'security.alerts.unusual_hour':
    'Jemand hat sich gegen {hour} Uhr ({zone}) angemeldet, wenn Sie es sonst nicht tun.',
  'security.alerts.when': 'Wann',
  'security.alerts.where': 'Wo',
};
