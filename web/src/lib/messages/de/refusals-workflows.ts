/** What is refused about workflows, their triggers and approvals, and why a step of a run failed. */
export const workflowRefusals = {
  'refusal.workflows.approval_decided': 'Das wurde schon entschieden, und zwar anders.',
  'refusal.workflows.approval_decided.approved': 'Das wurde schon genehmigt.',
  'refusal.workflows.approval_decided.cancelled': 'Das hat sich erledigt: Der Lauf wurde abgebrochen.',
  'refusal.workflows.approval_decided.expired': 'Darüber wurde nicht rechtzeitig entschieden.',
  'refusal.workflows.approval_decided.rejected': 'Das wurde schon abgelehnt.',
  'refusal.workflows.approval_not_found': 'Diese Freigabe gibt es nicht.',
  'refusal.workflows.budget_exceeded': 'Das Budget des Laufs ist aufgebraucht.',
  'refusal.workflows.budget_exceeded.tokens':
    'Der Lauf hat seine Tokens aufgebraucht, deshalb wurde das Modell nicht gefragt.',
  'refusal.workflows.budget_exceeded.steps': 'Der Lauf hat alle seine {limit} Schritte gemacht.',
  'refusal.workflows.budget_exceeded.time': 'Der Lauf hat seine {limit_seconds} gearbeitet.',
  'refusal.workflows.builtin':
    'Dieser Workflow gehört zu einer Betriebsart und folgt Ihren Einstellungen dafür. Duplizieren Sie ihn, um ihn zu ändern.',
  'refusal.workflows.changed_meanwhile':
    'Dieser Workflow wurde inzwischen geändert. Laden Sie ihn neu und wiederholen Sie Ihre Änderung.',
  'refusal.workflows.chat_input_unfit':
    'Ein Chat gibt einem Workflow „question“, einen Text, und „history“, eine Liste von Nachrichten, und sonst nichts. Ändern Sie das Eingabeschema des Workflows so, dass beides genügt.',
  'refusal.workflows.chat_trigger_exists':
    'Dieser Workflow antwortet schon in Chats. Schalten Sie den anderen Auslöser aus oder entfernen Sie ihn zuerst.',
  'refusal.workflows.chat_trigger_off':
    'Dieser Workflow antwortet nicht mehr in Chats. Schalten Sie seinen Auslöser „In einem Chat“ ein, oder wählen Sie eine andere Betriebsart und fragen Sie noch einmal.',
  'refusal.workflows.config_invalid': 'Die Einstellungen des Schritts sind ungültig.',
  'refusal.workflows.config_invalid.header_line_break': 'Ein Header darf keine Zeilenumbrüche enthalten.',
  'refusal.workflows.config_invalid.loop_not_list': 'Das, worüber die Schleife läuft, ist keine Liste.',
  'refusal.workflows.config_invalid.loop_too_long':
    'Die Liste hat {count} Einträge; eine Schleife nimmt {limit}.',
  'refusal.workflows.config_invalid.no_tool': 'Das Werkzeug „{tool}“ gibt es nicht.',
  'refusal.workflows.config_invalid.wait_for_what':
    'Sagen Sie, wie lange, bis wann oder worauf gewartet werden soll.',
  'refusal.workflows.disabled': 'Dieser Workflow ist ausgeschaltet. Schalten Sie ihn ein, um ihn zu starten.',
  'refusal.workflows.expression_failed': 'Der Ausdruck ist fehlgeschlagen.',
  'refusal.workflows.expression_timeout':
    'Der Ausdruck brauchte mehr Zeit oder Speicher als erlaubt und wurde beendet.',
  'refusal.workflows.http_status': 'Der andere Server hat die Anfrage abgelehnt.',
  'refusal.workflows.http_status.status': 'Der andere Server hat mit dem Status {status} geantwortet.',
  'refusal.workflows.idempotency_key_reused':
    'Diese Anfrage wurde schon mit anderem Inhalt gesendet. Laden Sie die Seite neu und senden Sie sie noch einmal.',
  'refusal.workflows.input_invalid': 'Die Eingabe passt nicht zum Schema dieses Workflows.',
  'refusal.workflows.invalid':
    'So kann dieser Workflow nicht laufen. Die Fehler stehen bei seinen Schritten.',
  'refusal.workflows.invalid_cursor': 'Diese Stelle der Liste gibt es nicht. Laden Sie die Liste neu.',
  'refusal.workflows.invalid_position': 'Diese Stelle des Laufs gibt es nicht. Laden Sie die Seite neu.',
  'refusal.workflows.missing_value': 'Ein Wert fehlt.',
  'refusal.workflows.missing_value.expression':
    'Der Ausdruck hat keinen Wert: Etwas, das er nennt, ist nicht da.',
  'refusal.workflows.missing_value.template': 'Für {template} gibt es keinen Wert.',
  'refusal.workflows.not_found': 'Diesen Workflow gibt es nicht.',
  'refusal.workflows.output_not_matching': 'Die Antwort des Modells passt nicht zum Schema.',
  'refusal.workflows.output_not_matching.after_repair':
    'Die Antwort von {model} passt nicht zum Schema, auch nachdem es um eine Korrektur gebeten wurde: {problems}.',
  'refusal.workflows.output_unbounded':
    'Das Modell schrieb mehr, als der Schritt erlaubt, und wurde angehalten.',
  'refusal.workflows.rejected': 'Das wurde nicht genehmigt.',
  'refusal.workflows.rejected.not_approved':
    'Der Schritt ändert oder sendet etwas und wurde nicht genehmigt.',
  'refusal.workflows.run_ended': 'Dieser Lauf ist schon zu Ende.',
  'refusal.workflows.run_not_found': 'Diesen Lauf gibt es nicht.',
  'refusal.workflows.run_not_paused':
    'Dieser Lauf ist nicht angehalten, deshalb lässt er sich nicht fortsetzen.',
  'refusal.workflows.run_not_repeatable':
    'Nur ein Lauf, der fehlschlug oder abgebrochen wurde, lässt sich noch einmal versuchen, und zwar ab einem seiner Schritte.',
  'refusal.workflows.run_stopping':
    'Dieser Lauf wird gerade angehalten, deshalb wird für ihn nichts mehr entschieden.',
  'refusal.workflows.run_stuck':
    'Das Programm blieb in diesem Lauf immer wieder stehen, ohne weiterzukommen; deshalb wurde er beendet.',
  'refusal.workflows.schedules_busy':
    'Gerade werden zu viele Zeitpläne geprüft. Versuchen Sie es gleich noch einmal.',
  'refusal.workflows.step_failed':
    'Der Schritt hatte einen Fehler, mit dem niemand gerechnet hat. Er ist protokolliert.',
  'refusal.workflows.step_not_found': 'Diesen Schritt gibt es nicht.',
  'refusal.workflows.step_timeout': 'Der Schritt wurde nicht rechtzeitig fertig.',
  'refusal.workflows.step_timeout.limit': 'Der Schritt wurde nicht innerhalb von {limit_seconds} fertig.',
  'refusal.workflows.sub_workflow_failed': 'Der Unter-Workflow ist fehlgeschlagen.',
  'refusal.workflows.sub_workflow_failed.no_workflow':
    'Diesen Workflow gibt es nicht, oder er hat keinen Anfang.',
  'refusal.workflows.too_deep.limit': 'Workflows können einander höchstens {limit} Ebenen tief starten.',
  'refusal.workflows.too_deep': 'Workflows sind zu tief ineinander geschachtelt.',
  'refusal.workflows.trigger_invalid': 'Dieser Auslöser ist ungültig.',
  'refusal.workflows.trigger_invalid.no_event': 'Das Ereignis „{event}“ gibt es nicht.',
  'refusal.workflows.trigger_invalid.too_far':
    'Der Zeitplan lässt sich nicht lesen: Seine nächste Zeit liegt zu weit entfernt oder kommt nie.',
  'refusal.workflows.trigger_not_found': 'Diesen Auslöser gibt es nicht.',
  'refusal.workflows.value_too_large': 'Ein Wert ist zu groß.',
  'refusal.workflows.value_too_large.branches':
    'Die Ergebnisse der Zweige sind zusammen größer als {limit_mb} MB.',
  'refusal.workflows.value_too_large.expression': 'Das Ergebnis des Ausdrucks ist größer als {limit_mb} MB.',
  'refusal.workflows.value_too_large.input':
    'Die Eingabe des Schritts hat {size_kb} KB; {limit_kb} KB sind möglich.',
  'refusal.workflows.value_too_large.loop':
    'Die Ergebnisse der Schleife sind zusammen größer als {limit_mb} MB.',
  'refusal.workflows.value_too_large.output':
    'Die Ausgabe des Schritts hat {size_kb} KB; {limit_kb} KB sind möglich.',
  'refusal.workflows.value_too_large.request': 'Der Inhalt der Anfrage ist größer als {limit_mb} MB.',
  'refusal.workflows.version_not_found': 'Diese Version gibt es nicht.',
  'refusal.workflows.webhook_refused':
    'Die Signatur passt nicht. Signieren Sie id, timestamp und Inhalt mit dem Geheimnis des Auslösers.',
  'refusal.workflows.webhook_replayed':
    'Ein Webhook mit dieser id kam schon einmal an; er startet nichts ein zweites Mal.',
  'refusal.workflows.webhook_stale': 'Der Zeitstempel liegt mehr als fünf Minuten neben der jetzigen Zeit.',
};
