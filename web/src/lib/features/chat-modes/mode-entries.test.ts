import type { ChatMode } from '@aiwfe/api-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { texts } from '#lib/messages/translate.svelte.ts';
import { modeEntries } from './mode-entries.ts';

const mode = (id: ChatMode['id'], limits: string | null, available = true): ChatMode => ({
  id,
  title: id,
  about: '',
  available,
  limits,
  limits_code: null,
  workflow_id: null,
});
const notesOf = (modes: ChatMode[]) =>
  modeEntries(modes, 'fast', () => undefined).map((entry) => 'note' in entry && entry.note);

beforeAll(() => texts.use('en'));
afterAll(() => texts.use('en'));

describe('the modes in a menu', () => {
  it('say what each does in the language of the person, and which one is chosen', () => {
    const entries = modeEntries([mode('fast', null), mode('experts', null)], 'fast', () => undefined);
    expect(entries).toMatchObject([
      { label: 'Fast conversation', checked: true },
      { label: 'Expert group', checked: false },
    ]);
  });

  it('list workflows of the person below those that come along, by their own names', () => {
    const drawn = { ...mode('workflow:1', 'Server text.', false), title: 'Poems' };
    const entries = modeEntries([mode('simple', null), drawn], drawn.id, () => undefined);
    expect(entries).toMatchObject([
      { label: 'Simple' },
      { heading: 'Your workflows' },
      { label: 'Poems', checked: true, text: 'No model is connected: its steps that ask one fail.' },
    ]);
  });

  it('say below all of them, once, what several cannot do', () => {
    expect(notesOf([mode('simple', 'No web.'), mode('fast', 'No web.'), mode('socratic', null)])).toEqual([
      undefined,
      undefined,
      undefined,
      'No web.',
    ]);
  });

  it('say in its row what only one cannot do', () => {
    expect(notesOf([mode('simple', null), mode('experts', 'No expert is on.')])).toEqual([
      undefined,
      'No expert is on.',
    ]);
  });

  it('say once that no model is connected, whatever that means for each', () => {
    expect(notesOf([mode('simple', 'Quotes.', false), mode('experts', 'Nobody.', false)])).toEqual([
      undefined,
      undefined,
      'No model is connected: answers are quotations from your documents.',
    ]);
  });

  it('say in the language of the person that web search is off', async () => {
    await texts.use('de');
    const without = (id: ChatMode['id']): ChatMode => ({
      ...mode(id, 'Web search is off.'),
      limits_code: 'no_web',
    });
    expect(notesOf([without('simple'), without('fast')]).at(-1)).toBe(
      'Die Websuche ist aus: Nur Ihre Dokumente werden durchsucht.',
    );
  });
});
