import type { Message } from '@aiwfe/api-client';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { answerErrors } from '#lib/messages/en/answer-errors.ts';
import { type Language, texts } from '#lib/messages/translate.svelte.ts';
import { preferences } from '#lib/preferences.svelte.ts';
import { answerErrorText } from './answer-error-text.ts';
import { answerErrorTexts } from './answer-error-texts.ts';

type Params = NonNullable<NonNullable<Message['error']>['params']>;

const stored = 'As it was stored.';
const said = (code: string, params?: Params): string =>
  answerErrorText({ code, detail: stored, ...(params ? { params } : {}) });

beforeAll(answerErrorTexts);
beforeEach(() => {
  preferences.locale = 'de-DE';
  preferences.timeZone = 'Europe/Berlin';
});
afterEach(() => texts.use('en'));

describe('why an answer ended early', () => {
  it.each<[Language, string, Params, string]>([
    [
      'en',
      'models.refused',
      { provider: 'Ollama' },
      'Ollama refused the connection. Is the server running at its address? Ask again when it is.',
    ],
    [
      'de',
      'models.refused',
      { provider: 'Ollama' },
      'Ollama hat die Verbindung abgelehnt. Läuft der Server unter seiner Adresse? Fragen Sie noch einmal, wenn er läuft.',
    ],
    [
      'de',
      'models.timeout',
      { provider: 'Ollama', kind: 'not_begun', seconds: 120 },
      'Ollama hatte nach 120 s noch nicht zu antworten begonnen. Fragen Sie noch einmal oder wählen Sie ein schnelleres Modell.',
    ],
    [
      'de',
      'models.quota_exceeded',
      { kind: 'day', limit: 50_000, at: '2026-12-01T00:00:00.000Z' },
      'Die Anfrage passte nicht mehr in Ihre 50.000 Token pro Tag. Gezählt wird von vorn ab 01.12.2026, 01:00; fragen Sie dann noch einmal.',
    ],
    [
      'de',
      'models.bad_response',
      { provider: 'Ollama', kind: 'could_not', said: 'no {room} left' },
      'Ollama konnte nicht antworten. Fragen Sie noch einmal oder wählen Sie ein anderes Modell. Die Meldung lautete: no {room} left',
    ],
    [
      'de',
      'workflows.step_failed',
      {},
      'In einem Schritt trat ein unerwarteter Fehler auf. Er wurde protokolliert. Fragen Sie noch einmal; wiederholt es sich, melden Sie es dem, der diesen Server betreibt.',
    ],
  ])('in %s: %s %j', async (language, code, params, text) => {
    await texts.use(language);
    expect(said(code, params)).toBe(text);
  });

  it('is the general sentence of the code where this page does not know the exact one', async () => {
    await texts.use('de');
    expect(said('models.timeout', { provider: 'Ollama', kind: 'dreaming' })).toBe(
      'Ollama hat nicht rechtzeitig geantwortet. Fragen Sie noch einmal oder wählen Sie ein anderes Modell.',
    );
  });

  it('is the stored sentence for unknown codes, for values that are missing, and for old answers', async () => {
    await texts.use('de');
    expect(said('models.moon', { said: 'The moon is full.' })).toBe(stored);
    expect(said('models.refused', {})).toBe(stored);
    expect(said('conversations.interrupted')).toBe(stored);
  });

  it.each(Object.entries(answerErrors))('says what to do or who can: %s', (key, text) => {
    if (key !== 'chat.error.said') expect(text.split(/[.?;:] /).length, text).toBeGreaterThan(1);
  });
});
