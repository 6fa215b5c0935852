import { entranceTexts } from './en/entrance.ts';
import type { MessageKey } from './en/index.ts';

/** A text, or its forms by plural category of the parameter `count`. */
export type MessageText = string | { one: string; other: string };
export type Catalogue = Record<MessageKey, MessageText>;
export type MessageParameters = Record<string, string | number>;
export type { MessageKey };

export const languages = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof languages;

/** English for the pages before the sign-in comes with the first load, everything else on demand. */
const loaders: Record<Language, () => Promise<Catalogue>> = {
  en: async () => (await import('./en/index.ts')).messages,
  de: async () => (await import('./de/index.ts')).messages,
};

class Texts {
  language = $state<Language>('en');
  catalogue = $state.raw<Partial<Catalogue>>(entranceTexts);

  /** Switches all texts to the language of a BCP 47 tag; English for languages without a catalogue. */
  async use(locale: string): Promise<void> {
    const language = languageOf(locale);
    this.catalogue = await loaders[language]();
    this.#show(language);
  }

  /** As {@link use}, with no more than the pages before the sign-in need. */
  async useAtEntrance(locale: string): Promise<void> {
    if (languageOf(locale) !== 'en') await this.use(locale);
  }

  #show(language: Language): void {
    this.language = language;
    if (typeof document !== 'undefined') document.documentElement.lang = language;
  }
}

function languageOf(locale: string): Language {
  const language = locale.split('-')[0] ?? 'en';
  return language in loaders ? (language as Language) : 'en';
}

export const texts = new Texts();

/** The text of `key` in the person's language, with `{name}` replaced by the parameter of that name. */
export function t(key: MessageKey, parameters: MessageParameters = {}): string {
  return formatMessage(texts.catalogue[key] ?? key, parameters, texts.language);
}

/** Fills a text; numbers are written as the language writes them. */
export function formatMessage(text: MessageText, parameters: MessageParameters, language: string): string {
  const form = typeof text === 'string' ? text : text[pluralForm(parameters.count, language)];
  return form.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = parameters[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? value.toLocaleString(language) : value;
  });
}

function pluralForm(count: string | number | undefined, language: string): 'one' | 'other' {
  return new Intl.PluralRules(language).select(Number(count ?? 0)) === 'one' ? 'one' : 'other';
}
