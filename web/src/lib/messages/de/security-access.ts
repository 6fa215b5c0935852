import type { securityAccess as english } from '../en/security-access.ts';
import type { Translation } from '../translation.ts';

export const securityAccess: Translation<typeof english> = {
  'security.api_keys.create': 'Schlüssel erzeugen',
  'security.api_keys.create_text':
    'Wählen Sie, was das Programm darf. Sie können den Schlüssel jederzeit widerrufen.',
  'security.api_keys.days': {
    one: '{count} Tag',
    other: '{count} Tage',
  },
  'security.api_keys.empty': 'Kein API-Schlüssel',
  'security.api_keys.empty_text':
    'Erzeugen Sie einen für ein Skript oder eine App, die Ihre Dokumente und Gespräche erreichen soll.',
  'security.api_keys.end_now': 'Das alte Geheimnis sofort beenden',
  'security.api_keys.end_now_hint': 'Wenn es bekannt geworden sein könnte.',
  'security.api_keys.expired': 'Abgelaufen',
  'security.api_keys.for_ever': 'Bis Sie ihn widerrufen',
  'security.api_keys.kept': 'Ich habe ihn kopiert',
  'security.api_keys.lifetime': 'Wie lange er gilt',
  'security.api_keys.name_hint': 'Wofür er ist, zum Beispiel „Sicherungsskript“.',
  'security.api_keys.previous': 'Das alte Geheimnis gilt bis {when}.',
  'security.api_keys.rename': 'Umbenennen',
  'security.api_keys.revoke': 'Widerrufen',
  'security.api_keys.revoke_text':
    'Programme, die ihn benutzen, werden sofort abgewiesen. Das lässt sich nicht rückgängig machen.',
  'security.api_keys.revoke_title': '„{name}“ widerrufen?',
  'security.api_keys.revoked': '„{name}“ wurde widerrufen.',
  'security.api_keys.rotate': 'Neues Geheimnis',
  'security.api_keys.rotate_text':
    'Name und Rechte bleiben. Das alte Geheimnis gilt noch kurz, damit Sie es dort ändern können, wo es benutzt wird.',
  'security.api_keys.rotate_title': 'Ein neues Geheimnis für „{name}“?',
  'security.api_keys.scopes': 'Was er darf',
  'security.api_keys.secret': 'Ihr neuer Schlüssel',
  'security.api_keys.secret_text': 'Kopieren Sie ihn jetzt. Er wird nur dieses eine Mal gezeigt.',
  'security.api_keys.text':
    'Schlüssel, mit denen Programme für Sie handeln, jeder nur so weit, wie Sie es erlauben.',
  'security.api_keys.until': 'gilt bis {when}',
  'security.api_keys.use': 'Programme senden ihn mit jeder Anfrage:',
  'security.certificates.add': 'Zertifikat hinzufügen',
  'security.certificates.add_text':
    'Es gilt ein Jahr. Fügen Sie eines je Gerät hinzu, damit Sie jedes einzeln widerrufen können.',
  'security.certificates.address': 'Geräte mit einem Zertifikat verbinden sich mit',
  'security.certificates.authority': 'Zertifizierungsstelle laden',
  'security.certificates.authority_text':
    'Ein Gerät muss zuerst der Zertifizierungsstelle dieses Servers vertrauen.',
  'security.certificates.choose': 'Datei wählen',
  'security.certificates.create': 'Zertifikat erzeugen',
  'security.certificates.details': 'Einzelheiten',
  'security.certificates.device': 'Gerät',
  'security.certificates.device_hint': 'Zum Beispiel „Laptop zu Hause“.',
  'security.certificates.download': '{file} laden',
  'security.certificates.empty': 'Kein Zertifikat',
  'security.certificates.empty_text':
    'Fügen Sie eines für einen Rechner oder ein Telefon hinzu, das sich selbst anmelden soll.',
  'security.certificates.ended': 'Widerrufen',
  'security.certificates.expired': 'Abgelaufen',
  'security.certificates.fingerprint': 'SHA-256 {fingerprint}',
  'security.certificates.off': 'Zertifikate sind hier nicht eingerichtet',
  'security.certificates.off_text': 'Wer diesen Server betreibt, schaltet sie mit diesem Befehl ein:',
  'security.certificates.password': 'Passwort der Datei',
  'security.certificates.password_hint':
    'Das Gerät fragt danach, wenn Sie die Datei hinzufügen. Mindestens 8 Zeichen.',
  'security.certificates.port_off':
    'Der Anschluss für Geräte ist aus; wer den Server betreibt, schaltet ihn mit „npx aiwfe certs init“ und einem Neustart ein.',
  'security.certificates.ready': 'Das Zertifikat ist fertig',
  'security.certificates.ready_file':
    'Laden Sie die Datei jetzt: Der Server behält ihren Schlüssel nicht. Öffnen Sie sie dann auf dem Gerät und geben Sie ihr Passwort ein.',
  'security.certificates.ready_request':
    'Laden Sie es und fügen Sie es auf dem Gerät hinzu, das die Anforderung erzeugt hat.',
  'security.certificates.request': 'Zertifikatsanforderung',
  'security.certificates.request_hint': 'Fügen Sie sie ein oder wählen Sie ihre Datei.',
  'security.certificates.revoke': 'Widerrufen',
  'security.certificates.revoke_named': '{name} widerrufen',
  'security.certificates.revoke_text':
    'Das Gerät kann sich damit nicht mehr anmelden, und was es geöffnet hat, endet sofort. Das lässt sich nicht rückgängig machen.',
  'security.certificates.revoke_title': '„{name}“ widerrufen?',
  'security.certificates.revoked': '„{name}“ wurde widerrufen.',
  'security.certificates.revoked_at': 'widerrufen {when}',
  'security.certificates.serial': 'Seriennummer {serial}',
  'security.certificates.text':
    'Mit einem Zertifikat meldet sich ein Gerät oder eine App ohne Passwort an. Es bleibt auf diesem Gerät.',
  'security.certificates.until': 'gilt bis {when}',
  'security.certificates.way': 'Wie',
  'security.certificates.way_file': 'Eine geschützte Datei für dieses Gerät',
  'security.certificates.way_request': 'Das Gerät hat seinen Schlüssel selbst erzeugt',
  'security.scope.collections:read': 'Ihre Sammlungen von Dokumenten sehen.',
  'security.scope.collections:write': 'Ihre Sammlungen anlegen, umbenennen und löschen.',
  'security.scope.conversations:read': 'Ihre Gespräche und deren Nachrichten lesen.',
  'security.scope.conversations:write':
    'Gespräche beginnen, fortsetzen, umbenennen und löschen; Modelle in Ihrem Namen fragen.',
  'security.scope.documents:read': 'Ihre Dokumente auflisten, lesen und herunterladen.',
  'security.scope.documents:write': 'Dokumente hochladen, umbenennen und löschen.',
  'security.scope.events:read': 'Verfolgen, was sich in Ihrem Konto ändert.',
  'security.scope.generations:read': 'Antworten verfolgen, während sie entstehen.',
  'security.scope.generations:write': 'Antworten anhalten, die gerade entstehen.',
  'security.scope.models:read': 'Sehen, welche Modelle verbunden sind und wofür sie benutzt werden.',
  'security.scope.profile:read':
    'Ihr Profil lesen: Name, Sprache, Zeitzone, was Sie über sich geschrieben haben.',
  'security.scope.profile:write': 'Ihr Profil ändern.',
  'security.scope.samples:write': 'Die Beispieldokumente hinzufügen.',
  'security.scope.search:write': 'In Ihren Dokumenten suchen und die gefundenen Stellen sehen.',
};
