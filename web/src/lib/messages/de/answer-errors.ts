import type { answerErrors as english } from '../en/answer-errors.ts';
import type { Translation } from '../translation.ts';

export const answerErrors: Translation<typeof english> = {
  'chat.error.conversations.empty_answer':
    'Das Modell hat seine Antwort ohne ein einziges Wort beendet. Fragen Sie noch einmal oder wählen Sie ein anderes Modell.',
  'chat.error.conversations.empty_answer.workflow':
    'Der Workflow endete ohne Antwort. Kennzeichnen Sie den Schritt, dessen Text die Antwort ist, oder geben Sie seinem Ende eine Ausgabe.',
  'chat.error.conversations.interrupted':
    'Das Programm, das diese Antwort schrieb, wurde beendet, und nichts schreibt sie weiter. Das Geschriebene bleibt erhalten; fragen Sie noch einmal für eine neue Antwort.',
  'chat.error.conversations.too_many_restarts':
    'Die Antwort wurde zu oft neu begonnen, weil das Programm, das sie schrieb, immer wieder endete. Fragen Sie noch einmal; wiederholt es sich, sollte im Protokoll nachsehen, wer diesen Server betreibt.',
  'chat.error.database_full':
    'Der Datenträger der Datenbank ist voll. Bitten Sie den, der diesen Server betreibt, Platz zu schaffen, und fragen Sie dann noch einmal.',
  'chat.error.database_unavailable':
    'Die Datenbank hat nicht geantwortet. Nichts ging verloren; fragen Sie gleich noch einmal.',
  'chat.error.documents.not_found':
    'Ein Dokument, das der Workflow nennt, gibt es nicht mehr. Wählen Sie im Workflow ein anderes und fragen Sie noch einmal.',
  'chat.error.internal':
    'Auf dem Server trat ein unerwarteter Fehler auf. Er wurde protokolliert. Fragen Sie noch einmal; wiederholt es sich, melden Sie es dem, der diesen Server betreibt.',
  'chat.error.models.address_not_allowed':
    'Die Adresse von {provider} führt dorthin, wohin Anfragen nicht gehen dürfen. Prüfen Sie sie in den Modelleinstellungen.',
  'chat.error.models.bad_response':
    '{provider} hat etwas gesendet, das keine gültige Antwort ist. Ist es ein Modellserver? Prüfen Sie Art und Adresse in den Modelleinstellungen.',
  'chat.error.models.bad_response.could_not':
    '{provider} konnte nicht antworten. Fragen Sie noch einmal oder wählen Sie ein anderes Modell.',
  'chat.error.models.bad_response.endless':
    '{model} antwortete ohne Ende und wurde angehalten. Fragen Sie noch einmal oder wählen Sie ein anderes Modell.',
  'chat.error.models.bad_response.filtered':
    'Der Inhaltsfilter von {provider} hat die Antwort beendet. Stellen Sie die Frage anders oder wählen Sie ein anderes Modell.',
  'chat.error.models.bad_response.form':
    '{model} hat nicht in der verlangten Form geantwortet. Fragen Sie noch einmal oder wählen Sie ein anderes Modell.',
  'chat.error.models.bad_response.no_server':
    'Unter der Adresse von {provider} gibt es keinen Modellserver. Prüfen Sie die Adresse in den Modelleinstellungen.',
  'chat.error.models.bad_response.too_large':
    '{provider} hat mehr gesendet, als eine Antwort fassen darf. Verlangen Sie weniger auf einmal oder wählen Sie ein anderes Modell.',
  'chat.error.models.context_exceeded':
    'Das Gespräch ist länger, als {provider} annimmt. Beginnen Sie ein neues Gespräch oder wählen Sie ein Modell, das mehr auf einmal liest.',
  'chat.error.models.context_exceeded.answer':
    'Für die Antwort reichte der Platz nicht, den {provider} hat. Beginnen Sie ein neues Gespräch oder wählen Sie ein Modell, das mehr auf einmal liest.',
  'chat.error.models.context_exceeded.tokens':
    'Das sind etwa {needed} Token; {model} liest höchstens {limit} auf einmal. Verlangen Sie weniger oder wählen Sie ein Modell, das mehr auf einmal liest.',
  'chat.error.models.interrupted':
    'Die Verbindung zu {provider} brach ab, bevor die Antwort vollständig war. Das Geschriebene bleibt erhalten; fragen Sie noch einmal.',
  'chat.error.models.model_not_found':
    '{provider} hat das Modell {model} nicht. Laden Sie es herunter oder wählen Sie ein anderes.',
  'chat.error.models.model_not_found.off':
    'Der Anbieter {provider} ist ausgeschaltet. Wählen Sie ein anderes Modell.',
  'chat.error.models.model_not_found.removed':
    'Der Anbieter des Modells {model} wurde entfernt. Wählen Sie ein anderes Modell.',
  'chat.error.models.no_chat_model':
    'Kein Modell für Gespräche ist zugewiesen. Die Administration kann eines in den Modelleinstellungen wählen.',
  'chat.error.models.no_embedding_model':
    'Kein Embedding-Modell ist zugewiesen. Die Administration kann eines in den Modelleinstellungen wählen.',
  'chat.error.models.no_vision':
    'Das Modell {model} kann keine Bilder ansehen. Wählen Sie eines, das es kann.',
  'chat.error.models.provider_resting':
    '{provider} hat mehrmals hintereinander versagt und wurde {seconds} s in Ruhe gelassen. Fragen Sie danach noch einmal oder wählen Sie ein anderes Modell.',
  'chat.error.models.quota_exceeded.day':
    'Die Anfrage passte nicht mehr in Ihre {limit} Token pro Tag. Gezählt wird von vorn ab {at}; fragen Sie dann noch einmal.',
  'chat.error.models.quota_exceeded.month':
    'Die Anfrage passte nicht mehr in Ihre {limit} Token pro Monat. Gezählt wird von vorn ab {at}; fragen Sie dann noch einmal.',
  'chat.error.models.rate_limited':
    '{provider} nahm in diesem Moment keine Anfragen mehr an. Fragen Sie etwas später noch einmal.',
  'chat.error.models.rate_limited.queue':
    'Es warteten schon zu viele Anfragen auf dieses Modell. Fragen Sie gleich noch einmal.',
  'chat.error.models.refused':
    '{provider} hat die Verbindung abgelehnt. Läuft der Server unter seiner Adresse? Fragen Sie noch einmal, wenn er läuft.',
  'chat.error.models.timeout':
    '{provider} hat nicht rechtzeitig geantwortet. Fragen Sie noch einmal oder wählen Sie ein anderes Modell.',
  'chat.error.models.timeout.not_begun':
    '{provider} hatte nach {seconds} s noch nicht zu antworten begonnen. Fragen Sie noch einmal oder wählen Sie ein schnelleres Modell.',
  'chat.error.models.timeout.silent':
    '{provider} verstummte mitten in der Antwort für {seconds} s. Das Geschriebene bleibt erhalten; fragen Sie noch einmal.',
  'chat.error.models.truncated':
    '{provider} hat die Antwort mittendrin beendet, ohne zu sagen, warum. Das Geschriebene bleibt erhalten; fragen Sie noch einmal.',
  'chat.error.models.unauthorized':
    '{provider} hat den API-Schlüssel nicht angenommen. Prüfen Sie ihn in den Modelleinstellungen.',
  'chat.error.models.unreachable':
    '{provider} ist nicht erreichbar. Prüfen Sie, ob er läuft und seine Adresse stimmt, und fragen Sie dann noch einmal.',
  'chat.error.models.unreachable.not_ready':
    '{provider} war nicht bereit (Status {status}). Fragen Sie gleich noch einmal.',
  'chat.error.outbound.address_not_allowed':
    'Eine Adresse, die der Workflow nennt, führt in ein privates Netz, wohin Anfragen nicht gehen dürfen. Wählen Sie eine andere.',
  'chat.error.outbound.bad_response':
    'Der andere Server hat etwas gesendet, das keine gültige Antwort ist. Prüfen Sie die Adresse im Workflow.',
  'chat.error.outbound.interrupted':
    'Die Verbindung zum anderen Server brach ab, bevor seine Antwort vollständig war. Fragen Sie noch einmal.',
  'chat.error.outbound.invalid_url':
    'Der Workflow nennt eine Adresse, die nicht zu gebrauchen ist. Sie muss mit http:// oder https:// beginnen und darf kein Passwort enthalten.',
  'chat.error.outbound.name_not_found':
    'Unter dem Namen, den der Workflow fragt, ist kein Server bekannt. Prüfen Sie die Adresse im Workflow.',
  'chat.error.outbound.refused':
    'Unter der Adresse, die der Workflow fragt, nimmt nichts Verbindungen an. Läuft der Server dort? Fragen Sie noch einmal, wenn er läuft.',
  'chat.error.outbound.timeout':
    'Der andere Server hat nicht rechtzeitig geantwortet. Fragen Sie gleich noch einmal.',
  'chat.error.outbound.tls_failed':
    'Das Zertifikat des anderen Servers wurde nicht anerkannt, also wurde nichts gesendet. Wer ihn betreibt, muss es in Ordnung bringen.',
  'chat.error.outbound.too_large':
    'Die Antwort des anderen Servers ist größer als erlaubt. Fragen Sie ihn nach weniger.',
  'chat.error.outbound.too_many_redirects':
    'Der andere Server leitet die Anfrage zu oft weiter. Nennen Sie im Workflow seine endgültige Adresse.',
  'chat.error.outbound.unreachable':
    'Der andere Server ist nicht erreichbar. Prüfen Sie die Adresse im Workflow und fragen Sie noch einmal.',
  'chat.error.retrieval.scope_not_found':
    'Dokumente oder eine Sammlung, die Sie für dieses Gespräch gewählt haben, gibt es nicht mehr. Wählen Sie andere und fragen Sie noch einmal.',
  'chat.error.said': 'Die Meldung lautete: {said}',
  'chat.error.web_search.bad_answer':
    'Der Suchanbieter hat etwas gesendet, das keine Trefferliste ist. Fragen Sie noch einmal oder schalten Sie die Websuche für diese Frage aus.',
  'chat.error.web_search.bad_key':
    'Der Suchanbieter hat den API-Schlüssel nicht angenommen. Die Administration muss einen gültigen eingeben.',
  'chat.error.web_search.disabled':
    'Die Websuche ist hier ausgeschaltet. Die Administration kann sie einschalten.',
  'chat.error.web_search.no_provider':
    'Die Websuche ist eingeschaltet, aber kein Suchanbieter ist bereit. Die Administration muss einen einrichten.',
  'chat.error.web_search.provider_busy':
    'Der Suchanbieter nahm in diesem Moment keine Suchen mehr an. Fragen Sie in einer Minute noch einmal.',
  'chat.error.web_search.quota_used_up':
    'Die beim Suchanbieter bezahlten Suchen sind aufgebraucht. Fragen Sie ohne das Web oder wenden Sie sich an die Administration.',
  'chat.error.web_search.refused':
    'Der Suchanbieter hat diese Suche abgelehnt. Stellen Sie die Frage anders oder fragen Sie ohne das Web.',
  'chat.error.web_search.too_many':
    'Sie haben sehr oft im Web gesucht. Warten Sie etwas und fragen Sie noch einmal.',
  'chat.error.web_search.unreachable':
    'Der Suchanbieter ist nicht erreichbar. Fragen Sie gleich noch einmal oder ohne das Web.',
  'chat.error.workflows.budget_exceeded':
    'Der Workflow hat verbraucht, was ein Lauf verbrauchen darf. Lassen Sie ihn weniger tun oder heben Sie seine Grenzen an.',
  'chat.error.workflows.chat_input_unfit':
    'Die Eingabe dieses Workflows passt nicht zu einem Chat. Ändern Sie sein Eingabeschema so, dass Frage und Verlauf genügen.',
  'chat.error.workflows.chat_trigger_off':
    'Dieser Workflow antwortet nicht mehr in Chats. Schalten Sie seinen Auslöser „In einem Chat“ ein, oder wählen Sie einen anderen Modus und fragen Sie noch einmal.',
  'chat.error.workflows.config_invalid':
    'Ein Schritt des Workflows ist nicht richtig eingestellt. Öffnen Sie den Workflow und berichtigen Sie den Schritt.',
  'chat.error.workflows.expression_failed':
    'Ein Ausdruck des Workflows ist fehlgeschlagen. Öffnen Sie den Workflow und berichtigen Sie ihn.',
  'chat.error.workflows.expression_timeout':
    'Ein Ausdruck des Workflows brauchte mehr Zeit oder Speicher als erlaubt und wurde beendet. Öffnen Sie den Workflow und vereinfachen Sie ihn.',
  'chat.error.workflows.http_status':
    'Der andere Server, den der Workflow fragte, antwortete mit Status {status}. Prüfen Sie die Adresse und was dorthin gesendet wird.',
  'chat.error.workflows.invalid':
    'So, wie der Workflow gezeichnet ist, kann er nicht laufen. Öffnen Sie ihn und berichtigen Sie, was dort markiert ist.',
  'chat.error.workflows.missing_value':
    'Der Workflow nennt einen Wert, den es nicht gab. Öffnen Sie seinen Lauf, um zu sehen, welchem Schritt er fehlte.',
  'chat.error.workflows.output_not_matching':
    '{model} hat nicht in der verlangten Form geantwortet, auch nach der Bitte um Berichtigung nicht. Fragen Sie noch einmal oder wählen Sie ein anderes Modell.',
  'chat.error.workflows.output_unbounded':
    'Das Modell schrieb mehr, als der Schritt erlaubt, und wurde angehalten. Fragen Sie noch einmal oder wählen Sie ein anderes Modell.',
  'chat.error.workflows.rejected':
    'Ein Schritt des Workflows wurde nicht genehmigt, also ging es nicht weiter. Fragen Sie noch einmal und genehmigen Sie ihn, wenn er ausgeführt werden soll.',
  'chat.error.workflows.run_stuck':
    'Das Programm endete in diesem Lauf immer wieder, ohne weiterzukommen; darum wurde er beendet. Fragen Sie noch einmal; wiederholt es sich, melden Sie es dem, der diesen Server betreibt.',
  'chat.error.workflows.step_failed':
    'In einem Schritt trat ein unerwarteter Fehler auf. Er wurde protokolliert. Fragen Sie noch einmal; wiederholt es sich, melden Sie es dem, der diesen Server betreibt.',
  'chat.error.workflows.step_timeout':
    'Ein Schritt endete nicht innerhalb von {seconds} s. Fragen Sie noch einmal oder wählen Sie ein schnelleres Modell.',
  'chat.error.workflows.sub_workflow_failed':
    'Ein Workflow, den dieser startet, ist nicht gelungen. Öffnen Sie seinen Lauf, um zu sehen, warum.',
  'chat.error.workflows.too_deep':
    'Workflows starteten einander tiefer, als erlaubt ist. Nehmen Sie einen heraus, der sich selbst startet.',
  'chat.error.workflows.value_too_large':
    'Ein Schritt des Workflows hatte mehr zu tragen, als er darf. Lassen Sie ihn weniger auf einmal bearbeiten.',
};
