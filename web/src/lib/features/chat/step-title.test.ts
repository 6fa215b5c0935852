import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { texts } from '#lib/messages/translate.svelte.ts';
import { stepText, stepTitle } from './step-title.ts';

beforeAll(() => texts.use('de'));
afterAll(() => texts.use('en'));

describe('steps of answers in the person’s language', () => {
  it.each([
    ['simple', 'retrieve', 'Search in your documents', 'Ihre Dokumente durchsuchen'],
    ['simple', 'prompt', 'Prepare the question', 'Frage vorbereiten'],
    ['router', 'assess', 'Assess the question', 'Frage einschätzen'],
    ['router', 'retrieve', 'Search in your documents', 'Ihre Dokumente durchsuchen'],
    ['socratic', 'assess', 'Look at what you know so far', 'Ansehen, was Sie schon wissen'],
    ['experts', 'amend', 'Revised answer', 'Überarbeitete Antwort'],
  ] as const)('of the mode %s, kind %s: %s', (mode, kind, title, shown) => {
    expect(stepTitle({ kind, title, node_id: null }, mode)).toBe(shown);
  });

  it.each([
    ['expert', 'expert_technical', 'Technik'],
    ['expert', 'expert_research', 'Recherche'],
    ['expert', 'expert_wellbeing', 'Wohlbefinden'],
    ['amend', 'formatted', 'Formatierung'],
    ['amend', 'revision', 'Überarbeitete Antwort'],
    ['summary', 'summary', 'Zusammenfassung'],
  ] as const)('of the expert group, kind %s: %s, whatever the server calls it', (kind, node_id, shown) => {
    expect(stepTitle({ kind, title: 'As the server says', node_id }, 'experts')).toBe(shown);
  });

  it('are named in the person’s language where nobody gave them a name', () => {
    const step = { kind: 'prompt', title: 'Ask a model', title_code: 'prompt', node_id: 'ask' } as const;
    expect(stepTitle(step, 'workflow:1')).toBe('Ein Modell fragen');
    expect(stepTitle({ ...step, title_code: 'dream' }, 'workflow:1')).toBe('Ask a model');
  });

  it('keep the names that people gave them, and those that came after this page', () => {
    expect(stepTitle({ kind: 'prompt', title: 'Plan', node_id: 'plan' }, 'workflow:1')).toBe('Plan');
    expect(stepTitle({ kind: 'approval', title: 'Send the letter?', node_id: 'act' }, 'router')).toBe(
      'Send the letter?',
    );
    expect(stepTitle({ kind: 'think', title: 'Dream', node_id: 'dream' }, 'later')).toBe('Dream');
  });
});

describe('who was given what', () => {
  const text = '- **Technical expert**: Wie Sicherungen gehen.';

  it('is told with the names of the experts in the person’s language', () => {
    const tasks = [
      { expert: 'technical', text: 'Wie Sicherungen gehen.' },
      { expert: 'wellbeing', text: 'Pausen.' },
    ];
    expect(stepText({ text, tasks })).toBe(
      '- **Technik**: Wie Sicherungen gehen.\n- **Wohlbefinden**: Pausen.',
    );
  });

  it('is what the server says for experts that came after this page, and for old answers', () => {
    expect(stepText({ text, tasks: [{ expert: 'astrology', text: 'Die Sterne.' }] })).toBe(text);
    expect(stepText({ text })).toBe(text);
    expect(stepText({ text: null })).toBeNull();
  });
});
