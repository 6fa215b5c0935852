/** What is refused in conversations, by their modes and by the search of the web. */
export const chatRefusals = {
  'refusal.chat_modes.expert_not_found': 'In der Expertenrunde gibt es diesen Experten nicht.',
  'refusal.chat_modes.expert_prompt_empty':
    'Schreiben Sie, was der Experte tun soll, oder stellen Sie seine mitgelieferte Anweisung wieder her.',
  'refusal.chat_modes.not_found':
    'Diese Betriebsart gibt es nicht, oder sie hat keinen Workflow: Die einfache fragt ein Modell und sonst nichts.',
  'refusal.chat_modes.tool_not_found': 'Dieses Werkzeug gibt es für Betriebsarten nicht.',
  'refusal.conversations.documents_being_read':
    'Dokumente werden noch gelesen und konnten noch nicht durchsucht werden. Fragen Sie noch einmal, wenn sie bereit sind.',
  'refusal.conversations.empty_answer':
    'Das Modell beendete seine Antwort ohne ein einziges Wort. Fragen Sie noch einmal oder wählen Sie ein anderes Modell.',
  'refusal.conversations.empty_answer.workflow':
    'Der Workflow endete ohne eine Antwort. Kennzeichnen Sie den Schritt, dessen Text die Antwort ist, oder geben Sie seinem Ende eine Ausgabe.',
  'refusal.conversations.generation_not_found':
    'Diese Antwort gibt es nicht. Vielleicht wurde ihre Unterhaltung gelöscht.',
  'refusal.conversations.generation_running':
    'Hier wird gerade eine Antwort geschrieben. Warten Sie auf ihr Ende oder halten Sie sie zuerst an.',
  'refusal.conversations.idempotency_key_reused':
    'Diese Anfrage wurde schon mit anderem Inhalt gesendet. Laden Sie die Seite neu und senden Sie sie noch einmal.',
  'refusal.conversations.interrupted':
    'Das Programm, das diese Antwort schrieb, ist stehen geblieben, und kein anderes schreibt sie weiter. Was geschrieben war, bleibt; fragen Sie noch einmal für eine neue Antwort.',
  'refusal.conversations.invalid_cursor': 'Diese Stelle der Liste gibt es nicht. Laden Sie die Liste neu.',
  'refusal.conversations.invalid_position':
    'Diese Stelle der Antwort gibt es nicht. Laden Sie die Seite neu.',
  'refusal.conversations.message_not_found': 'Diese Nachricht gibt es in dieser Unterhaltung nicht.',
  'refusal.conversations.mode_not_found':
    'Sie haben keinen solchen Workflow, der hier antworten könnte. Wählen Sie eine der Betriebsarten aus dem Menü.',
  'refusal.conversations.not_an_answer':
    'Nur eine Antwort lässt sich neu schreiben. Um eine Frage zu ändern, senden Sie sie neu.',
  'refusal.conversations.not_found': 'Diese Unterhaltung gibt es nicht. Vielleicht wurde sie gelöscht.',
  'refusal.conversations.parent_not_an_answer':
    'Eine Frage folgt auf eine Antwort oder beginnt die Unterhaltung; hier stünde sie hinter einer anderen Frage.',
  'refusal.conversations.question_empty': 'Schreiben Sie zuerst eine Frage.',
  'refusal.conversations.question_too_long':
    'Die Frage ist zu lang. Fügen Sie lange Texte als Dokumente hinzu und fragen Sie nach ihnen.',
  'refusal.conversations.question_too_long.limit':
    'Die Frage hat {size_kb} KB Text; {limit_kb} KB sind möglich. Fügen Sie lange Texte als Dokumente hinzu und fragen Sie nach ihnen.',
  'refusal.conversations.question_unreadable':
    'Die Frage enthält NUL-Zeichen, die sich nicht als Text speichern lassen. Entfernen Sie sie und senden Sie die Frage noch einmal.',
  'refusal.conversations.run_cancelled': 'Der Lauf wurde abgebrochen.',
  'refusal.conversations.title_invalid': 'Ein Titel braucht 1 bis 200 Zeichen Text.',
  'refusal.conversations.too_many_restarts':
    'Die Antwort wurde zu oft neu begonnen, weil das Programm, das sie schrieb, immer wieder stehen blieb. Fragen Sie noch einmal; wenn es sich wiederholt, hilft ein Blick in das Protokoll.',
  'refusal.conversations.undo_expired': 'Das Löschen lässt sich nicht mehr rückgängig machen.',
  'refusal.web_search.address_unusable':
    'Geben Sie die Adresse des Suchservers an, zum Beispiel https://search.example.org.',
  'refusal.web_search.bad_answer':
    'Der Suchanbieter hat etwas geantwortet, das keine Liste von Ergebnissen ist.',
  'refusal.web_search.bad_answer.named': '{name} hat etwas geantwortet, das keine Liste von Ergebnissen ist.',
  'refusal.web_search.bad_key':
    'Der Suchanbieter hat den API-Schlüssel nicht angenommen. Die Administration muss einen gültigen eingeben.',
  'refusal.web_search.disabled':
    'Die Websuche ist hier ausgeschaltet. Die Administration kann sie einschalten.',
  'refusal.web_search.forbidden': 'Nur die Administration kann die Websuche ändern.',
  'refusal.web_search.key_for_other_server':
    'Der gespeicherte API-Schlüssel gehört zu einem anderen Server. Geben Sie den für die neue Adresse ein oder entfernen Sie ihn.',
  'refusal.web_search.key_needed': 'Dieser Suchanbieter braucht einen API-Schlüssel.',
  'refusal.web_search.no_provider':
    'Die Websuche ist eingeschaltet, doch kein Suchanbieter ist bereit. Die Administration muss einen einrichten.',
  'refusal.web_search.page_unreadable': 'Die Seite ließ sich nicht als Text lesen.',
  'refusal.web_search.provider_busy':
    'Der Suchanbieter nimmt gerade keine Suchen mehr an. Versuchen Sie es in einer Minute noch einmal.',
  'refusal.web_search.provider_busy.paced':
    '{name} wird nicht öfter gefragt, als hier erlaubt ist. Versuchen Sie es in {retry_seconds} noch einmal.',
  'refusal.web_search.provider_not_configured': 'Dieser Suchanbieter ist nicht eingerichtet.',
  'refusal.web_search.provider_twice': 'Jeder Suchanbieter kann nur einmal eingerichtet werden.',
  'refusal.web_search.quota_used_up': 'Die bezahlten Suchen beim Suchanbieter sind verbraucht.',
  'refusal.web_search.refused': 'Der Suchanbieter hat diese Suche abgelehnt.',
  'refusal.web_search.too_many':
    'Sie haben das Web sehr oft durchsucht. Warten Sie ein wenig und suchen Sie dann noch einmal.',
  'refusal.web_search.too_many.wait':
    'Sie haben das Web sehr oft durchsucht. Warten Sie {retry_seconds} und suchen Sie dann noch einmal.',
  'refusal.web_search.unreachable': 'Der Suchanbieter war nicht erreichbar.',
  'refusal.web_search.version_conflict':
    'Jemand hat die Websuche inzwischen geändert. Laden Sie sie neu und wiederholen Sie Ihre Änderung.',
};
