/** One thing that people decide about themselves. A changed text is a new version, so that it is known what was read. */
export interface ConsentPurpose {
  purpose: string;
  version: number;
  /** What holds until somebody decides. */
  grantedByDefault: boolean;
  wording: Record<'en' | 'de', { title: string; text: string }>;
}

/** Only what the product really does. */
export const consentCatalogue: readonly ConsentPurpose[] = [
  {
    // Honoured by triggers of the database, by whichever way a row is written (0017_privacy.sql).
    purpose: 'sign_in_location',
    version: 1,
    grantedByDefault: true,
    wording: {
      en: {
        title: 'Country of sign-ins',
        text: 'The country of the network address is kept with your sign-ins and devices, so that you recognise them and are warned of a sign-in from an unusual place. Without it those warnings are not possible, and what was kept is removed.',
      },
      de: {
        title: 'Land der Anmeldungen',
        text: 'Das Land der Netzadresse wird bei Ihren Anmeldungen und Geräten gespeichert, damit Sie sie erkennen und vor einer Anmeldung von einem ungewöhnlichen Ort gewarnt werden. Ohne das sind diese Warnungen nicht möglich, und was gespeichert war, wird entfernt.',
      },
    },
  },
  {
    // Asked for by the tools of the memory before each use.
    purpose: 'memory',
    version: 1,
    grantedByDefault: false,
    wording: {
      en: {
        title: 'Memory of the assistant',
        text: 'The assistant and your workflows may remember facts about you and use them in later answers. You see each of them with where it comes from, and can change or delete it. A connected model gets the facts that it asks for. Without your consent nothing is remembered and nothing that is remembered is used; it stays for you to see and delete.',
      },
      de: {
        title: 'Gedächtnis des Assistenten',
        text: 'Der Assistent und Ihre Workflows dürfen sich Tatsachen über Sie merken und in späteren Antworten verwenden. Sie sehen jede davon mit ihrer Herkunft und können sie ändern oder löschen. Ein verbundenes Modell erhält die Tatsachen, nach denen es fragt. Ohne Ihre Einwilligung wird nichts gemerkt und nichts Gemerktes verwendet; es bleibt da, damit Sie es sehen und löschen können.',
      },
    },
  },
];
