import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { texts } from '#lib/messages/translate.svelte.ts';
import { stepTitle } from './step-title.ts';

beforeAll(() => texts.use('de'));
afterAll(() => texts.use('en'));

describe('steps of answers in the person’s language', () => {
  it.each([
    ['simple', 'retrieve', 'Search in your documents', 'Ihre Dokumente durchsuchen'],
    ['simple', 'prompt', 'Prepare the question', 'Frage vorbereiten'],
    ['router', 'assess', 'Assess the question', 'Frage einschätzen'],
    ['router', 'retrieve', 'Search in your documents', 'Ihre Dokumente durchsuchen'],
    ['socratic', 'assess', 'Look at what you know so far', 'Ansehen, was Sie schon wissen'],
    ['experts', 'expert', 'Technical expert', 'Technik'],
    ['experts', 'expert', 'Well-being coach', 'Wohlbefinden'],
    ['experts', 'amend', 'Output formatter', 'Formatierung'],
    ['experts', 'amend', 'Revised answer', 'Überarbeitete Antwort'],
  ] as const)('of the mode %s, kind %s: %s', (mode, kind, title, shown) => {
    expect(stepTitle({ kind, title }, mode)).toBe(shown);
  });

  it('keep the names that people gave them, and those that came after this page', () => {
    expect(stepTitle({ kind: 'prompt', title: 'Plan' }, 'workflow:1')).toBe('Plan');
    expect(stepTitle({ kind: 'approval', title: 'Send the letter?' }, 'router')).toBe('Send the letter?');
    expect(stepTitle({ kind: 'think', title: 'Dream' }, 'later')).toBe('Dream');
  });
});
