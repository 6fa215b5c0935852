import { entranceTexts } from './en/entrance.ts';
import type { MessageKey as BasicKey } from './en/index.ts';
import type { workflowPart } from './en/workflow-part.ts';

/** A text, or its forms by plural category of the parameter `count`. */
export type MessageText = string | { one: string; other: string };
export type MessageKey = BasicKey | keyof typeof workflowPart;
export type Catalogue = Record<MessageKey, MessageText>;
export type MessageParameters = Record<string, string | number>;

export const languages = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof languages;

/** Texts in each language, loaded when they are needed. */
export type Part = Record<Language, () => Promise<Partial<Catalogue>>>;

/** English for the pages before the sign-in comes with the first load, everything else on demand. */
const loaders: Part = {
  en: async () => (await import('./en/index.ts')).messages,
  de: async () => (await import('./de/index.ts')).messages,
};

class Texts {
  language = $state<Language>('en');
  catalogue = $state.raw<Partial<Catalogue>>(entranceTexts);
  readonly #parts = new Set<Part>();
  #wanted: Language = 'en';
  #loading: Promise<void> | undefined;

  /** Switches all texts to the language of a BCP 47 tag; English for languages without a catalogue. */
  async use(locale: string): Promise<void> {
    this.#wanted = languageOf(locale);
    await this.#load();
  }

  /** Adds the texts of a part that few pages need, in the language of now and of later. */
  async add(part: Part): Promise<void> {
    this.#parts.add(part);
    await this.#load();
  }

  /** As {@link add}, from the next switch of the language on. */
  addLater(part: Part): void {
    this.#parts.add(part);
  }

  /** Loads what is wanted now; where more is wanted meanwhile, the later loading brings all of it. */
  #load(): Promise<void> {
    const language = this.#wanted;
    const loading: Promise<void> = Promise.all(
      [loaders, ...this.#parts].map((part) => part[language]()),
    ).then((loaded) => {
      if (this.#loading !== loading) return this.#loading;
      this.catalogue = Object.assign({}, ...loaded);
      this.#show(language);
    });
    this.#loading = loading;
    return loading;
  }

  /** Adds the English texts of a part that comes after the first load; other languages have theirs already. */
  async addAtEntrance(load: () => Promise<Partial<Catalogue>>): Promise<void> {
    if (this.language === 'en') this.catalogue = { ...(await load()), ...this.catalogue };
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

/** The text of a key that ends with a word of the server; `fallback` for words that came after this page was made. */
export function textOr<Fallback extends string | undefined>(
  key: string,
  fallback: Fallback,
  parameters: MessageParameters = {},
): string | Fallback {
  return Object.hasOwn(texts.catalogue, key) ? t(key as MessageKey, parameters) : fallback;
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
