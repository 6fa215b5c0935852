import type { Letter, LetterValues, MailLanguage } from './letter.ts';

const product = 'AI Workflow Engine';
const ignore = 'Wenn du das nicht warst, musst du nichts tun.';

const linkLetter =
  (subject: string, sentence: string, label: string, closing: string[]) =>
  ({ link = '' }: LetterValues): Letter => ({
    subject,
    paragraphs: [sentence],
    link: { label, url: link },
    closing,
  });

export const german: MailLanguage = {
  tag: 'de',
  greeting: (name) => (name === '' ? 'Hallo,' : `Hallo ${name},`),
  footer: (origin) => `${product} unter ${origin}. Antworten an diese Adresse liest niemand.`,
  linkHint: 'Wenn der Knopf nicht geht, öffne diese Adresse:',
  labels: {
    time: 'Zeit',
    device: 'Gerät',
    place: 'Ort',
    address: 'Netzadresse',
    name: 'Name',
    role: 'Rolle',
    email: 'E-Mail-Adresse',
    proof: 'Löschnachweis',
  },
  noticeLinks: { security: 'Sicherheit ansehen', alerts: 'Sagen, ob du es warst', none: '' },
  notYou: {
    security:
      'Wenn du das nicht warst, öffne die Seite oben, beende die Anmeldungen, die nicht deine sind, und ändere dein Passwort.',
    alerts: 'Wenn du das nicht warst, sag es auf der Seite oben. Alle anderen Anmeldungen enden dann sofort.',
    none: 'Wenn du Fragen hast, schreib an die Verwaltung.',
  },
  notices: {
    password_changed: {
      subject: 'Dein Passwort wurde geändert',
      sentence: () => 'Das Passwort deines Kontos wurde geändert.',
    },
    password_reset: {
      subject: 'Dein Passwort wurde neu gesetzt',
      sentence: () =>
        'Das Passwort deines Kontos wurde über einen Link in einer Mail neu gesetzt. Alle Anmeldungen wurden beendet.',
    },
    email_changed: {
      subject: 'Deine E-Mail-Adresse wurde geändert',
      sentence: () => 'Dein Konto hat eine neue E-Mail-Adresse. Von jetzt an meldest du dich mit ihr an.',
    },
    email_change_requested: {
      subject: 'Deine E-Mail-Adresse soll geändert werden',
      sentence: () => 'Jemand, der bei deinem Konto angemeldet ist, will dessen E-Mail-Adresse ändern.',
    },
    totp_enabled: {
      subject: 'Codes aus einer Authenticator-App sind an',
      sentence: () => 'Zum Anmelden braucht dein Konto jetzt auch einen Code aus deiner Authenticator-App.',
    },
    totp_disabled: {
      subject: 'Codes aus einer Authenticator-App sind aus',
      sentence: () => 'Zum Anmelden braucht dein Konto keinen Code aus einer Authenticator-App mehr.',
    },
    passkey_added: {
      subject: 'Ein Passkey kam dazu',
      sentence: () => 'Dein Konto hat einen neuen Passkey. Wer ihn hat, kann sich anmelden.',
    },
    passkey_removed: {
      subject: 'Ein Passkey wurde entfernt',
      sentence: () => 'Ein Passkey deines Kontos wurde entfernt.',
    },
    passkey_cloned: {
      subject: 'Ein Passkey wurde vielleicht kopiert',
      sentence: () =>
        'Ein Passkey deines Kontos wurde abgelehnt: Er zählt, wie oft er benutzt wird, und seine Zahl war kleiner als zuvor. Vielleicht hat jemand eine Kopie. Entferne ihn aus deinem Konto.',
    },
    backup_codes_regenerated: {
      subject: 'Du hast neue Notfallcodes',
      sentence: () => 'Für dein Konto gibt es neue Notfallcodes. Die früheren gelten nicht mehr.',
    },
    backup_code_used: {
      subject: 'Ein Notfallcode wurde benutzt',
      sentence: ({ remaining }) =>
        remaining === undefined
          ? 'Ein Notfallcode deines Kontos wurde benutzt.'
          : `Ein Notfallcode deines Kontos wurde benutzt. Noch übrig: ${remaining}.`,
    },
    new_device: {
      subject: 'Anmeldung mit einem neuen Gerät',
      sentence: () => 'Jemand hat sich mit einem Gerät, das wir nicht kennen, bei deinem Konto angemeldet.',
    },
    unusual_sign_in: {
      subject: 'Ungewöhnliche Anmeldung',
      sentence: () => 'Jemand hat sich auf eine für dich ungewöhnliche Weise bei deinem Konto angemeldet.',
    },
    sign_in_blocked: {
      subject: 'Eine Anmeldung wurde verhindert',
      sentence: () =>
        'Jemand wollte sich mit dem richtigen Passwort bei deinem Konto anmelden. Es sah falsch aus und wurde verhindert.',
    },
    api_key_created: {
      subject: 'Ein API-Schlüssel wurde angelegt',
      sentence: () =>
        'Für dein Konto wurde ein API-Schlüssel angelegt. Programme, die ihn haben, handeln in deinem Namen.',
    },
    certificate_issued: {
      subject: 'Ein Zertifikat wurde ausgestellt',
      sentence: () =>
        'Für dein Konto wurde ein Zertifikat ausgestellt. Wer dessen Schlüssel hat, kann sich anmelden.',
    },
    identity_linked: {
      subject: 'Ein Anmeldedienst wurde verbunden',
      sentence: () => 'Dein Konto lässt sich jetzt auch über einen Anmeldedienst öffnen.',
    },
    identity_unlinked: {
      subject: 'Ein Anmeldedienst wurde getrennt',
      sentence: () =>
        'Dein Konto lässt sich nicht mehr über einen Anmeldedienst öffnen, der damit verbunden war.',
    },
    account_suspended: {
      subject: 'Dein Konto wurde gesperrt',
      sentence: () =>
        'Die Verwaltung hat dein Konto gesperrt. Bis das zurückgenommen wird, kannst du dich nicht anmelden.',
    },
    account_approved: {
      subject: 'Dein Konto wurde freigegeben',
      sentence: () => 'Die Verwaltung hat dein Konto freigegeben. Du kannst dich jetzt anmelden.',
    },
    factors_reset: {
      subject: 'Deine zweiten Faktoren wurden entfernt',
      sentence: () =>
        'Die Verwaltung hat die zweiten Faktoren deines Kontos entfernt. Richte nach dem Anmelden neue ein.',
    },
    account_deletion_scheduled: {
      subject: 'Dein Konto wird gelöscht',
      sentence: ({ date }) =>
        `Die Löschung deines Kontos wurde verlangt${date === undefined ? '' : `; sie geschieht am ${date}`}. Bis dahin kannst du dich anmelden und sie zurücknehmen.`,
    },
    account_deleted: {
      subject: 'Dein Konto wurde gelöscht',
      sentence: () =>
        'Dein Konto ist geschlossen; es wird mit allem, was dazu gehört, gelöscht. Dies ist die letzte Mail dazu: Sobald alles gelöscht ist, steht unter der Adresse unten der Nachweis.',
    },
    role_changed: {
      subject: 'Deine Rolle wurde geändert',
      sentence: () =>
        'Die Verwaltung hat die Rolle deines Kontos geändert. Deine Anmeldungen wurden beendet.',
    },
    sessions_ended: {
      subject: 'Deine Anmeldungen wurden beendet',
      sentence: () =>
        'Die Anmeldungen deines Kontos wurden beendet. Melde dich wieder an, wo du es brauchst.',
    },
  },
  letters: {
    verify_email: linkLetter(
      'Bestätige deine E-Mail-Adresse',
      `Mit dieser Adresse wurde ein Konto bei ${product} registriert. Bestätige, dass sie deine ist; der Link gilt 24 Stunden.`,
      'Adresse bestätigen',
      ['Wenn du dich nicht registriert hast, öffne den Link nicht. Mehr musst du nicht tun.'],
    ),
    reset_password: linkLetter(
      'Setze ein neues Passwort',
      'Es wurde ein neues Passwort verlangt. Wähle es auf der Seite unten; der Link gilt einmal, für 30 Minuten. Dein zweiter Faktor, wenn du einen hast, bleibt wie er ist.',
      'Neues Passwort wählen',
      [`${ignore} Dein Passwort bleibt, wie es ist.`],
    ),
    choose_password: linkLetter(
      'Dein Konto ist bereit',
      `Die Verwaltung hat dir ein Konto bei ${product} angelegt. Wähle auf der Seite unten ein Passwort; der Link gilt einmal, für 24 Stunden.`,
      'Passwort wählen',
      [],
    ),
    confirm_old_email: (values) => ({
      subject: 'Bestätige die Änderung deiner E-Mail-Adresse',
      paragraphs: [
        `Die E-Mail-Adresse deines Kontos soll ${values.email ?? ''} werden. Bestätige es hier und von der neuen Adresse aus; die Links gelten 24 Stunden.`,
      ],
      link: { label: 'Änderung bestätigen', url: values.link ?? '' },
      closing: [
        'Wenn du das nicht warst, öffne den Link nicht. Ändere dein Passwort: Jemand ist bei deinem Konto angemeldet.',
      ],
    }),
    confirm_new_email: linkLetter(
      'Bestätige deine neue E-Mail-Adresse',
      `Diese Adresse soll die eines Kontos bei ${product} werden. Bestätige es hier und von der früheren Adresse aus; die Links gelten 24 Stunden.`,
      'Adresse bestätigen',
      [ignore],
    ),
    email_in_use: () => ({
      subject: 'Deine E-Mail-Adresse wurde für ein anderes Konto eingegeben',
      paragraphs: [
        `Jemand will diese Adresse für ein anderes Konto bei ${product} benutzen. Sie gehört schon zu deinem Konto, darum ändert sich nichts.`,
      ],
      closing: [ignore],
    }),
    already_registered: ({ link = '' }) => ({
      subject: 'Du hast schon ein Konto',
      paragraphs: [
        `Jemand wollte sich mit dieser Adresse bei ${product} registrieren. Du hast schon ein Konto: Melde dich an, oder setze ein neues Passwort, wenn du deines vergessen hast.`,
      ],
      link: { label: 'Neues Passwort setzen', url: link },
      closing: [`${ignore} Es wurde nichts geändert.`],
    }),
    invitation: (values) => ({
      subject: `Du bist zu ${product} eingeladen`,
      paragraphs: [
        `${values.inviter ?? 'Die Verwaltung'} lädt dich zu ${product} ein. Die Einladung gilt einmal, für 7 Tage.`,
        ...(values.message ? [`Dazu: ${values.message}`] : []),
      ],
      link: { label: 'Einladung annehmen', url: values.link ?? '' },
      closing: ['Wenn du nicht weißt, worum es geht, musst du nichts tun.'],
    }),
    sign_in_code: ({ code = '' }) => ({
      subject: 'Dein Code zum Anmelden',
      paragraphs: [
        'Eine Anmeldung bei deinem Konto sah ungewöhnlich aus. Wenn du es bist, gib diesen Code ein; er gilt einige Minuten.',
      ],
      code,
      closing: ['Wenn du das nicht warst, sag niemandem den Code und ändere dein Passwort: Jemand kennt es.'],
    }),
    test: () => ({
      subject: 'Testnachricht',
      paragraphs: [
        'Diese Nachricht zeigt, dass Mails dieses Servers ankommen. Die Verwaltung hat sie verlangt.',
      ],
    }),
  },
};
