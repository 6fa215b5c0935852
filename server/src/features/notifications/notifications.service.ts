import type { Database } from '../../platform/database/database.ts';
import type { UserFeed } from '../../platform/events/user-feed.ts';
import { readIdCursor, toPage } from '../../platform/http/list-cursor.ts';
import {
  InvalidNotificationCursor,
  MailNotConfigured,
  NotificationNotFound,
  NotificationUndoExpired,
  PreferenceFixed,
} from './notifications.errors.ts';
import { kindRules, notificationKinds } from './notifications.kinds.ts';
import * as queries from './notifications.queries.ts';
import type {
  Notification,
  NotificationList,
  NotificationQuery,
  PreferenceChanges,
  Preferences,
} from './notifications.schemas.ts';

const defaultLimit = 30;
/** How long a removal can be undone. */
const undoWindowMs = 10_000;
const keepDays = 90;
const keepNewest = 1_000;

export type NotificationService = ReturnType<typeof createNotificationService>;

export interface NotificationServiceOptions {
  db: Database;
  userFeed: UserFeed;
  clock: () => Date;
  mailReachesPeople(): boolean;
}

/** What people do with what they were told. All of it is theirs alone: other people's ids are unknown ones (S30). */
export function createNotificationService(options: NotificationServiceOptions) {
  const { db, userFeed, clock } = options;
  const announce = (userId: string, id: string): void => userFeed.changed(userId, 'notification', id);
  return {
    /** Newest first, with the number of unread ones. Throws `notifications.invalid_cursor`. */
    async list(userId: string, query: NotificationQuery): Promise<NotificationList> {
      const { cursor, limit = defaultLimit, unread = false } = query;
      const page = { after: readIdCursor(cursor, InvalidNotificationCursor), limit, unread };
      const [rows, unreadCount] = await Promise.all([
        queries.listNotifications(db, userId, page),
        queries.countUnread(db, userId),
      ]);
      return { ...toPage(rows.map(view), limit), unread_count: unreadCount };
    },

    /** Throws `notifications.not_found`. */
    async read(userId: string, id: string): Promise<Notification> {
      const row = await queries.markRead(db, userId, id);
      if (!row) throw NotificationNotFound.with();
      announce(userId, id);
      return view(row);
    },

    async readAll(userId: string): Promise<{ unread_count: number }> {
      await queries.markAllRead(db, userId);
      announce(userId, userId);
      return { unread_count: await queries.countUnread(db, userId) };
    },

    /** Removes; for ten seconds `restore` brings it back. Throws `notifications.not_found`. */
    async remove(userId: string, id: string): Promise<{ undo_until: string }> {
      const at = clock();
      if (!(await queries.markRemoved(db, userId, id, at))) throw NotificationNotFound.with();
      announce(userId, id);
      return { undo_until: new Date(at.getTime() + undoWindowMs).toISOString() };
    },

    /** Throws `notifications.not_found`, `notifications.undo_expired`. */
    async restore(userId: string, id: string): Promise<Notification> {
      const since = new Date(clock().getTime() - undoWindowMs);
      const isBack = await queries.takeRemovalBack(db, userId, id, since);
      const row = await queries.findNotification(db, userId, id);
      if (!row) throw NotificationNotFound.with();
      if (!isBack) throw NotificationUndoExpired.with();
      announce(userId, id);
      return view(row);
    },

    preferences: (userId: string): Promise<Preferences> => preferences(options, userId),

    /** Throws `notifications.preference_fixed`, `notifications.mail_not_configured`. */
    async changePreferences(userId: string, { items }: PreferenceChanges): Promise<Preferences> {
      await db.transaction().execute(async (trx) => {
        const kinds = new Map((await preferencesOf(trx, userId)).map((one) => [one.kind, one]));
        for (const { kind, ...named } of items) {
          const now = kinds.get(kind);
          if (!now) throw new Error(`There is no kind ${kind}.`);
          const wanted = { ...now, ...named };
          if (now.in_app === wanted.in_app && now.email === wanted.email) continue;
          if (now.fixed) throw PreferenceFixed.with();
          if (wanted.email && !now.email && !options.mailReachesPeople()) throw MailNotConfigured.with();
          await queries.storePreference(trx, userId, wanted, named);
          kinds.set(kind, wanted);
        }
      });
      return preferences(options, userId);
    },

    /** Forgets what was removed and can no longer be brought back. */
    purge: (): Promise<void> => queries.purgeRemoved(db, new Date(clock().getTime() - undoWindowMs - 2_000)),

    /** Keeps ninety days, and of each person the newest thousand. */
    retire: (): Promise<void> =>
      queries.removeOld(db, new Date(clock().getTime() - keepDays * 86_400_000), keepNewest),
  };
}

async function preferences(
  { db, mailReachesPeople }: NotificationServiceOptions,
  userId: string,
): Promise<Preferences> {
  return { items: await preferencesOf(db, userId), email_available: mailReachesPeople() };
}

async function preferencesOf(
  executor: Parameters<typeof queries.listPreferences>[0],
  userId: string,
): Promise<Preferences['items']> {
  const chosen = new Map((await queries.listPreferences(executor, userId)).map((one) => [one.kind, one]));
  return notificationKinds.map((kind) => {
    const { defaults, fixed = false } = kindRules[kind];
    const { in_app, email } = fixed ? defaults : (chosen.get(kind) ?? defaults);
    return { kind, in_app, email, fixed };
  });
}

function view({ deleted_at, read_at, created_at, ...row }: queries.NotificationRow): Notification {
  return { ...row, read_at: read_at?.toISOString() ?? null, created_at: created_at.toISOString() };
}
