import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { blankDefinition } from './definition-edits.ts';
import { FakeBrowser } from './fake-browser.ts';
import { LocalDrafts } from './local-draft.ts';
import { OpenDrafts } from './open-drafts.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Channels of the same name: each hears the others, and never itself. */
function channels() {
  const all: EventTarget[] = [];
  return () => {
    const channel = Object.assign(new EventTarget(), {
      postMessage(data: unknown) {
        for (const one of all) if (one !== channel) one.dispatchEvent(new MessageEvent('message', { data }));
      },
    });
    all.push(channel);
    return channel;
  };
}
async function elsewhere(tab: OpenDrafts): Promise<string[]> {
  const found = tab.elsewhere();
  await vi.advanceTimersByTimeAsync(1_000);
  return [...(await found)];
}
const draftsOf = (browser = new FakeBrowser()) => new LocalDrafts(browser.tab(), 'ada', 'w1');

it('knows which drafts other tabs have open, until they are closed', async () => {
  const channel = channels();
  const [one, other, third] = [channel(), channel(), channel()].map((each) => new OpenDrafts(each));
  const [first, second] = [draftsOf(), draftsOf()];
  const close = one!.hold(first, new EventTarget() as Window);
  other!.hold(second, new EventTarget() as Window);
  expect(await elsewhere(third!)).toEqual([first.key, second.key]);
  // What is open in the tab itself is its own.
  expect(await elsewhere(one!)).toEqual([second.key]);
  close();
  expect(await elsewhere(third!)).toEqual([second.key]);
});

it('finds nothing where tabs cannot talk to one another', async () => {
  expect(await elsewhere(new OpenDrafts(null))).toEqual([]);
});

it('lets a draft that is open meet what other tabs change', () => {
  const browser = new FakeBrowser();
  const drafts = draftsOf(browser);
  drafts.write({ version: 1, definition: blankDefinition(), keptAt: '2026-01-01T00:00:00Z' });
  const changes = new EventTarget() as Window;
  const close = new OpenDrafts(null).hold(drafts, changes);
  const remove = () => {
    browser.entries.clear();
    changes.dispatchEvent(Object.assign(new Event('storage'), { key: drafts.key, newValue: null }));
  };
  remove();
  expect(browser.entries.size).toBe(1);
  close();
  remove();
  expect(browser.entries.size).toBe(0);
});
