/** What is refused about a person's own account, and about the accounts that an administrator looks after. */
export const accountRefusals = {
  'refusal.accounts.email_taken': 'Zu dieser E-Mail-Adresse gibt es schon ein Konto.',
  'refusal.accounts.not_found': 'Dieses Konto gibt es nicht.',
  'refusal.administration.idempotency_key_reused':
    'Diese Anfrage wurde schon mit anderem Inhalt gesendet. Laden Sie die Seite neu und senden Sie sie noch einmal.',
  'refusal.administration.invalid_cursor': 'Diese Stelle der Liste gibt es nicht. Laden Sie die Liste neu.',
  'refusal.administration.session_not_found': 'Diese Sitzung gibt es nicht mehr.',
  'refusal.alerts.denied_already':
    'Sie haben schon geantwortet, dass Sie das nicht waren, und die Anmeldung wurde beendet.',
  'refusal.alerts.not_found': 'Unter Ihren Hinweisen gibt es diesen nicht.',
  'refusal.alerts.this_device':
    'Der Hinweis betrifft das Gerät, das Sie gerade benutzen. Wenn Sie das nicht waren, melden Sie sich auf einem anderen Gerät an und antworten Sie dort, oder ändern Sie hier Ihr Passwort.',
  'refusal.api_keys.not_found': 'Unter Ihren API-Schlüsseln gibt es diesen nicht.',
  'refusal.api_keys.too_many':
    'Mehr API-Schlüssel kann eine Person nicht haben. Widerrufen Sie einen, der nicht mehr gebraucht wird.',
  'refusal.api_keys.too_many.limit':
    'Eine Person kann {limit} API-Schlüssel haben. Widerrufen Sie einen, der nicht mehr gebraucht wird.',
  'refusal.audit.invalid_cursor': 'Diese Stelle des Protokolls gibt es nicht. Laden Sie es neu.',
  'refusal.certificates.not_found': 'Unter Ihren Zertifikaten gibt es dieses nicht.',
  'refusal.certificates.not_set_up':
    'Dieser Server hat noch keine Zertifizierungsstelle. Wer ihn betreibt, sollte ausführen: npx aiwfe certs init',
  'refusal.certificates.too_many':
    'Dieses Konto hat schon 20 Zertifikate. Widerrufen Sie die von Geräten, die es nicht mehr gibt.',
  'refusal.certificates.unusable_request': 'Diese Zertifikatsanforderung lässt sich nicht verwenden.',
  'refusal.devices.not_found': 'Unter Ihren Geräten gibt es dieses nicht.',
  'refusal.devices.not_this_device':
    'Nur dem Gerät, das Sie gerade benutzen, können Sie vertrauen. Melden Sie sich auf dem anderen mit Ihrem zweiten Faktor an und vertrauen Sie ihm dort.',
  'refusal.devices.second_factor_required':
    'Richten Sie zuerst einen zweiten Faktor ein: Einem Gerät wird vertraut, nachdem er dort gezeigt wurde.',
  'refusal.devices.trust_not_allowed':
    'Die Administration hat festgelegt, dass keinem Gerät vertraut wird: Nach dem zweiten Faktor wird bei jeder Anmeldung gefragt.',
  'refusal.invitations.exists':
    'Für diese Adresse gibt es schon eine offene Einladung. Senden Sie diese noch einmal oder ziehen Sie sie zuerst zurück.',
  'refusal.invitations.not_found': 'Diese offene Einladung gibt es nicht.',
  'refusal.mail.already_sent': 'Der Mailserver hat diese Mail schon angenommen.',
  'refusal.mail.not_found': 'Diese Mail gibt es nicht.',
  'refusal.memory.already_remembered':
    'Das ist schon gemerkt, vielleicht mit anderer Groß- und Kleinschreibung oder einem Punkt mehr.',
  'refusal.memory.full': 'Das Gedächtnis ist voll. Löschen Sie Tatsachen, auf die es nicht mehr ankommt.',
  'refusal.memory.invalid_cursor': 'Diese Stelle der Liste gibt es nicht. Laden Sie die Liste neu.',
  'refusal.memory.not_found': 'Diese Tatsache gibt es nicht. Vielleicht wurde sie gelöscht.',
  'refusal.memory.undo_expired': 'Das Löschen lässt sich nicht mehr rückgängig machen.',
  'refusal.metrics.not_allowed':
    'Diese Zahlen sind für die Administration und für Programme auf dem Server selbst.',
  'refusal.notifications.invalid_cursor': 'Diese Stelle der Liste gibt es nicht. Laden Sie die Liste neu.',
  'refusal.notifications.link_not_internal':
    'Eine Benachrichtigung kann nur auf eine Seite dieses Programms führen: auf einen Pfad wie /runs oder /documents.',
  'refusal.notifications.mail_not_configured':
    'Dieser Server versendet noch keine Mails, deshalb geht das nicht per E-Mail. Die Administration kann einen Mailserver einrichten.',
  'refusal.notifications.not_found': 'Diese Benachrichtigung gibt es nicht. Vielleicht wurde sie entfernt.',
  'refusal.notifications.preference_fixed': 'Was die Sicherheit Ihres Kontos betrifft, erfahren Sie immer.',
  'refusal.notifications.too_many':
    'Ihre Workflows haben Ihnen in einer Stunde sehr viele Benachrichtigungen gesendet. Später werden wieder welche gesendet.',
  'refusal.notifications.undo_expired': 'Das Entfernen lässt sich nicht mehr rückgängig machen.',
  'refusal.policies.version_conflict':
    'Jemand anderes hat die Richtlinien inzwischen geändert. Laden Sie sie neu und wiederholen Sie Ihre Änderung.',
  'refusal.privacy.deletion_begun':
    'Das Löschen dieses Kontos hat begonnen und lässt sich nicht zurücknehmen.',
  'refusal.privacy.export_failed':
    'Die Kopie ließ sich nicht erstellen. Fordern Sie sie noch einmal an; wenn es wieder nicht geht, sagen Sie es der Administration.',
  'refusal.privacy.export_not_found':
    'Diese Kopie gibt es nicht. Nach sieben Tagen werden Kopien entfernt; fordern Sie eine neue an.',
  'refusal.privacy.export_not_ready': 'Diese Kopie ist noch nicht bereit.',
  'refusal.privacy.export_not_ready.just_ended':
    'Eine andere Kopie ist gerade erst fertig geworden. Fordern Sie sie noch einmal an.',
  'refusal.privacy.last_superuser':
    'Sie sind der letzte aktive Inhaber. Machen Sie zuerst jemand anderen dazu, sonst könnte niemand mehr alles verwalten.',
  'refusal.privacy.no_deletion': 'Für dieses Konto ist keine Löschung geplant.',
  'refusal.privacy.outdated_text':
    'Der Text, zu dem Sie geantwortet haben, wurde geändert. Lesen Sie ihn noch einmal und entscheiden Sie neu.',
  'refusal.privacy.proof_not_found':
    'Diesen Nachweis gibt es nicht. Eine Löschung, die noch läuft, hat noch keinen; sehen Sie in einigen Minuten noch einmal nach.',
  'refusal.privacy.unknown_purpose': 'Unter diesem Namen gibt es nichts, dem man zustimmen könnte.',
  'refusal.privacy.wrong_email':
    'Das ist nicht die E-Mail-Adresse Ihres Kontos. Geben Sie sie ein, um die Löschung zu bestätigen.',
  'refusal.profile.not_found': 'Dieses Profil gibt es nicht.',
  'refusal.profile.version_conflict':
    'Ihr Profil wurde inzwischen anderswo geändert. Laden Sie es neu und wiederholen Sie Ihre Änderung.',
  'refusal.sessions.not_found': 'Unter Ihren Sitzungen gibt es diese nicht.',
};
