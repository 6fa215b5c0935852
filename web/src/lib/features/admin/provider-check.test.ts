import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { texts } from '#lib/messages/translate.svelte.ts';
import { preferences } from '#lib/preferences.svelte.ts';
import { checkText, type ProviderCheck } from './provider-check.ts';

const reach = 'Check the issuer, and that this server may reach it.';
const late = {
  code: 'outbound.timeout',
  detail: 'The other server did not begin to answer within 8 s.',
  reason: 'not_begun',
  params: { limit_seconds: 8 },
};
const plain = {
  code: 'oauth.invalid_answer',
  detail: 'The jwks_uri of the provider must begin with https://.',
  reason: 'not_encrypted',
  params: { name: 'jwks_uri' },
};
const check = (name: string, code: string, detail: string, more: Partial<ProviderCheck> = {}) =>
  ({ name, state: 'failed', code, detail, ...more }) satisfies ProviderCheck;
const said = 'unexpected response';

/** A check, and what it says in German. */
const checks: [ProviderCheck, string][] = [
  [
    check('discovery', 'ok', 'The provider answers as https://id.example.', {
      params: { issuer: 'https://id.example' },
    }),
    'Der Anbieter antwortet als https://id.example.',
  ],
  [
    check(
      'discovery',
      'not_openid',
      `${said} There is no OpenID Connect metadata at this issuer. Is the path complete?`,
      { params: { said } },
    ),
    'Unter diesem Aussteller gibt es keine Metadaten von OpenID Connect. Ist der Pfad vollständig? Die Meldung lautet: unexpected response',
  ],
  [
    check('discovery', 'outbound.timeout', `${late.detail} ${reach}`, { refusal: late }),
    'Der andere Server hat nach 8 Sekunden noch nicht zu antworten begonnen. Prüfen Sie den Aussteller, und ob dieser Server ihn erreichen darf.',
  ],
  [
    check('discovery', plain.code, plain.detail, { refusal: plain }),
    'Die Adresse jwks_uri des Anbieters muss mit https:// beginnen.',
  ],
  [
    check('keys', 'ok', 'The provider publishes a key.', { params: { count: 1 } }),
    'Der Anbieter veröffentlicht einen Schlüssel.',
  ],
  [
    check('keys', 'ok', 'The provider publishes 3 keys.', { params: { count: 3 } }),
    'Der Anbieter veröffentlicht 3 Schlüssel.',
  ],
  [
    check(
      'clock',
      'clock',
      'The clocks of the provider and of this server differ by 90 seconds. Set the clocks of this server and of the provider.',
      { params: { seconds: 90 } },
    ),
    'Die Uhren des Anbieters und dieses Servers gehen 90 Sekunden auseinander. Stellen Sie die Uhren beider.',
  ],
  [check('later', 'new', 'Not yet known.'), 'Not yet known.'],
];

afterEach(() => texts.use('en'));

describe('what a check of a sign-in provider found', () => {
  beforeEach(() => {
    preferences.locale = 'de';
  });

  it.each(checks)('is told in German: %j', async (found, german) => {
    await texts.use('de');
    expect(checkText(found)).toBe(german);
  });

  it.each(checks)('is in English what the server said: %j', async (found) => {
    await texts.use('en');
    expect(checkText(found)).toBe(found.detail);
  });
});
