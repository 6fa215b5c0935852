import type { Page } from '@aiwfe/api-client';

/** Every item of a list that people keep short, such as their workflows. Throws what a request throws. */
export async function readAllPages<Item>(
  readPage: (cursor: string | null) => Promise<Page<Item>>,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<Item> = await readPage(cursor);
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return items;
}
