import { describe, expect, it } from 'vitest';
import { hasPromptDraft, PromptDraft } from './prompt-draft.svelte.ts';

function storage(limit = Number.POSITIVE_INFINITY) {
  const items = new Map<string, string>();
  return {
    getItem: (key: string) => items.get(key) ?? null,
    removeItem: (key: string) => void items.delete(key),
    setItem: (key: string, value: string) => {
      if (value.length > limit) throw new DOMException('full', 'QuotaExceededError');
      items.set(key, value);
    },
  };
}
const expert = { id: 'technical', prompt: 'You know software.' };

describe('the draft of a prompt', () => {
  it('is found again by a page that was reloaded, by the same person and for the same expert', () => {
    const shared = storage();
    new PromptDraft(shared, 'ada', expert).text = 'You know bridges.';
    const reopened = new PromptDraft(shared, 'ada', expert);
    expect([reopened.text, reopened.isRestored, reopened.isChanged]).toEqual([
      'You know bridges.',
      true,
      true,
    ]);
    expect(hasPromptDraft(shared, 'ada', expert)).toBe(true);
    expect(new PromptDraft(shared, 'bob', expert).text).toBe(expert.prompt);
    expect(new PromptDraft(shared, 'ada', { ...expert, id: 'planning' }).text).toBe(expert.prompt);
  });

  it('is forgotten once it is stored, or typed back', () => {
    const shared = storage();
    const draft = new PromptDraft(shared, 'ada', expert);
    draft.text = 'New';
    draft.accept('New');
    expect([draft.isChanged, hasPromptDraft(shared, 'ada', expert)]).toEqual([false, false]);
    draft.text = 'Newer';
    draft.text = 'New';
    expect(new PromptDraft(shared, 'ada', { ...expert, prompt: 'New' }).isRestored).toBe(false);
  });

  it('stays as long as the page where the browser refuses to store it', () => {
    const draft = new PromptDraft(storage(3), 'ada', expert);
    draft.text = 'Longer than three';
    expect([draft.text, draft.isChanged]).toEqual(['Longer than three', true]);
  });
});
