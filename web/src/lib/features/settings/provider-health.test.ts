import { afterEach, describe, expect, it } from 'vitest';
import { texts } from '#lib/messages/translate.svelte.ts';
import { healthText } from './provider-health.ts';

const refused = {
  state: 'error',
  code: 'models.refused',
  detail: 'Home refused the connection. Is the server running at its address?',
  reason: 'provider',
  params: { provider: 'Home' },
  version: null,
  checked_at: null,
} as const;

afterEach(() => texts.use('en'));

describe('why a provider is not well', () => {
  it('is told in German with the name of the provider', async () => {
    await texts.use('de');
    expect(healthText(refused)).toBe(
      'Home nimmt keine Verbindung an. Läuft der Server unter seiner Adresse?',
    );
    const params = { provider: 'Home', from: 'https://a.example', target: 'https://b.example' };
    const redirected = { ...refused, code: 'models.unreachable', reason: 'too_many_redirects', params };
    expect(healthText(redirected)).toBe(
      'Home: https://a.example schickt die Anfrage weiter an https://b.example. Verwenden Sie die endgültige Adresse.',
    );
  });

  it('is what the server said in English, and that it said nothing', async () => {
    await texts.use('en');
    expect(healthText(refused)).toBe(refused.detail);
    expect(healthText({ ...refused, code: null, detail: null })).toBe('The server gave no reason.');
  });
});
