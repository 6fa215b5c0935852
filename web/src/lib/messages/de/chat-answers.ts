import type { chatAnswers as english } from '../en/chat-answers.ts';
import type { Translation } from '../translation.ts';

export const chatAnswers: Translation<typeof english> = {
  'chat.notice.chat_modes.documents_withheld':
    'Der Workflow sollte Dokumente durchsuchen, die Sie für diese Frage nicht gewählt haben. Er lief ohne sie weiter.',
  'chat.notice.chat_modes.step_failed': '{step} {because}',
  'chat.notice.chat_modes.step_failed.expert': '{name}: kein Beitrag.',
  'chat.notice.chat_modes.step_failed.step.act': 'Das Werkzeug hat nicht funktioniert.',
  'chat.notice.chat_modes.step_failed.step.amend': 'Was der genauere Blick ergeben hat, wurde nicht ergänzt.',
  'chat.notice.chat_modes.step_failed.step.assess':
    'Die Frage konnte nicht eingeschätzt werden; die Antwort stützt sich auf das Gefundene.',
  'chat.notice.chat_modes.step_failed.step.brief':
    'Es konnten keine Fachleute gewählt werden; ein Modell antwortet allein.',
  'chat.notice.chat_modes.step_failed.step.choose': 'Es konnte kein weiteres Werkzeug gewählt werden.',
  'chat.notice.chat_modes.step_failed.step.compare':
    'Die schnelle Antwort konnte nicht mit dem genaueren Blick verglichen werden.',
  'chat.notice.chat_modes.step_failed.step.deep':
    'Es gab keinen genaueren Blick: Dies ist nur die schnelle Antwort.',
  'chat.notice.chat_modes.step_failed.step.find': 'Ihre Dokumente konnten nicht durchsucht werden.',
  'chat.notice.chat_modes.step_failed.step.formatted': 'Die verlangte Form fehlt.',
  'chat.notice.chat_modes.step_failed.step.look': 'Was Sie schon wissen, konnte nicht angesehen werden.',
  'chat.notice.chat_modes.step_failed.step.plan':
    'Es konnte kein Plan gemacht werden; die Antwort stützt sich auf das Gefundene.',
  'chat.notice.chat_modes.step_failed.step.quality': 'Die Antwort wurde nicht geprüft.',
  'chat.notice.chat_modes.step_failed.step.quick': 'Es gab keine schnelle Antwort.',
  'chat.notice.chat_modes.step_failed.step.reflect': 'Es ließ sich nicht beurteilen, ob das genügt.',
  'chat.notice.chat_modes.step_failed.step.revision': 'Die Antwort wurde nicht überarbeitet.',
  'chat.notice.chat_modes.step_failed.step.search_web': 'Das Web konnte nicht durchsucht werden.',
  'chat.notice.chat_modes.web_withheld':
    'Der Workflow sollte das Web durchsuchen; für diese Frage ist die Websuche nicht eingeschaltet. Er lief ohne sie weiter.',
  'chat.notice.conversations.answer_cut':
    'Das Modell hat die Höchstlänge seiner Antwort erreicht. Bitten Sie es, fortzufahren.',
  'chat.notice.conversations.citations_unchecked':
    'Die Belege dieser Antwort konnten nicht mit den Dokumenten verglichen werden.',
  'chat.notice.conversations.documents_being_read': {
    one: '{count} Dokument wird noch gelesen, darin wurde also nichts gefunden. Fragen Sie noch einmal, wenn es bereit ist.',
    other:
      '{count} Dokumente werden noch gelesen, darin wurde also nichts gefunden. Fragen Sie noch einmal, wenn sie bereit sind.',
  },
  'chat.notice.conversations.history_cut':
    'Das Gespräch ist länger, als auf einmal gelesen werden kann. Die ältesten Nachrichten wurden weggelassen.',
  'chat.notice.conversations.mode_needs_model':
    'Kein Modell ist verbunden: {mode}; Antworten sind daher Zitate aus Ihren Dokumenten.',
  'chat.notice.conversations.mode_needs_model.mode.experts': 'Fachleute können nicht gefragt werden',
  'chat.notice.conversations.mode_needs_model.mode.fast': 'einen zweiten, genaueren Blick gibt es nicht',
  'chat.notice.conversations.mode_needs_model.mode.router':
    'nichts kann eingeschätzt, geplant oder mit Werkzeugen erledigt werden',
  'chat.notice.conversations.mode_needs_model.mode.socratic': 'Rückfragen sind nicht möglich',
  'chat.notice.conversations.other_model': '{because} Stattdessen antwortet {model}.',
  'chat.notice.conversations.question_exceeds_context':
    'Schon die Frage ist länger, als das Modell lesen kann. Teile davon übersieht es womöglich.',
  'chat.notice.conversations.trying_again': '{because} Neuer Versuch ({try} von {tries}).',
  'chat.reason.conversations.writer_stopped':
    'Das Programm, das diese Antwort schrieb, wurde beendet. Die Antwort beginnt von vorn.',
  'chat.reason.models.address_not_allowed': 'Die Adresse des Modellservers ist nicht erlaubt.',
  'chat.reason.models.bad_response': 'Der Modellserver hat etwas gesendet, das keine gültige Antwort ist.',
  'chat.reason.models.context_exceeded': 'Das ist länger, als das Modell auf einmal lesen kann.',
  'chat.reason.models.interrupted': 'Die Verbindung zum Modell brach ab, bevor die Antwort vollständig war.',
  'chat.reason.models.model_not_found': 'Das Modell ist nicht vorhanden.',
  'chat.reason.models.no_chat_model': 'Kein Modell für Gespräche ist zugewiesen.',
  'chat.reason.models.provider_resting':
    'Der Anbieter hat mehrmals hintereinander versagt und wird kurz in Ruhe gelassen.',
  'chat.reason.models.quota_exceeded': 'Das Kontingent ist aufgebraucht.',
  'chat.reason.models.rate_limited': 'Der Anbieter hat zu viele Anfragen.',
  'chat.reason.models.refused': 'Der Modellserver hat die Verbindung abgelehnt.',
  'chat.reason.models.timeout': 'Das Modell hat nicht rechtzeitig geantwortet.',
  'chat.reason.models.truncated': 'Die Antwort des Modells ist unvollständig.',
  'chat.reason.models.unauthorized': 'Der Anbieter hat den API-Schlüssel nicht angenommen.',
  'chat.reason.models.unreachable': 'Der Modellserver ist nicht erreichbar.',
  'chat.reason.web_search.bad_answer': 'Der Suchanbieter hat etwas gesendet, das keine gültige Antwort ist.',
  'chat.reason.web_search.bad_key': 'Der Suchanbieter hat den API-Schlüssel nicht angenommen.',
  'chat.reason.web_search.disabled':
    'Die Websuche ist ausgeschaltet. Die Administration kann sie einschalten.',
  'chat.reason.web_search.no_provider': 'Kein Suchanbieter ist eingerichtet.',
  'chat.reason.web_search.provider_busy': 'Der Suchanbieter hat zu viele Anfragen.',
  'chat.reason.web_search.quota_used_up': 'Das Kontingent des Suchanbieters ist aufgebraucht.',
  'chat.reason.web_search.refused': 'Der Suchanbieter hat die Suche abgelehnt.',
  'chat.reason.web_search.too_many': 'Es waren zu viele Suchen. Warten Sie einen Moment.',
  'chat.reason.web_search.unreachable': 'Der Suchanbieter ist nicht erreichbar.',
  'chat.reason.workflows.output_not_matching': 'Das Modell hat nicht in der verlangten Form geantwortet.',
  'chat.reason.workflows.step_timeout': 'Der Schritt hat zu lange gedauert.',
  'chat.server_words.answer': '**Antwort aus Zitaten, kein Modell verbunden.** Zitate aus Ihren Dokumenten:',
  'chat.server_words.nothing_found':
    '**Antwort aus Zitaten, kein Modell verbunden.** In den gewählten Dokumenten habe ich nichts gefunden, das diese Frage beantwortet.',
  'chat.server_words.nothing_to_quote':
    'Kein Sprachmodell ist verbunden, also kann ich keine eigene Antwort schreiben, und in diesem Gespräch gibt es keine Dokumente zum Nachsehen.\n\nWas ich ohne Modell kann: mit Zitaten aus Ihren Dokumenten antworten. Wählen Sie für dieses Gespräch alle Dokumente, eine Sammlung oder einzelne Dokumente und fragen Sie noch einmal.\n\nFür geschriebene Antworten verbinden Sie unter Einstellungen → Modelle ein Modell: Ollama oder einen Server, der mit OpenAI kompatibel ist.',
  'chat.server_words.summary':
    '**Zusammenfassung aus Zitaten, kein Modell verbunden.** Die Sätze, auf die es am meisten ankommt:',
  'chat.step_detail.approved': 'genehmigt',
  'chat.step_detail.asked_for_answer': 'Sie wollten die Antwort',
  'chat.step_detail.asks_back': 'fragt zurück',
  'chat.step_detail.assessed.complexity.complex': 'schwierig',
  'chat.step_detail.assessed.complexity.moderate': 'mittel',
  'chat.step_detail.assessed.complexity.simple': 'einfach',
  'chat.step_detail.assessed.needs.documents': 'braucht Dokumente',
  'chat.step_detail.assessed.needs.documents_and_tools': 'braucht Dokumente, braucht Werkzeuge',
  'chat.step_detail.assessed.needs.tools': 'braucht Werkzeuge',
  'chat.step_detail.assessed.sure': 'zu {count} % sicher',
  'chat.step_detail.enough': 'genügt für die Antwort',
  'chat.step_detail.experts': { one: '{count} Fachmeinung', other: '{count} Fachmeinungen' },
  'chat.step_detail.fine': 'in Ordnung',
  'chat.step_detail.found': '{passages} aus {documents}',
  'chat.step_detail.found.documents': { one: '{count} Dokument', other: '{count} Dokumenten' },
  'chat.step_detail.found.passages': { one: '{count} Stelle', other: '{count} Stellen' },
  'chat.step_detail.next_in_line': 'als Nächstes an der Reihe',
  'chat.step_detail.no_longer_needed': 'nicht mehr nötig',
  'chat.step_detail.none_needed': 'keines nötig',
  'chat.step_detail.not_allowed': 'nicht erlaubt',
  'chat.step_detail.not_approved': 'nicht genehmigt',
  'chat.step_detail.not_approved_in_time': 'nicht rechtzeitig genehmigt',
  'chat.step_detail.not_done': 'kein Werkzeug: nicht ausgeführt',
  'chat.step_detail.not_enough': 'noch nicht genug',
  'chat.step_detail.not_worked': 'hat nicht funktioniert',
  'chat.step_detail.nothing_found': 'nichts gefunden',
  'chat.step_detail.nothing_found_unread': {
    one: 'nichts gefunden, {count} Dokument wird noch gelesen',
    other: 'nichts gefunden, {count} Dokumente werden noch gelesen',
  },
  'chat.step_detail.nothing_to_add': 'nichts zu ergänzen',
  'chat.step_detail.pages_read': { one: '{read} von {count} Seite', other: '{read} von {count} Seiten' },
  'chat.step_detail.passages': { one: '{count} Stelle', other: '{count} Stellen' },
  'chat.step_detail.place_in_line': 'Platz {place} in der Warteschlange',
  'chat.step_detail.planned': { one: '{count} Schritt', other: '{count} Schritte' },
  'chat.step_detail.prepared.messages': {
    one: '{count} frühere Nachricht',
    other: '{count} frühere Nachrichten',
  },
  'chat.step_detail.prepared.sources': { one: '{count} Quelle', other: '{count} Quellen' },
  'chat.step_detail.prepared.tokens': { one: 'etwa {count} Token', other: 'etwa {count} Token' },
  'chat.step_detail.quotations': { one: '{count} Zitat', other: '{count} Zitate' },
  'chat.step_detail.results': { one: '{count} Treffer', other: '{count} Treffer' },
  'chat.step_detail.something_to_add': 'etwas zu ergänzen',
  'chat.step_detail.to_put_right': '{count} zu verbessern',
  'chat.step_detail.tool_not_done': '{tool}: nicht ausgeführt',
  'chat.step_detail.waits_for_you': 'wartet auf Sie',
  'chat.step_detail.worked': 'hat funktioniert',
};
