import { describe, expect, it } from 'vitest';
import { blankDefinition, changeNode } from './definition-edits.ts';
import { FakeBrowser, type FakeTab } from './fake-browser.ts';
import { type LocalDraft, LocalDrafts } from './local-draft.ts';

const draft = { version: 3, definition: blankDefinition(), keptAt: '2026-01-01T00:00:00Z' };
const named = (name: string, keptAt = draft.keptAt) => ({
  ...draft,
  definition: changeNode(blankDefinition(), 'end', { name }),
  keptAt,
});
/** The editor of a workflow in a tab, while `others` are open in other tabs. */
function editor(tab: FakeTab, others: LocalDrafts[] = [], workflowId = 'w1', ownerId = 'ada'): LocalDrafts {
  const drafts = new LocalDrafts(tab, ownerId, workflowId, new Set(others.map(({ key }) => key)));
  tab.onChange = (change) => drafts.meet(change);
  return drafts;
}
/** A tab that was closed before it saved. */
function leave(browser: FakeBrowser, left: LocalDraft, others: LocalDrafts[] = []): LocalDrafts {
  const tab = browser.tab();
  const drafts = editor(tab, others);
  drafts.write(left);
  tab.onChange = () => undefined;
  return drafts;
}
const nameIn = (drafts: LocalDrafts): string | undefined =>
  drafts.read()?.definition.nodes.find(({ id }) => id === 'end')?.name;

describe('a drawing that is not saved', () => {
  it('is kept for its person and its workflow alone', () => {
    const browser = new FakeBrowser();
    editor(browser.tab()).write(draft);
    expect(editor(browser.tab(), [], 'w2').read()).toBeNull();
    expect(editor(browser.tab(), [], 'w1', 'eve').read()).toBeNull();
    expect(editor(browser.tab()).read()).toEqual(draft);
  });

  it('is nothing where what was kept cannot be read', () => {
    const browser = new FakeBrowser();
    const drafts = editor(browser.tab());
    drafts.write(draft);
    for (const broken of ['{', '7', '{"definition":{}}']) {
      for (const key of browser.entries.keys()) browser.entries.set(key, broken);
      expect(editor(browser.tab()).read()).toBeNull();
    }
  });

  it('says when the browser has no room', () => {
    const full = new FakeBrowser().tab();
    full.shared.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
    expect(editor(full).write(draft)).toBe(false);
  });
});

describe('two tabs with the same workflow', () => {
  it('keep their drawings apart, and each finds its own after a reload', () => {
    const browser = new FakeBrowser();
    const [one, other] = [browser.tab(), browser.tab()];
    const first = editor(one);
    first.write(named('first'));
    const second = editor(other, [first]);
    expect(second.read()).toBeNull();
    second.write(named('second', '2026-01-02T00:00:00Z'));
    expect(nameIn(editor(one, [second]))).toBe('first');
    expect(nameIn(editor(other, [first]))).toBe('second');
    second.clear();
    expect(nameIn(editor(one))).toBe('first');
  });

  it('do so as well where one is a duplicate of the other', () => {
    const browser = new FakeBrowser();
    const one = browser.tab();
    const untouched = browser.tab(one);
    const first = editor(one);
    first.write(named('first'));
    const duplicate = browser.tab(one);
    editor(duplicate, [first]).write(named('duplicate'));
    expect(nameIn(editor(one, [editor(duplicate, [first])]))).toBe('first');
    expect(editor(untouched, [first]).key).not.toBe(first.key);
  });

  it('lose nothing when one takes the draft of the other for left behind', () => {
    const browser = new FakeBrowser();
    const one = browser.tab();
    const first = editor(one);
    first.write(named('first'));
    // Too busy to say that it is there.
    const second = editor(browser.tab());
    expect(nameIn(second)).toBe('first');
    second.write(named('second'));
    first.write(named('first, and more'));
    second.clear();
    expect(nameIn(editor(one, [second]))).toBe('first, and more');
    second.write(named('second again'));
    expect([nameIn(first), nameIn(second)]).toEqual(['first, and more', 'second again']);
  });

  it('store again what another tab removed, and nothing that was saved here', () => {
    const browser = new FakeBrowser();
    const first = editor(browser.tab());
    first.write(named('first'));
    browser.tab().shared.removeItem(first.key);
    expect(nameIn(first)).toBe('first');
    first.clear();
    first.meet({ key: first.key, newValue: null });
    expect(browser.entries.size).toBe(0);
  });
});

describe('what a closed tab left behind', () => {
  it('goes to the next tab, the newest first, and to one tab alone', () => {
    const browser = new FakeBrowser();
    const old = leave(browser, named('old'));
    leave(browser, named('recent', '2026-01-05T00:00:00Z'), [old]);
    const next = editor(browser.tab());
    expect(nameIn(next)).toBe('recent');
    const afterNext = editor(browser.tab(), [next]);
    expect(nameIn(afterNext)).toBe('old');
    expect(editor(browser.tab(), [next, afterNext]).read()).toBeNull();
    next.clear();
    afterNext.clear();
    expect(browser.entries.size).toBe(0);
  });

  it('is found where it was kept for all tabs together', () => {
    const browser = new FakeBrowser();
    browser.entries.set('aiwfe.workflow.ada.w1', JSON.stringify(named('before')));
    const drafts = editor(browser.tab());
    expect(nameIn(drafts)).toBe('before');
    drafts.clear();
    expect(browser.entries.size).toBe(0);
  });

  it('is forgotten after a month, or when there is very much of it; never what is open', () => {
    const browser = new FakeBrowser();
    const nowMs = Date.parse('2026-03-01T00:00:00Z');
    const before = (days: number) => new Date(nowMs - days * 24 * 3_600_000).toISOString();
    const keep = (name: string, days: number, owner = 'ada') => {
      const drafts = new LocalDrafts(browser.tab(), owner, name);
      drafts.write(named(name, before(days)));
      return drafts;
    };
    const own = keep('own', 90);
    const open = keep('open', 80);
    keep('expired', 31);
    keep('expired of eve', 31, 'eve');
    for (let number = 1; number <= 21; number++) keep(`left ${number}`, number);
    keep('of eve', 29, 'eve');
    own.prune(new Set([open.key]), nowMs);
    const names = Array.from(browser.entries.keys(), (key) => key.split('.')[3]).toSorted();
    const left = Array.from({ length: 20 }, (_, index) => `left ${index + 1}`);
    expect(names).toEqual(['own', 'open', 'of eve', ...left].toSorted());
  });
});
