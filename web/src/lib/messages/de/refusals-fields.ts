import type { FieldProblem } from '@aiwfe/api-client';

type Reason = Exclude<FieldProblem['reason'], undefined | 'other'>;

/** What is wrong with one field, said below it. */
export const fieldRefusals = {
  'refusal.field.empty': 'Das darf nicht leer sein.',
  'refusal.field.in_use': 'Das wird schon verwendet. Wählen Sie etwas anderes.',
  'refusal.field.locale_unknown': 'Das ist keine Sprachkennung wie de-DE.',
  'refusal.field.missing': 'Hier fehlt eine Angabe.',
  'refusal.field.needed_again': 'Für die neue Adresse ist das noch einmal nötig.',
  'refusal.field.not_allowed': 'Dieser Wert ist hier nicht möglich.',
  'refusal.field.not_email': 'Das ist keine E-Mail-Adresse.',
  'refusal.field.not_right': 'Das stimmt nicht.',
  'refusal.field.other_address': 'Das ist nicht die eingeladene Adresse.',
  'refusal.field.password_common': 'Dieses Passwort gehört zu denen, die zuerst ausprobiert werden.',
  'refusal.field.password_related':
    'Dieses Passwort ist Ihrem Namen, Ihrer E-Mail-Adresse oder dem Namen dieses Produkts zu ähnlich.',
  'refusal.field.password_short':
    'Mindestens {limit} Zeichen sind nötig; ein paar Wörter, die nur zu Ihnen gehören, merkt man sich leicht.',
  'refusal.field.password_stolen': 'Dieses Passwort gehört zu denen, die anderswo gestohlen wurden.',
  'refusal.field.time_zone_unknown': 'Das ist keine Zeitzone wie Europe/Berlin.',
  'refusal.field.too_few_fields': 'Mindestens so viele Angaben sind nötig: {limit}.',
  'refusal.field.too_few_items': 'Mindestens {limit} Einträge sind nötig.',
  'refusal.field.too_large': 'Höchstens {limit} ist möglich.',
  'refusal.field.too_long': 'Höchstens {limit} Zeichen sind möglich.',
  'refusal.field.too_many_bytes': 'Das ist zu lang: Höchstens {limit_bytes} sind möglich.',
  'refusal.field.too_many_items': 'Höchstens {limit} Einträge sind möglich.',
  'refusal.field.too_short': 'Mindestens {limit} Zeichen sind nötig.',
  'refusal.field.too_small': 'Mindestens {limit} ist nötig.',
  'refusal.field.unchanged': 'Das ist schon jetzt Ihre Adresse.',
  'refusal.field.unknown': 'Das ist hier nicht bekannt.',
  'refusal.field.unreadable': 'Das enthält keine lesbaren Zeichen.',
  'refusal.field.wrong_format': 'Das hat nicht die nötige Form.',
  'refusal.field.wrong_type': 'Das ist nicht die nötige Art von Wert.',
} satisfies Record<`refusal.field.${Reason}`, string>;
