import type { Page } from '@aiwfe/api-client';
import { describe, expect, it, vi } from 'vitest';
import { readAllPages } from './all-pages.ts';
import { limitFor, PagedResource } from './paged-resource.svelte.ts';

const page = (items: string[], next_cursor: string | null = null): Page<string> => ({ items, next_cursor });
/** An answer that comes when the test says so. */
function later<Value>() {
  return Promise.withResolvers<Value>();
}

describe('a list that is read page by page', () => {
  it('adds what comes next to what is shown, and knows its end', async () => {
    const read = vi
      .fn()
      .mockResolvedValueOnce(page(['c', 'b'], 'b'))
      .mockResolvedValueOnce(page(['a']));
    const list = new PagedResource<string>(read);
    await list.load();
    await list.more();
    await list.more();
    expect(list.items).toEqual(['c', 'b', 'a']);
    expect(read.mock.calls).toEqual([
      [undefined, 0],
      ['b', 0],
    ]);
  });

  it('says how much is shown when it is read again', async () => {
    const read = vi.fn().mockResolvedValue(page(['c', 'b']));
    const list = new PagedResource<string>(read);
    await list.load();
    await list.load();
    expect(read.mock.lastCall).toEqual([undefined, 2]);
    expect([limitFor(2, 50), limitFor(70, 50), limitFor(400, 50)]).toEqual([50, 70, 100]);
  });

  it('drops a further page of what was read again meanwhile', async () => {
    const slow = later<Page<string>>();
    const read = vi
      .fn()
      .mockResolvedValueOnce(page(['b'], 'b'))
      .mockReturnValueOnce(slow.promise)
      .mockResolvedValueOnce(page(['d', 'c'], 'c'));
    const list = new PagedResource<string>(read);
    await list.load();
    const more = list.more();
    await list.load();
    slow.resolve(page(['a']));
    await more;
    expect(list.items).toEqual(['d', 'c']);
  });
});

it('a further page that comes while the list is read again drops neither', async () => {
  const slow = later<Page<string>>();
  const read = vi
    .fn()
    .mockResolvedValueOnce(page(['c', 'b'], 'b'))
    .mockReturnValueOnce(slow.promise)
    .mockResolvedValueOnce(page(['a']))
    .mockResolvedValueOnce(page(['d', 'c', 'b', 'a']));
  const list = new PagedResource<string>(read);
  await list.load();
  void list.load();
  await list.more();
  slow.resolve(page(['d', 'c'], 'c'));
  await expect.poll(() => list.items).toEqual(['d', 'c', 'b', 'a']);
  expect(read.mock.lastCall).toEqual([undefined, 3]);
});

describe('what is known by other means', () => {
  it('is not overwritten by a reading that began before', async () => {
    const slow = later<Page<string>>();
    const list = new PagedResource<string>(() => slow.promise);
    const reading = list.load();
    list.take(page(['decided']));
    slow.resolve(page(['pending']));
    await reading;
    expect([list.items, list.loading]).toEqual([['decided'], false]);
  });

  it('is forgotten, also what was on its way', async () => {
    const slow = later<Page<string>>();
    const list = new PagedResource<string>(() => slow.promise);
    const reading = list.load();
    list.forget();
    slow.resolve(page(['of somebody who left']));
    await reading;
    expect([list.data, list.error, list.loading]).toEqual([undefined, undefined, false]);
  });
});

it('all pages are read one after the other', async () => {
  const read = vi.fn(async (cursor: string | null) => (cursor === null ? page(['a'], 'a') : page(['b'])));
  expect(await readAllPages(read)).toEqual(['a', 'b']);
  expect(read.mock.calls).toEqual([[null], ['a']]);
});
