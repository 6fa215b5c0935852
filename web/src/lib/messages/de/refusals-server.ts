/** What the server itself refuses, before or instead of the feature that was asked. */
export const serverRefusals = {
  'refusal.body_too_large': 'Das ist zu viel auf einmal.',
  'refusal.body_too_large.limit': 'Das ist mehr als die {limit_bytes}, die hier auf einmal möglich sind.',
  'refusal.csrf_bad_origin':
    'Die Anfrage kommt nicht von einer Seite dieses Servers. Wer ihn betreibt: PUBLIC_URL muss die Adresse sein, die alle eintippen.',
  'refusal.csrf_bad_signature': 'Der Schutz dieser Seite gilt nicht mehr. Laden Sie die Seite neu.',
  'refusal.csrf_expired': 'Der Schutz dieser Seite ist abgelaufen. Laden Sie die Seite neu.',
  'refusal.csrf_mismatch':
    'Der Schutz dieser Seite gehört zu einer anderen Anmeldung. Laden Sie die Seite neu.',
  'refusal.csrf_missing_cookie':
    'Ein Cookie fehlt, das diese Seite schützt. Erlauben Sie Cookies und laden Sie die Seite neu.',
  'refusal.csrf_missing_header': 'Der Anfrage fehlt ihr Schutz. Laden Sie die Seite neu.',
  'refusal.csrf_wrong_session':
    'Der Schutz dieser Seite gehört zu einer anderen Anmeldung. Laden Sie die Seite neu.',
  'refusal.database_full':
    'Die Festplatte der Datenbank ist voll, deshalb wurde nichts gespeichert. Wer diesen Server betreibt, muss Platz schaffen; versuchen Sie es danach noch einmal.',
  'refusal.database_unavailable':
    'Die Datenbank antwortet nicht. Nichts ist verloren; versuchen Sie es gleich noch einmal.',
  'refusal.database_unavailable.check':
    'Die Datenbank antwortet nicht ({said}). Prüfen Sie, ob sie läuft und ob DATABASE_URL stimmt.',
  'refusal.duplicate_key': 'In der Anfrage kommt derselbe Name zweimal vor.',
  'refusal.duplicate_key.named': 'In der Anfrage kommt „{key}“ zweimal vor.',
  'refusal.forbidden_key': 'In der Anfrage steht ein Name, der nie erlaubt ist, etwa __proto__.',
  'refusal.internal':
    'Der Server hatte einen Fehler, mit dem er nicht gerechnet hat. Er ist protokolliert; nennen Sie die Nummer der Anfrage dem, der diesen Server betreibt.',
  'refusal.malformed_body': 'Was gesendet wurde, ist nicht lesbar.',
  'refusal.malformed_body.not_utf8': 'Was gesendet wurde, ist kein gültiges UTF-8.',
  'refusal.malformed_body.upload': 'Das Hochladen brach ab oder war fehlerhaft. Senden Sie es noch einmal.',
  'refusal.not_found': 'Unter dieser Adresse gibt es nichts.',
  'refusal.outbound.address_not_allowed':
    'Diese Adresse führt in ein privates Netz, in das Anfragen nicht gehen dürfen.',
  'refusal.outbound.address_not_allowed.local':
    'Die Adresse {address} liegt in einem privaten Netz. Für das, was dort sein soll, kann die Administration lokale Adressen erlauben.',
  'refusal.outbound.address_not_allowed.metadata':
    'Die Adresse {address} gehört dem Rechner selbst oder seiner Cloud (link-lokal oder Metadaten) und ist nie erlaubt.',
  'refusal.outbound.address_not_allowed.unencrypted':
    '{from} schickt die Anfrage weiter an eine Adresse ohne Verschlüsselung.',
  'refusal.outbound.address_not_allowed.unusable':
    'Die Adresse {address} ist reserviert oder als Adresse eines Servers nicht brauchbar.',
  'refusal.outbound.bad_response':
    'Der andere Server hat etwas gesendet, das keine gültige HTTP-Antwort ist.',
  'refusal.outbound.bad_response.encoding':
    'Die Antwort ist auf eine Art verpackt, die hier nicht bekannt ist ({encoding}).',
  'refusal.outbound.interrupted': 'Die Verbindung brach ab, bevor die Antwort vollständig war.',
  'refusal.outbound.invalid_url':
    'Geben Sie eine vollständige Adresse an, die mit http:// oder https:// beginnt und weder Benutzernamen noch Passwort enthält.',
  'refusal.outbound.name_not_found': 'Unter diesem Namen ist kein Server bekannt.',
  'refusal.outbound.refused':
    'Unter dieser Adresse nimmt niemand Verbindungen an. Läuft dort der Server, an diesem Port?',
  'refusal.outbound.timeout': 'Der andere Server hat nicht rechtzeitig geantwortet.',
  'refusal.outbound.timeout.not_begun':
    'Der andere Server hat nach {limit_seconds} noch nicht zu antworten begonnen.',
  'refusal.outbound.timeout.not_finished': 'Der andere Server war nach {limit_seconds} noch nicht fertig.',
  'refusal.outbound.timeout.silent':
    'Der andere Server ist mitten in der Antwort für {limit_seconds} verstummt.',
  'refusal.outbound.tls_failed':
    'Eine sichere Verbindung war nicht möglich: Das Zertifikat des anderen Servers wurde nicht angenommen.',
  'refusal.outbound.too_large': 'Die Antwort des anderen Servers ist größer als erlaubt.',
  'refusal.outbound.too_many_redirects':
    'Der andere Server schickt die Anfrage öfter weiter, als hier erlaubt ist.',
  'refusal.outbound.too_many_redirects.invalid_target':
    '{from} schickt die Anfrage weiter an eine ungültige Adresse. Verwenden Sie die endgültige Adresse.',
  'refusal.outbound.too_many_redirects.target':
    '{from} schickt die Anfrage weiter an {target}. Verwenden Sie die endgültige Adresse.',
  'refusal.outbound.unreachable': 'Der andere Server war nicht erreichbar.',
  'refusal.overloaded':
    'Der Server hat mehr zu tun, als er auf einmal schafft. Versuchen Sie es gleich noch einmal.',
  'refusal.request_timeout':
    'Die Anfrage dauerte zu lange und wurde beendet. Versuchen Sie es gleich noch einmal.',
  'refusal.schema_out_of_date':
    'Die Datenbank passt nicht zu dieser Version des Programms. Wer diesen Server betreibt, sollte ausführen: npm run db:migrate',
  'refusal.schema_out_of_date.different':
    '{object} ist anders, als diese Version es braucht. Führen Sie aus: npm run db:migrate',
  'refusal.schema_out_of_date.different_more':
    '{object} ist anders, als diese Version es braucht (weitere Unterschiede: {more}). Führen Sie aus: npm run db:migrate',
  'refusal.schema_out_of_date.missing': '{object} fehlt. Führen Sie aus: npm run db:migrate',
  'refusal.schema_out_of_date.missing_more':
    '{object} fehlt (weitere Unterschiede: {more}). Führen Sie aus: npm run db:migrate',
  'refusal.shutting_down': 'Der Server startet neu. Versuchen Sie es gleich noch einmal.',
  'refusal.sockets.bad_frame':
    'Eine Nachricht an den Server war nicht zu verstehen. Laden Sie die Seite neu.',
  'refusal.sockets.bad_origin':
    'Die Verbindung wurde nicht von einer Seite dieses Servers geöffnet. Wer ihn betreibt: PUBLIC_URL muss die Adresse sein, die alle eintippen.',
  'refusal.sockets.not_reading':
    'Eine Minute lang wurde nichts angenommen, was der Server sendete. Laden Sie die Seite neu.',
  'refusal.sockets.too_many': 'Dieses Konto hat so viele offene Verbindungen, wie es haben darf.',
  'refusal.sockets.too_many_messages':
    'Von dieser Verbindung kommen mehr Nachrichten, als der Server annimmt.',
  'refusal.sockets.upgrade_required':
    'Diese Adresse spricht nur WebSocket (RFC 6455), und kein Upgrade kam an. Ein Proxy dazwischen muss die Header Upgrade und Connection weitergeben.',
  'refusal.streams.fenced': 'Ein anderer Prozess hat diesen Strom übernommen.',
  'refusal.streams.not_found': 'Diesen Strom gibt es unter Ihren nicht.',
  'refusal.streams.too_many': 'Diese Verbindung folgt schon so vielen Strömen, wie sie darf.',
  'refusal.streams.unavailable': 'Der Strom ist gerade nicht lesbar. Versuchen Sie es gleich noch einmal.',
  'refusal.unsupported_media_type': 'In diesem Format nimmt der Server hier nichts an.',
  'refusal.validation_failed': 'Manches, was gesendet wurde, ist ungültig. Sehen Sie sich die Felder an.',
};
