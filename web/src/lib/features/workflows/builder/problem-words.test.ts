import type { WorkflowProblem } from '@aiwfe/api-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawingRefusals } from '#lib/messages/de/refusals-drawing.ts';
import { texts } from '#lib/messages/translate.svelte.ts';
import { editorTexts } from '../workflow-texts.ts';
import { ProblemCheck } from './problem-check.svelte.ts';
import { failureWords, problemWords } from './problem-words.ts';

const detail = 'What the server says.';
const problem = (code: string, reason?: string, params?: WorkflowProblem['params']): WorkflowProblem => ({
  ...{ code, node_id: 'a', field: params?.field ? `config.${params.field}` : null, detail },
  ...(reason ? { reason } : {}),
  ...(params ? { params } : {}),
});
const missing = problem('config_invalid', 'missing', { field: 'url' });

describe('what is wrong with a drawing, in German', () => {
  beforeAll(async () => {
    await texts.use('de');
    await editorTexts();
  });
  afterAll(() => texts.use('en'));

  it('is the sentence of its code, with its values', () => {
    expect(problemWords(problem('no_start'))).toBe('Der Workflow hat keinen Start. Fügen Sie einen hinzu.');
    expect(problemWords(problem('duplicate_step', undefined, { step: 'plan' }))).toBe(
      'Zwei Schritte haben die Id „plan“. Benennen Sie einen um.',
    );
    expect(problemWords(problem('cycle_without_exit', undefined, { steps: 'a, b' }))).toContain(
      'hinaus: a, b.',
    );
  });

  it('is the sentence of its reason, where a code has several', () => {
    expect(problemWords(problem('missing_value', 'step_in_loop', { step: 'b', loop: 'l' }))).toBe(
      'Der Schritt „b“ läuft für jedes Element von „l“ einmal: Nennen Sie {{steps.l.output}}, die Liste der Ergebnisse.',
    );
    const [place, limit] = ['/items', 12];
    expect(problemWords(problem('input_schema_invalid', 'schema_too_deep', { place, limit }))).toBe(
      'Das Schema ist an der Stelle /items mehr als 12 Ebenen tief geschachtelt.',
    );
  });

  it('leaves braces of the values as they were written', () => {
    const params = { template: '{{a {step}}}' };
    expect(problemWords(problem('template_malformed', undefined, params))).toBe(
      '{{a {step}}} ist kein Name: Schreiben Sie einen Pfad wie {{input.title}}.',
    );
  });

  it('names settings and ways out as the editor does', () => {
    expect(problemWords(problem('config_invalid', 'empty', { field: 'prompt' }), 'prompt')).toBe(
      '„Prompt“ darf nicht leer sein.',
    );
    expect(problemWords(problem('config_invalid', 'wrong_format', { field: 'cases.0.name' }), 'switch')).toBe(
      '„Fälle › 1 › name“ hat nicht die nötige Form.',
    );
    expect(
      problemWords(problem('config_invalid', 'too_large', { field: 'limit', limit: 2_000 }), 'retrieve'),
    ).toBe('Für „Höchstens so viele Abschnitte“ ist höchstens 2.000 möglich.');
    expect(problemWords(problem('config_invalid', 'unknown', { field: 'later_on' }), 'http')).toBe(
      'Die Einstellung „later_on“ ist hier nicht bekannt.',
    );
    expect(problemWords(problem('fork_without_parallel', undefined, { port: 'each' }))).toContain(
      'bei „jedes“ ab',
    );
  });

  it('says of a missing setting where it is, and below that setting only that it is missing', () => {
    expect(problemWords(missing, 'http')).toBe('„Adresse“ fehlt.');
    const check = new ProblemCheck([missing, problem('config_invalid', 'missing', { field: 'headers.x' })]);
    const node = { id: 'a', type: 'http' };
    expect(check.ofField(node, 'config.url')).toBe('Hier fehlt ein Wert.');
    expect(check.ofField(node, 'config.headers')).toBe('„Kopfzeilen › x“ fehlt.');
    expect(check.ofField(node, 'config.method')).toBeUndefined();
  });

  it('puts its lead before what only the server can say', () => {
    expect(problemWords(problem('config_invalid', 'other', { field: 'url' }), 'http')).toBe(
      `Die Einstellung „Adresse“ ist ungültig. ${detail}`,
    );
    expect(
      problemWords(problem('expression_invalid', 'expression_unreadable', { message: 'Expected ")"' })),
    ).toBe('Der Ausdruck lässt sich nicht lesen: Expected ")"');
    expect(problemWords(problem('missing_value', 'came_later', {}))).toBe(`Ein Wert fehlt. ${detail}`);
    expect(problemWords(problem('came_later'))).toBe(detail);
  });

  it('has all values of a sentence that it says', () => {
    const names = ['field', 'limit', 'count', 'step', 'steps', 'loop', 'port', 'type', 'template', 'name'];
    const more = ['place', 'keyword', 'message', 'header', 'event', 'slot', 'tool'];
    const params = Object.fromEntries([...names, ...more].map((name) => [name, 'x']));
    for (const key of Object.keys(drawingRefusals)) {
      const [, , first = '', reason] = key.split('.');
      const words = problemWords(problem(reason ? 'came_later' : first, reason, params));
      expect([key, words.includes(detail)]).toEqual([key, false]);
    }
  });

  it('is what a step that was tried failed with, too', () => {
    const failure = { code: 'workflows.config_invalid', detail };
    expect(failureWords({ ...failure, ...{ reason: 'missing', params: { field: 'url' } } }, 'http')).toBe(
      '„Adresse“ fehlt.',
    );
    expect(failureWords({ ...failure, reason: 'header_line_break' }, 'http')).toBe(
      'Ein Header darf keine Zeilenumbrüche enthalten.',
    );
    expect(failureWords({ ...failure, reason: 'other' }, 'http')).toBe(
      `Die Einstellungen des Schritts sind ungültig. ${detail}`,
    );
  });
});

it('says in English what the server says, and names a missing setting as the editor does', async () => {
  await texts.use('en');
  await editorTexts();
  expect(problemWords(problem('no_start'))).toBe(detail);
  expect(problemWords(problem('config_invalid', 'empty', { field: 'prompt' }), 'prompt')).toBe(detail);
  expect(problemWords(missing, 'http')).toBe('“Address” is missing.');
});
