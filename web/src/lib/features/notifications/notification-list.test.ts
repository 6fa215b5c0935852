import type { Notification } from '@aiwfe/api-client';
import { beforeEach, expect, it, vi } from 'vitest';
import { NotificationList } from './notification-list.svelte.ts';

const server = vi.hoisted(() => ({ get: vi.fn(), post: vi.fn() }));
vi.mock('#lib/api/index.ts', async () => ({
  ...(await import('#lib/api/paged-resource.svelte.ts')),
  api: server,
}));
vi.mock('#lib/api/user-feed.svelte.ts', () => ({ userFeed: { subscribe: () => () => undefined } }));
beforeEach(() => void vi.resetAllMocks());

const one = { id: 'n1', title: 'Done', read_at: null } as Notification;
const answer = { items: [one], unread_count: 1, next_cursor: null };

it('shows at once that something was read', async () => {
  server.get.mockResolvedValue(answer);
  const list = new NotificationList();
  await list.load();
  const marking = list.markRead(one);
  expect([list.unreadCount, list.items[0]?.read_at === null]).toEqual([0, false]);
  await marking;
  expect(server.post).toHaveBeenCalledWith('/notifications/n1/read');
});

it('shows it as it was when the server refused', async () => {
  server.get.mockResolvedValue(answer);
  const list = new NotificationList();
  await list.load();
  server.post.mockRejectedValue(new Error('refused'));
  await expect(list.markRead(one)).rejects.toThrow('refused');
  await expect.poll(() => [list.unreadCount, list.items[0]?.read_at]).toEqual([1, null]);
});
