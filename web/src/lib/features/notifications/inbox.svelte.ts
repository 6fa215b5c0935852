import { NotificationList } from './notification-list.svelte.ts';

/** What the bell shows: one list for all of its places, and whether it is open. */
class Inbox extends NotificationList {
  isOpen = $state(false);

  /** Ends with the person's session: the next person must not see what this one was told. */
  override follow(): () => void {
    const end = super.follow();
    return () => {
      end();
      this.isOpen = false;
      this.arrived = '';
      this.forget();
    };
  }
}

export const inbox = new Inbox();
