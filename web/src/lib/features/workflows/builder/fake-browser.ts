import type { DraftStorage } from './local-draft.ts';

type Change = Pick<StorageEvent, 'key' | 'newValue'>;

export interface FakeTab extends DraftStorage {
  /** Called with what other tabs change. */
  onChange: (change: Change) => void;
}

/** The storage of a browser with its tabs, for tests. */
export class FakeBrowser {
  readonly entries = new Map<string, string>();
  readonly #tabs: FakeTab[] = [];

  /** A new tab; `like`: a duplicate, which begins with what that one remembers. */
  tab(like?: FakeTab): FakeTab {
    const { entries } = this;
    const remembered = new Map(like ? (like.tab as { entries?: Map<string, string> }).entries : []);
    const tab: FakeTab = {
      shared: {
        get length() {
          return entries.size;
        },
        key: (index) => [...entries.keys()][index] ?? null,
        getItem: (key) => entries.get(key) ?? null,
        setItem: (key, value) => {
          entries.set(key, value);
          this.#tell(tab, { key, newValue: value });
        },
        removeItem: (key) => {
          if (entries.delete(key)) this.#tell(tab, { key, newValue: null });
        },
      },
      tab: Object.assign(
        {
          getItem: (key: string) => remembered.get(key) ?? null,
          setItem: (key: string, value: string) => void remembered.set(key, value),
        },
        { entries: remembered },
      ),
      onChange: () => undefined,
    };
    this.#tabs.push(tab);
    return tab;
  }

  #tell(by: FakeTab, change: Change): void {
    for (const tab of this.#tabs) if (tab !== by) tab.onChange(change);
  }
}
