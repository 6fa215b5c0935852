/** What keeps somebody from signing in, from registering or from proving who they are. */
export const signInRefusals = {
  'refusal.auth.account_blocked':
    'Dieses Konto ist gesperrt oder deaktiviert. Fragen Sie die Administration.',
  'refusal.auth.account_pending':
    'Die Administration muss dieses Konto freigeben, bevor Sie sich anmelden können.',
  'refusal.auth.api_key_expired': 'Dieser API-Schlüssel ist abgelaufen. Legen Sie einen neuen an.',
  'refusal.auth.api_key_malformed':
    'Ein Zeichen dieses API-Schlüssels ist falsch oder fehlt: Kopieren Sie ihn noch einmal, und zwar ganz.',
  'refusal.auth.api_key_refused':
    'Das können nur angemeldete Personen; mit einem API-Schlüssel geht es nicht.',
  'refusal.auth.api_key_revoked':
    'Dieser API-Schlüssel wurde widerrufen oder ersetzt, oder sein Konto ist nicht aktiv. Legen Sie einen neuen an.',
  'refusal.auth.busy':
    'Gerade melden sich zu viele Personen an. Versuchen Sie es in einigen Sekunden noch einmal.',
  'refusal.auth.challenge_expired':
    'Dieser Schritt der Anmeldung ist abgelaufen oder wurde schon benutzt. Melden Sie sich neu an.',
  'refusal.auth.email_not_verified':
    'Bestätigen Sie zuerst Ihre E-Mail-Adresse: Öffnen Sie den Link in der Mail an Sie oder fordern Sie einen neuen an.',
  'refusal.auth.enrolment_required':
    'Richten Sie zuerst einen zweiten Faktor ein: Hier ist er vorgeschrieben, und vorher ist nichts anderes möglich.',
  'refusal.auth.forbidden': 'Ihre Rolle erlaubt das nicht.',
  'refusal.auth.forbidden.create_rank': 'Niemand legt ein Konto mit der eigenen oder einer höheren Rolle an.',
  'refusal.auth.forbidden.give_rank': 'Niemand vergibt die eigene oder eine höhere Rolle.',
  'refusal.auth.forbidden.invite_rank': 'Niemand lädt zur eigenen oder einer höheren Rolle ein.',
  'refusal.auth.forbidden.invite_superuser': 'Niemand wird als Inhaber eingeladen.',
  'refusal.auth.forbidden.mail_rank':
    'Mails an Personen mit Ihrer eigenen oder einer höheren Rolle sind nur für diese selbst.',
  'refusal.auth.forbidden.rank':
    'Niemand ändert ein Konto mit der gleichen oder einer höheren Rolle als der eigenen.',
  'refusal.auth.invalid_code': 'Der Code stimmt nicht oder wurde schon benutzt.',
  'refusal.auth.invalid_credentials': 'Die E-Mail-Adresse oder das Passwort stimmt nicht.',
  'refusal.auth.link_invalid':
    'Dieser Link wurde schon benutzt, ist zu alt oder nicht vollständig. Fordern Sie einen neuen an.',
  'refusal.auth.link_invalid.invitation':
    'Diese Einladung wurde schon benutzt, zurückgezogen oder ist zu alt. Bitten Sie um eine neue.',
  'refusal.auth.method_not_offered':
    'Auf diesem Weg können Sie sich hier nicht ausweisen. Wählen Sie einen der angebotenen.',
  'refusal.auth.password_change_required':
    'Wählen Sie zuerst ein neues Passwort; vorher ist nichts anderes möglich.',
  'refusal.auth.refresh_required': 'Diese Anmeldung lässt sich nicht erneuern. Melden Sie sich neu an.',
  'refusal.auth.refresh_superseded': 'Diese Anmeldung wurde schon von einer anderen Anfrage erneuert.',
  'refusal.auth.registration_closed': 'Neue Konten legt hier die Administration an.',
  'refusal.auth.registration_closed.invitation_needed':
    'Für die Registrierung brauchen Sie eine Einladung der Administration.',
  'refusal.auth.scope_missing': 'Dieser API-Schlüssel hat nicht das Recht, das hier nötig ist.',
  'refusal.auth.scope_missing.named':
    'Dieser API-Schlüssel hat nicht das Recht „{scope}“, das hier nötig ist.',
  'refusal.auth.second_factor_unsupported':
    'Das Passwort stimmt, doch dieses Konto braucht einen zweiten Faktor, nach dem diese alte Art der Anmeldung nicht fragen kann. Verwenden Sie einen API-Schlüssel oder POST /api/v1/auth/jwt/login.',
  'refusal.auth.session_expired':
    'Diese Anmeldung ist abgelaufen oder wurde beendet. Melden Sie sich neu an.',
  'refusal.auth.session_expired.token_reused':
    'Diese Anmeldung wurde aus Sicherheitsgründen beendet, weil ein verbrauchtes Token noch einmal kam. Melden Sie sich neu an.',
  'refusal.auth.session_required': 'Dafür müssen Sie angemeldet sein.',
  'refusal.auth.sign_in_blocked':
    'Diese Anmeldung ist so ungewöhnlich, dass sie abgewiesen wurde. Versuchen Sie es von einem Gerät oder Ort, den Sie schon benutzt haben, oder fragen Sie die Administration.',
  'refusal.auth.step_up_required':
    'Das ist heikel: Bestätigen Sie noch einmal, dass Sie es sind, und wiederholen Sie es dann.',
  'refusal.auth.throttled':
    'Es waren zu viele Versuche. Warten Sie ein wenig und versuchen Sie es dann noch einmal.',
  'refusal.auth.throttled.wait':
    'Es waren zu viele Versuche. Warten Sie {retry_seconds} und versuchen Sie es dann noch einmal.',
  'refusal.auth.ticket_invalid': 'Das Ticket ist unbekannt, verbraucht oder älter als 30 Sekunden.',
  'refusal.auth.ticket_required': 'Hier ist zuerst ein Ticket nötig.',
  'refusal.auth.wrong_password': 'Das jetzige Passwort stimmt nicht.',
  'refusal.auth.wrong_password.password': 'Das Passwort stimmt nicht.',
  'refusal.native.certificate_refused':
    'Das Zertifikat dieses Geräts ist hier nicht bekannt, wurde widerrufen oder ist abgelaufen. Unter /request-access steht, wie Sie ein neues bekommen.',
  'refusal.native.certificate_required':
    'Dieser Port ist für Geräte mit einem Zertifikat, und dieses Gerät hat keines vorgezeigt. Unter /request-access steht, wie Sie eines bekommen.',
  'refusal.native.wrong_port': 'Das gibt es nur an dem Port, der nach Zertifikaten fragt.',
  'refusal.oauth.account_blocked':
    'Dieses Konto ist gesperrt oder deaktiviert. Fragen Sie die Administration.',
  'refusal.oauth.account_exists_unverified':
    'Zu dieser E-Mail-Adresse gibt es ein Konto, das hier niemand bestätigt hat. Bestätigen Sie es mit dem Link in Ihrer Mail und versuchen Sie es dann noch einmal.',
  'refusal.oauth.account_pending':
    'Die Administration muss dieses Konto freigeben, bevor Sie sich anmelden können.',
  'refusal.oauth.denied': 'Die Anmeldung wurde beim Anbieter abgebrochen.',
  'refusal.oauth.email_missing': 'Der Anbieter hat keine E-Mail-Adresse genannt, und ein Konto braucht eine.',
  'refusal.oauth.email_unverified':
    'Der Anbieter hat Ihre E-Mail-Adresse nicht bestätigt. Bestätigen Sie sie zuerst dort.',
  'refusal.oauth.identity_not_found': 'Unter Ihren verbundenen Anbietern gibt es diesen nicht.',
  'refusal.oauth.identity_taken': 'Diese Identität ist schon mit einem anderen Konto verbunden.',
  'refusal.oauth.invalid_answer':
    'Die Antwort des Anmelde-Anbieters ließ sich nicht prüfen, deshalb wurde niemand angemeldet.',
  'refusal.oauth.invalid_answer.algorithms':
    'Der Anbieter unterschreibt mit {offered}; nötig ist eines von {needed}.',
  'refusal.oauth.invalid_answer.no_algorithms':
    'Der Anbieter nennt kein Verfahren, mit dem er unterschreibt; nötig ist eines von {needed}.',
  'refusal.oauth.invalid_answer.not_encrypted':
    'Die Adresse {name} des Anbieters muss mit https:// beginnen.',
  'refusal.oauth.invalid_answer.other_issuer': 'Der Anbieter nennt einen anderen Aussteller als {issuer}.',
  'refusal.oauth.invalid_answer.without_address': 'In den Metadaten des Anbieters fehlt {name}.',
  'refusal.oauth.invalid_issuer':
    'Geben Sie den Aussteller des Anbieters an, zum Beispiel https://accounts.google.com.',
  'refusal.oauth.invalid_issuer.local':
    'Die Adresse {address} liegt in einem privaten Netz. Ein lokaler Anbieter braucht ausdrücklich die Erlaubnis für eine lokale Adresse.',
  'refusal.oauth.invalid_issuer.metadata':
    'Die Adresse {address} gehört dem Rechner selbst oder seiner Cloud (link-lokal oder Metadaten) und ist nie erlaubt.',
  'refusal.oauth.invalid_issuer.no_address': 'Das ist keine Adresse. Ein Aussteller beginnt mit https://.',
  'refusal.oauth.invalid_issuer.not_encrypted':
    'Der Aussteller muss mit https:// beginnen. Nur eine lokale Adresse, die Sie ausdrücklich erlauben, darf mit http:// beginnen.',
  'refusal.oauth.invalid_issuer.too_much':
    'Ein Aussteller enthält weder Abfrage, Fragment, Benutzernamen noch Passwort.',
  'refusal.oauth.invalid_issuer.unusable':
    'Die Adresse {address} ist reserviert oder als Adresse eines Servers nicht brauchbar.',
  'refusal.oauth.invitation_needed':
    'Zu dieser Identität gibt es kein Konto. Für die Registrierung brauchen Sie eine Einladung der Administration.',
  'refusal.oauth.last_sign_in_method':
    'Das ist der einzige Weg zur Anmeldung an Ihrem Konto. Setzen Sie zuerst ein Passwort oder fügen Sie einen Passkey hinzu.',
  'refusal.oauth.link_needed':
    'Zu dieser E-Mail-Adresse gibt es ein Konto. Melden Sie sich an wie immer und verbinden Sie den Anbieter dann unter Sicherheit.',
  'refusal.oauth.not_reauthenticated':
    'Der Anbieter hat nicht bestätigt, dass Sie sich gerade dort angemeldet haben. Bestätigen Sie auf einem anderen Weg.',
  'refusal.oauth.other_person':
    'Die Identität, die sich beim Anbieter angemeldet hat, ist nicht mit diesem Konto verbunden.',
  'refusal.oauth.provider_failed':
    'Der Anmelde-Anbieter antwortet nicht, wie er sollte. Versuchen Sie es später noch einmal oder melden Sie sich anders an.',
  'refusal.oauth.provider_failed.not_encrypted':
    '{origin} ist nicht verschlüsselt: Der Anbieter muss https verwenden.',
  'refusal.oauth.provider_not_found': 'Diesen Anmelde-Anbieter gibt es nicht, oder er ist ausgeschaltet.',
  'refusal.oauth.provider_taken':
    'Ein anderer Anmelde-Anbieter hat diese Kennung, diesen Namen oder diesen Aussteller schon.',
  'refusal.oauth.public_url_needed':
    'Anbieter schicken Sie an eine feste Adresse zurück. Wer diesen Server betreibt, muss PUBLIC_URL setzen.',
  'refusal.oauth.registration_closed':
    'Zu dieser Identität gibt es kein Konto, und neue legt hier die Administration an.',
  'refusal.oauth.secret_for_other_server':
    'Das gespeicherte Client-Geheimnis gehört zu einem anderen Aussteller. Geben Sie das für den neuen ein oder entfernen Sie es.',
  'refusal.oauth.state_mismatch':
    'Diese Anmeldung wurde nicht in diesem Browser begonnen, hat zu lange gedauert oder ist schon beendet. Beginnen Sie neu.',
  'refusal.oauth.step_up_not_offered':
    'Wer einen zweiten Faktor hat, bestätigt mit ihm; der Anbieter allein genügt nicht.',
  'refusal.passkeys.already_registered': 'Dieser Passkey ist schon eingerichtet. Nehmen Sie einen anderen.',
  'refusal.passkeys.challenge_expired':
    'Diese Anfrage nach einem Passkey wurde schon benutzt, hat zu lange gedauert oder gehört zu einer anderen Anmeldung. Beginnen Sie neu.',
  'refusal.passkeys.cloned':
    'Dieser Passkey zählt, wie oft er benutzt wird, und seine Zahl ist zurückgegangen: Vielleicht hat jemand eine Kopie. Melden Sie sich anders an und entfernen Sie ihn.',
  'refusal.passkeys.not_found': 'Unter Ihren Passkeys gibt es diesen nicht.',
  'refusal.passkeys.refused':
    'Dieser Passkey wurde hier nicht angenommen. Versuchen Sie es noch einmal oder melden Sie sich anders an.',
  'refusal.passkeys.registration_refused':
    'Was der Browser gesendet hat, ist kein Passkey für diese Seite. Beginnen Sie neu.',
  'refusal.passkeys.too_many':
    'Mehr Passkeys kann ein Konto nicht haben. Entfernen Sie einen, den Sie nicht mehr benutzen.',
  'refusal.passkeys.unavailable_here':
    'Passkeys brauchen eine Adresse mit einem Namen: Öffnen Sie http://localhost mit dem Port dieses Servers, oder lassen Sie PUBLIC_URL auf die https-Adresse setzen, die alle eintippen.',
  'refusal.passkeys.user_verification_required':
    'Für die Anmeldung allein mit einem Passkey muss er Finger, Gesicht oder eine PIN prüfen. Richten Sie das auf ihm ein oder verwenden Sie Ihr Passwort.',
  'refusal.setup.already_done': 'Das erste Konto gibt es schon. Melden Sie sich an.',
  'refusal.setup.invalid_code':
    'Das ist nicht der Einrichtungscode. Er wird beim Start des Servers ausgegeben; „npx aiwfe setup-code“ zeigt ihn noch einmal.',
  'refusal.two_factor.no_factor':
    'Ersatzcodes vertreten einen zweiten Faktor. Fügen Sie zuerst eine Authenticator-App oder einen Passkey hinzu.',
  'refusal.two_factor.no_setup':
    'Gerade wird keine Authenticator-App eingerichtet, oder es hat zu lange gedauert. Beginnen Sie neu.',
  'refusal.two_factor.required_by_policy':
    'Konten wie Ihres brauchen hier einen zweiten Faktor. Fügen Sie einen anderen hinzu, bevor Sie diesen entfernen.',
  'refusal.two_factor.wrong_code':
    'Der Code stimmt nicht. Prüfen Sie die Uhr Ihres Geräts und tippen Sie den Code, der jetzt gezeigt wird.',
};
