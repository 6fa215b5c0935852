/** What is said of an event. */
export interface Words {
  title: string;
  body: string;
}

/** All sentences of one language. */
export interface NotificationTexts {
  approval(title: string): Words;
  approvalEscalated(title: string): Words;
  runFailed(workflow: string, reason: string): Words;
  runFinished(workflow: string): Words;
  newDevice: Words;
  unusualSignIn: Words;
  signInBlocked: Words;
  passwordSpraying: Words;
  /** In mails. */
  open: string;
  whyMail: string;
}

const english: NotificationTexts = {
  approval: (title) => ({
    title: `Your decision is needed: ${title}`,
    body: 'A workflow waits until you approve or reject this.',
  }),
  approvalEscalated: (title) => ({
    title: `A decision was passed on to you: ${title}`,
    body: 'Nobody decided it in time. The workflow waits for you now.',
  }),
  runFailed: (workflow, reason) => ({ title: `“${workflow}” failed`, body: reason }),
  runFinished: (workflow) => ({ title: `“${workflow}” is done`, body: 'The run ended as planned.' }),
  newDevice: {
    title: 'Sign-in from a new device',
    body: 'Somebody signed in to your account from a device that was not used before. Say whether it was you.',
  },
  unusualSignIn: {
    title: 'Unusual sign-in',
    body: 'Somebody signed in to your account in a way that is unusual for you. Say whether it was you.',
  },
  signInBlocked: {
    title: 'A sign-in was stopped',
    body: 'Somebody tried to sign in to your account with the right password. It looked wrong and was stopped.',
  },
  passwordSpraying: {
    title: 'Passwords are being tried on many accounts',
    body: 'Sign-ins from the networks that this comes from are watched. Look at the alert for what to do.',
  },
  open: 'Open',
  whyMail: 'You get this mail because you asked for it in Settings → Notifications.',
};

const german: NotificationTexts = {
  approval: (title) => ({
    title: `Ihre Entscheidung ist nötig: ${title}`,
    body: 'Ein Workflow wartet, bis Sie zustimmen oder ablehnen.',
  }),
  approvalEscalated: (title) => ({
    title: `Eine Entscheidung wurde an Sie weitergegeben: ${title}`,
    body: 'Niemand hat rechtzeitig entschieden. Der Workflow wartet jetzt auf Sie.',
  }),
  runFailed: (workflow, reason) => ({ title: `„${workflow}“ ist gescheitert`, body: reason }),
  runFinished: (workflow) => ({
    title: `„${workflow}“ ist fertig`,
    body: 'Der Lauf ist wie geplant zu Ende gegangen.',
  }),
  newDevice: {
    title: 'Anmeldung mit einem neuen Gerät',
    body: 'Jemand hat sich mit einem bisher unbekannten Gerät bei Ihrem Konto angemeldet. Sagen Sie, ob Sie es waren.',
  },
  unusualSignIn: {
    title: 'Ungewöhnliche Anmeldung',
    body: 'Jemand hat sich auf eine für Sie ungewöhnliche Weise bei Ihrem Konto angemeldet. Sagen Sie, ob Sie es waren.',
  },
  signInBlocked: {
    title: 'Eine Anmeldung wurde verhindert',
    body: 'Jemand wollte sich mit dem richtigen Passwort bei Ihrem Konto anmelden. Das sah nicht nach Ihnen aus und wurde verhindert.',
  },
  passwordSpraying: {
    title: 'Bei vielen Konten werden Passwörter ausprobiert',
    body: 'Anmeldungen aus den Netzen, von denen das ausgeht, werden beobachtet. Was zu tun ist, steht bei der Warnung.',
  },
  open: 'Öffnen',
  whyMail: 'Sie bekommen diese Mail, weil Sie das unter Einstellungen → Benachrichtigungen gewählt haben.',
};

/** The language of a locale such as `de-AT`; English where there is none of that name. */
export function textsOf(locale: string): NotificationTexts {
  return locale.toLowerCase().split(/[-_]/, 1)[0] === 'de' ? german : english;
}
