/** What is refused about models and their providers, and why a model did not answer. */
export const modelRefusals = {
  'refusal.models.address_not_allowed': 'An diese Adresse dürfen Anfragen nicht gehen.',
  'refusal.models.address_not_allowed.invalid_url':
    'Geben Sie eine vollständige Adresse an, die mit http:// oder https:// beginnt und weder Benutzernamen noch Passwort enthält.',
  'refusal.models.address_not_allowed.local':
    'Die Adresse {address} liegt in einem privaten Netz. Für das, was dort sein soll, kann die Administration lokale Adressen erlauben.',
  'refusal.models.address_not_allowed.metadata':
    'Die Adresse {address} gehört dem Rechner selbst oder seiner Cloud (link-lokal oder Metadaten) und ist nie erlaubt.',
  'refusal.models.address_not_allowed.unencrypted':
    '{from} schickt die Anfrage weiter an eine Adresse ohne Verschlüsselung.',
  'refusal.models.address_not_allowed.unusable':
    'Die Adresse {address} ist reserviert oder als Adresse eines Servers nicht brauchbar.',
  'refusal.models.bad_response': 'Die Antwort des Modells war nicht zu verstehen.',
  'refusal.models.bad_response.could_not': '{provider} konnte nicht antworten.',
  'refusal.models.bad_response.could_not_said':
    '{provider} konnte nicht antworten. Die Meldung lautet: {said}',
  'refusal.models.bad_response.endless':
    '{model} antwortete ohne Ende. Fragen Sie noch einmal oder wählen Sie ein anderes Modell.',
  'refusal.models.bad_response.form':
    '{model} hat nicht in der verlangten Form geantwortet. Fragen Sie noch einmal oder wählen Sie ein anderes Modell. ({fault})',
  'refusal.models.bad_response.tool_call':
    '{provider} hat das Werkzeug „{tool}“ auf eine Weise verlangt, die sich nicht lesen lässt.',
  'refusal.models.bad_response.vectors': '{provider} hat nicht zu jedem Text einen Vektor gesendet.',
  'refusal.models.bad_response.download_ended':
    '{provider} hat das Herunterladen beendet, ohne zu melden, dass es gelungen ist.',
  'refusal.models.bad_response.filtered': 'Der Inhaltsfilter von {provider} hat die Antwort beendet.',
  'refusal.models.bad_response.no_model_server':
    'Unter der Adresse von {provider} ist kein Modellserver (Status 404).',
  'refusal.models.bad_response.no_stream':
    '{provider} hat nicht fortlaufend geantwortet. Ist das ein Modellserver?',
  'refusal.models.bad_response.not_http':
    '{provider} hat etwas gesendet, das keine gültige Antwort ist. Ist das ein Modellserver?',
  'refusal.models.bad_response.not_ollama':
    '{provider} ist kein Ollama-Server; seine Modelle werden auf seine eigene Art verwaltet.',
  'refusal.models.bad_response.too_large': '{provider} hat mehr gesendet, als eine Antwort enthalten darf.',
  'refusal.models.bad_response.unreadable': '{provider} hat etwas gesendet, das nicht lesbar ist.',
  'refusal.models.bad_response.wrong_kind':
    '{provider} hat nicht geantwortet wie ein Modellserver dieser Art. Prüfen Sie Art und Adresse.',
  'refusal.models.care_not_supported':
    'Nur die Modelle von Ollama-Servern lassen sich von hier aus verwalten.',
  'refusal.models.context_exceeded': 'Das ist zu lang für dieses Modell.',
  'refusal.models.context_exceeded.model':
    'Die Unterhaltung ist länger, als das Modell auf einmal lesen kann.',
  'refusal.models.context_exceeded.model_said':
    'Die Unterhaltung ist länger, als das Modell auf einmal lesen kann. Die Meldung lautet: {said}',
  'refusal.models.context_exceeded.provider': 'Die Unterhaltung ist länger, als {provider} annimmt.',
  'refusal.models.context_exceeded.tokens':
    'Das sind etwa {needed} Tokens; {model} liest höchstens {limit} auf einmal.',
  'refusal.models.conversation_not_found': 'Diese Unterhaltung gibt es nicht.',
  'refusal.models.forbidden': 'Nur die Administration kann die Modelle ändern.',
  'refusal.models.interrupted': 'Die Antwort des Modells brach ab.',
  'refusal.models.interrupted.broken_off': '{provider} hat die Antwort abgebrochen.',
  'refusal.models.interrupted.broken_off_said':
    '{provider} hat die Antwort abgebrochen. Die Meldung lautet: {said}',
  'refusal.models.interrupted.connection':
    'Die Verbindung zu {provider} brach ab, bevor die Antwort vollständig war.',
  'refusal.models.invalid_base_url':
    'Geben Sie die Adresse des Servers an, zum Beispiel http://127.0.0.1:11434.',
  'refusal.models.invalid_base_url.no_address': 'Das ist keine Adresse.',
  'refusal.models.invalid_base_url.scheme': 'Die Adresse muss mit http:// oder https:// beginnen.',
  'refusal.models.invalid_base_url.user_info':
    'Die Adresse darf weder Benutzernamen noch Passwort enthalten: Für den API-Schlüssel gibt es ein eigenes Feld.',
  'refusal.models.invalid_position':
    'Diese Stelle des Herunterladens gibt es nicht. Laden Sie die Seite neu.',
  'refusal.models.key_for_other_server':
    'Der gespeicherte API-Schlüssel gehört zu einem anderen Server. Geben Sie den für die neue Adresse ein oder entfernen Sie ihn.',
  'refusal.models.model_not_found': 'Dieses Modell gibt es beim Anbieter nicht.',
  'refusal.models.model_not_found.missing':
    '{provider} hat das Modell {model} nicht. Laden Sie es herunter oder wählen Sie ein anderes.',
  'refusal.models.model_not_found.not_in_library':
    'Ein Modell namens {model} gibt es in der Bibliothek nicht, aus der {provider} herunterlädt.',
  'refusal.models.model_not_found.provider_off':
    'Der Anbieter {provider} ist ausgeschaltet. Wählen Sie ein anderes Modell.',
  'refusal.models.model_not_found.provider_removed':
    'Der Anbieter des Modells {model} wurde entfernt. Wählen Sie ein anderes Modell.',
  'refusal.models.no_chat_model':
    'Für Chats ist kein Modell zugewiesen. Die Administration kann eines in den Einstellungen der Modelle wählen.',
  'refusal.models.no_embedding_model':
    'Für die Suche nach Bedeutung ist kein Modell zugewiesen. Die Administration kann eines in den Einstellungen der Modelle wählen.',
  'refusal.models.no_embedding_model.changed':
    'Das Modell für die Suche nach Bedeutung wurde inzwischen gewechselt.',
  'refusal.models.no_vision': 'Dieses Modell kann keine Bilder ansehen. Wählen Sie eines, das es kann.',
  'refusal.models.no_vision.named':
    'Das Modell {model} kann keine Bilder ansehen. Wählen Sie eines, das es kann.',
  'refusal.models.person_not_found': 'Diese Person gibt es nicht.',
  'refusal.models.provider_name_taken': 'Ein anderer Anbieter hat diesen Namen schon.',
  'refusal.models.provider_not_found': 'Diesen Anbieter gibt es nicht.',
  'refusal.models.provider_resting':
    'Dieser Anbieter hat mehrmals hintereinander versagt. In Kürze wird er wieder versucht.',
  'refusal.models.provider_resting.wait':
    '{provider} hat mehrmals hintereinander versagt. In {retry_seconds} wird er wieder versucht.',
  'refusal.models.pull_not_found': 'Dieses Herunterladen gibt es nicht.',
  'refusal.models.pull_not_supported': 'Nur Ollama-Server laden auf Wunsch Modelle herunter.',
  'refusal.models.quota_exceeded': 'Ihr Kontingent ist aufgebraucht.',
  'refusal.models.quota_exceeded.day':
    'Diese Anfrage passt nicht mehr in Ihre {limit} Tokens pro Tag. Neu gezählt wird ab {resets_at}.',
  'refusal.models.quota_exceeded.month':
    'Diese Anfrage passt nicht mehr in Ihre {limit} Tokens pro Monat. Neu gezählt wird ab {resets_at}.',
  'refusal.models.rate_limited':
    'Der Anbieter bekommt zu viele Anfragen. Versuchen Sie es gleich noch einmal.',
  'refusal.models.rate_limited.provider':
    '{provider} nimmt gerade keine Anfragen mehr an. Versuchen Sie es etwas später noch einmal.',
  'refusal.models.rate_limited.queue':
    'Auf dieses Modell warten schon zu viele Anfragen. Versuchen Sie es gleich noch einmal.',
  'refusal.models.refused': 'Der Anbieter nimmt keine Verbindung an.',
  'refusal.models.refused.provider':
    '{provider} nimmt keine Verbindung an. Läuft der Server unter seiner Adresse?',
  'refusal.models.slot_for_all_only':
    'Alle Dokumente werden mit einem Modell durchsucht, deshalb hat diese Aufgabe ein Modell für alle.',
  'refusal.models.slot_locked': 'Die Administration hat das Modell dieser Aufgabe festgelegt.',
  'refusal.models.slot_not_found': 'Diese Aufgabe gibt es nicht.',
  'refusal.models.timeout': 'Das Modell hat nicht rechtzeitig geantwortet.',
  'refusal.models.timeout.not_begun': '{provider} hat nach {limit_seconds} noch nicht zu antworten begonnen.',
  'refusal.models.timeout.provider': '{provider} hat nicht rechtzeitig geantwortet.',
  'refusal.models.timeout.silent': '{provider} ist mitten in der Antwort für {limit_seconds} verstummt.',
  'refusal.models.truncated': 'Die Antwort des Modells ist unvollständig.',
  'refusal.models.truncated.provider':
    '{provider} hat die Antwort mittendrin beendet und nicht gesagt, warum.',
  'refusal.models.unauthorized': 'Der Anbieter hat den API-Schlüssel nicht angenommen.',
  'refusal.models.unauthorized.provider':
    '{provider} hat den API-Schlüssel nicht angenommen. Prüfen Sie ihn in den Einstellungen der Modelle.',
  'refusal.models.unreachable': 'Der Anbieter war nicht erreichbar.',
  'refusal.models.unreachable.name_not_found': '{provider}: Unter diesem Namen ist kein Server bekannt.',
  'refusal.models.unreachable.not_ready': '{provider} ist nicht bereit (Status {status}).',
  'refusal.models.unreachable.not_ready_said':
    '{provider} ist nicht bereit (Status {status}). Die Meldung lautet: {said}',
  'refusal.models.unreachable.provider': '{provider} war nicht erreichbar.',
  'refusal.models.unreachable.tls_failed':
    '{provider}: Eine sichere Verbindung war nicht möglich, weil das Zertifikat nicht angenommen wurde.',
  'refusal.models.unreachable.too_many_redirects':
    '{provider}: {from} schickt die Anfrage weiter an {target}. Verwenden Sie die endgültige Adresse.',
  'refusal.models.wrong_capability': 'Dieses Modell kann diese Aufgabe nicht. Wählen Sie ein anderes.',
  'refusal.models.wrong_capability.chat':
    'Das Modell {model} kann keine Fragen beantworten. Wählen Sie eines, das es kann.',
  'refusal.models.wrong_capability.embedding':
    'Das Modell {model} kann keine Texte einbetten. Wählen Sie eines, das es kann.',
  'refusal.models.wrong_capability.vision':
    'Das Modell {model} kann keine Bilder ansehen. Wählen Sie eines, das es kann.',
};
