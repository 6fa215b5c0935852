import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { texts } from '#lib/messages/translate.svelte.ts';
import { inOwnWords, stepName } from './step-names.ts';
import { workflowTexts } from './workflow-texts.ts';

beforeAll(async () => {
  await texts.use('de');
  await workflowTexts();
});
afterAll(() => texts.use('en'));

describe('the names of steps', () => {
  it('are those that people gave, whatever they mean elsewhere', () => {
    expect(stepName({ id: 'plan', type: 'prompt', name: 'Plan' }, null)).toBe('Plan');
  });

  it('are what the step does where nobody named it', () => {
    expect(stepName({ id: 'find', type: 'retrieve' }, null)).toBe('Dokumente durchsuchen');
    expect(stepName({ id: 'find', type: 'retrieve', name: ' ' }, null)).toBe('Dokumente durchsuchen');
    expect(stepName({ id: 'later', type: 'kind_of_later' }, null)).toBe('later');
  });

  it('are translated where they come with the program, by mode where an id means different steps', () => {
    const brief = { id: 'brief', type: 'transform', name: 'Say what is known' };
    expect(stepName(brief, 'router')).toBe('Sagen, was bekannt ist');
    expect(stepName({ ...brief, name: 'Project manager' }, 'experts')).toBe('Projektleitung');
    expect(stepName({ id: 'later', type: 'text', name: 'Came later' }, 'router')).toBe('Came later');
    const { nodes } = inOwnWords(
      { format: 1, nodes: [{ id: 'start', type: 'start', name: 'Question' }], edges: [] },
      'fast',
    );
    expect(nodes[0]?.name).toBe('Frage');
  });
});
