import { describe, expect, it } from 'vitest';
import { blankDefinition } from './definition-edits.ts';
import { type DraftStorage, LocalDrafts } from './local-draft.ts';

function storage(): DraftStorage & { entries: Map<string, string> } {
  const entries = new Map<string, string>();
  return {
    entries,
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => void entries.set(key, value),
    removeItem: (key) => void entries.delete(key),
  };
}
const draft = { version: 3, definition: blankDefinition(), keptAt: '2026-01-01T00:00:00Z' };

describe('a drawing that is not saved', () => {
  it('is kept for its person and its workflow alone', () => {
    const shelf = storage();
    new LocalDrafts(shelf, 'ada', 'w1').write(draft);
    expect(new LocalDrafts(shelf, 'ada', 'w1').read()).toEqual(draft);
    expect(new LocalDrafts(shelf, 'ada', 'w2').read()).toBeNull();
    expect(new LocalDrafts(shelf, 'eve', 'w1').read()).toBeNull();
  });

  it('is nothing where what was kept cannot be read', () => {
    const shelf = storage();
    const drafts = new LocalDrafts(shelf, 'ada', 'w1');
    drafts.write(draft);
    for (const broken of ['{', '7', '{"definition":{}}']) {
      for (const key of shelf.entries.keys()) shelf.entries.set(key, broken);
      expect(drafts.read()).toBeNull();
    }
  });

  it('says when the browser has no room', () => {
    const full = {
      ...storage(),
      setItem: () => {
        throw new DOMException('full', 'QuotaExceededError');
      },
    };
    expect(new LocalDrafts(full, 'ada', 'w1').write(draft)).toBe(false);
  });
});
