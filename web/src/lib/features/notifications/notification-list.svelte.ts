import type { Notification, NotificationPage } from '@aiwfe/api-client';
import { api, limitFor, PagedResource } from '#lib/api/index.ts';
import { userFeed } from '#lib/api/user-feed.svelte.ts';

const pageSize = 30;

/** What the person was told, newest first, as far as they asked for it; follows what happens elsewhere. */
export class NotificationList extends PagedResource<Notification, NotificationPage> {
  /** What came last while the page was open, for screen readers. */
  arrived = $state('');
  readonly unreadCount = $derived(this.data?.unread_count ?? 0);

  constructor({ unread = false }: { unread?: boolean } = {}) {
    super((cursor, shown) => {
      const query = { cursor, limit: limitFor(shown, pageSize), unread: unread || undefined };
      return api.get<NotificationPage>('/notifications', { query });
    });
  }

  override follow(): () => void {
    const ends = [super.follow(), userFeed.subscribe('notification', () => void this.#reload())];
    return () => {
      for (const end of ends) end();
    };
  }

  /** Marks one as read; shown at once. Throws what the request throws. */
  async markRead(one: Notification): Promise<void> {
    if (one.read_at !== null) return;
    const read_at = new Date().toISOString();
    await this.#change(
      (each) => (each.id === one.id ? { ...each, read_at } : each),
      this.unreadCount - 1,
      () => api.post(`/notifications/${one.id}/read`),
    );
  }

  async markAllRead(): Promise<void> {
    const read_at = new Date().toISOString();
    await this.#change(
      (each) => ({ ...each, read_at: each.read_at ?? read_at }),
      0,
      () => api.post('/notifications/read-all'),
    );
  }

  async remove(one: Notification): Promise<void> {
    await api.delete(`/notifications/${one.id}`);
    await this.load();
  }

  async restore(one: Notification): Promise<void> {
    await api.post(`/notifications/${one.id}/restore`);
    await this.load();
  }

  /** Shows the change before the server has it; what it refused is shown as it was. */
  async #change(
    change: (one: Notification) => Notification,
    unreadCount: number,
    store: () => Promise<unknown>,
  ): Promise<void> {
    const shown = this.data;
    if (shown)
      this.take({ ...shown, items: shown.items.map(change), unread_count: Math.max(0, unreadCount) });
    try {
      await store();
    } catch (error) {
      void this.load();
      throw error;
    }
  }

  async #reload(): Promise<void> {
    const newest = this.items[0]?.id ?? '';
    await this.load();
    const [first] = this.items;
    if (first && first.id > newest && first.read_at === null) this.arrived = first.title;
  }
}
