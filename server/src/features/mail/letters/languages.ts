import { german } from './de.ts';
import { english } from './en.ts';
import type { MailLanguage } from './letter.ts';

/** The language of a locale such as `de-AT`; English where there is none of that name. */
export function languageOf(locale: string): MailLanguage {
  return locale.toLowerCase().split(/[-_]/, 1)[0] === 'de' ? german : english;
}

/** The first language of an `Accept-Language` header, for people whose profile is not known (RFC 9110 §12.5.4). */
export function localeOfHeader(header: string | undefined): string {
  const first = header?.slice(0, 100).split(/[,;]/, 1)[0]?.trim() ?? '';
  return /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/.test(first) ? first : 'en';
}
