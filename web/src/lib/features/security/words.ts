import { t, textOr, texts } from '#lib/messages/translate.svelte.ts';

/** "a passkey and a code", as the person's language writes lists. */
export function joinWords(words: string[], type: 'conjunction' | 'disjunction' = 'conjunction'): string {
  return new Intl.ListFormat(texts.language, { type }).format(words);
}

/** The name of a country by its ISO 3166-1 code; the code itself when nobody knows it. */
export function countryName(code: string): string {
  if (!/^[A-Z]{2}$/.test(code)) return code;
  return new Intl.DisplayNames([texts.language], { type: 'region' }).of(code) ?? code;
}

/** Where an address is, for people: a country, this network, or nothing. */
export function placeOf(where: { country: string | null; location_label: string | null }): string | null {
  if (where.country !== null) return countryName(where.country);
  return where.location_label === null ? null : t('security.place.network');
}

/** How somebody proved who they are: "password and authenticator app". */
export function factorWords(factors: string[]): string {
  return joinWords(factors.map((factor) => textOr(`security.factor.${factor.split(':')[0]}`, factor)));
}
