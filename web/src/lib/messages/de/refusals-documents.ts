/** Why a file is not taken or cannot be read, and what else is refused about documents. */
export const documentRefusals = {
  'refusal.documents.archive_bomb':
    'Die Datei würde sich auf ein Vielfaches ihrer Größe ausdehnen und wurde abgelehnt. Speichern Sie sie in ihrem eigenen Programm neu, mit kleineren Bildern.',
  'refusal.documents.archive_bomb.too_many_parts':
    'Die Datei enthält mehr Teile, als ein Dokument haben kann, und wurde abgelehnt.',
  'refusal.documents.busy': 'Das Dokument wird gerade gelesen. Warten Sie, bis das fertig ist.',
  'refusal.documents.collection_exists':
    'Eine Sammlung mit diesem Namen haben Sie schon. Wählen Sie einen anderen Namen.',
  'refusal.documents.collection_not_found': 'Diese Sammlung gibt es nicht.',
  'refusal.documents.damaged':
    'Die Datei ist beschädigt oder abgeschnitten und nicht lesbar. Öffnen Sie sie in ihrem eigenen Programm, speichern Sie sie neu und laden Sie diese hoch.',
  'refusal.documents.empty':
    'Die Datei hat keinen Inhalt. Prüfen Sie, ob sie vollständig gespeichert wurde, und laden Sie sie noch einmal hoch.',
  'refusal.documents.encrypted':
    'Die Datei ist mit einem Passwort geschützt. Speichern Sie eine Kopie ohne Passwort und laden Sie diese hoch.',
  'refusal.documents.extraction_failed':
    'Das Programm, das Dateien liest, ist unerwartet stehen geblieben. Versuchen Sie es noch einmal; wenn es wieder geschieht, speichern Sie die Datei in einem anderen Format.',
  'refusal.documents.extraction_memory':
    'Das Lesen der Datei brauchte mehr Speicher als erlaubt und wurde abgebrochen. Teilen Sie sie oder speichern Sie sie in einem einfacheren Format.',
  'refusal.documents.extraction_timeout':
    'Das Lesen der Datei dauerte zu lange und wurde abgebrochen. Teilen Sie sie oder speichern Sie sie in einem einfacheren Format und laden Sie das hoch.',
  'refusal.documents.ingestion_failed':
    'Beim Lesen des Dokuments hatte der Server einen Fehler, mit dem er nicht gerechnet hat. Er ist protokolliert; versuchen Sie es noch einmal.',
  'refusal.documents.invalid_cursor': 'Diese Stelle der Liste gibt es nicht. Laden Sie die Liste neu.',
  'refusal.documents.name_ambiguous':
    'Auf diesen Namen passen mehrere Dokumente. Nennen Sie den ganzen Namen.',
  'refusal.documents.no_file': 'Es wurde keine Datei gesendet. Wählen Sie mindestens eine.',
  'refusal.documents.no_text':
    'Die Datei enthält Bilder von Seiten, aber keinen Text. Führen Sie in Ihrem Scanner- oder PDF-Programm eine Texterkennung (OCR) durch und laden Sie das Ergebnis hoch.',
  'refusal.documents.not_found': 'Dieses Dokument gibt es nicht.',
  'refusal.documents.not_readable':
    'Das Dokument hat noch keinen Text. Warten Sie, bis es bereit ist, oder sehen Sie nach, warum das Lesen nicht geklappt hat.',
  'refusal.documents.original_missing':
    'Die Originaldatei liegt nicht mehr auf diesem Server. Der Text, der darin gefunden wurde, ist noch da.',
  'refusal.documents.passage_out_of_range':
    'Die Stelle muss im Text des Dokuments liegen: der Anfang vor dem Ende, höchstens 20.000 Zeichen.',
  'refusal.documents.too_large':
    'Die Datei ist größer, als dieser Server annimmt. Teilen Sie sie, oder bitten Sie um eine höhere Grenze.',
  'refusal.documents.too_large.files_together':
    'Die Dateien sind zusammen zu groß. Senden Sie weniger auf einmal.',
  'refusal.documents.too_large.limit':
    'Die Datei ist größer als die {limit_mb} MB, die hier angenommen werden. Teilen Sie sie und laden Sie die Teile hoch.',
  'refusal.documents.too_many_files': 'Das sind zu viele Dateien auf einmal. Senden Sie die übrigen danach.',
  'refusal.documents.too_many_pages':
    'Die Datei hat mehr Seiten, als dieser Server liest. Teilen Sie sie und laden Sie die Teile hoch.',
  'refusal.documents.undo_expired': 'Das Löschen lässt sich nicht mehr rückgängig machen.',
  'refusal.documents.unsupported_type':
    'Diese Art von Datei ist nicht lesbar. Speichern Sie sie als PDF, DOCX, PPTX, XLSX, EPUB, HTML, Markdown, CSV oder reinen Text.',
  'refusal.documents.unsupported_type.archive':
    'Das ist ein Archiv. Entpacken Sie es und laden Sie die Dokumente darin hoch.',
  'refusal.documents.unsupported_type.kind':
    'Das ist eine Datei der Art {kind}, die sich nicht als Text lesen lässt. Speichern Sie sie als PDF, DOCX oder reinen Text.',
  'refusal.documents.unsupported_type.old_office':
    'Das ist eine Office-Datei, wie sie vor 2007 üblich war. Speichern Sie sie als DOCX, XLSX, PPTX oder PDF und laden Sie diese hoch.',
  'refusal.documents.unsupported_type.rtf':
    'Das ist eine RTF-Datei. Speichern Sie sie als DOCX oder PDF und laden Sie diese hoch.',
  'refusal.files.storage_full':
    'Für die Datei ist kein Platz mehr; nichts von ihr wurde behalten. Wer diesen Server betreibt, muss Platz schaffen.',
  'refusal.files.too_large': 'Die Datei ist größer, als dieser Server annimmt.',
  'refusal.files.upload_interrupted':
    'Das Hochladen brach ab oder war fehlerhaft; nichts wurde behalten. Senden Sie die Datei noch einmal.',
  'refusal.retrieval.scope_not_found':
    'Die Sammlung oder eines der Dokumente, in denen gesucht werden soll, gibt es nicht.',
  'refusal.retrieval.scope_not_found.collection': 'Die Sammlung, in der gesucht werden soll, gibt es nicht.',
  'refusal.retrieval.scope_not_found.document':
    'Eines der Dokumente, in denen gesucht werden soll, gibt es nicht.',
  'refusal.retrieval.vectors_too_large':
    'Die Vektoren dieser Dokumente brauchen mehr Speicher, als dieser Server ihnen gibt. Mit pgvector in PostgreSQL gibt es diese Grenze nicht.',
};
