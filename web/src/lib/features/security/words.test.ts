import { beforeAll, describe, expect, it } from 'vitest';
import { textOr, texts } from '#lib/messages/translate.svelte.ts';
import { countryName, factorWords, joinWords, placeOf } from './words.ts';

beforeAll(() => texts.use('en'));

describe('words for what the server says', () => {
  it('names places by country, by network, or not at all', () => {
    expect(placeOf({ country: 'PT', location_label: 'Portugal' })).toBe('Portugal');
    expect(placeOf({ country: null, location_label: 'this network' })).toBe('this network');
    expect(placeOf({ country: null, location_label: null })).toBeNull();
    expect(countryName('T1')).toBe('T1');
  });

  it('says the factors of a sign-in, and leaves unknown ones as they are', () => {
    expect(factorWords(['password', 'totp'])).toBe('password and authenticator app');
    expect(factorWords(['oauth:google'])).toBe('another provider');
    expect(factorWords(['iris'])).toBe('iris');
    expect(joinWords(['a', 'b'], 'disjunction')).toBe('a or b');
  });

  it('falls back for words that came later', () => {
    expect(textOr('security.factor.passkey', 'x')).toBe('passkey');
    expect(textOr('security.factor.iris', 'x')).toBe('x');
  });

  it('says all of it in the person’s language', async () => {
    await texts.use('de');
    expect(placeOf({ country: 'DE', location_label: 'Germany' })).toBe('Deutschland');
    expect(factorWords(['password', 'totp'])).toBe('Passwort und Authenticator-App');
    await texts.use('en');
  });
});
