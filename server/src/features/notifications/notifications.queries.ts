import { sql } from 'kysely';
import type { Executor } from '../audit/index.ts';
import type { Channels, NotificationKind } from './notifications.kinds.ts';

/** Longer counts are shown as this one. */
const maxCounted = 1_000;

export interface NotificationRow {
  id: string;
  kind: NotificationKind;
  title: string;
  body: string;
  href: string | null;
  read_at: Date | null;
  deleted_at: Date | null;
  created_at: Date;
}

export interface StoredNotification {
  id: string;
  ownerId: string;
  kind: NotificationKind;
  title: string;
  body: string;
  href: string | null;
  key: string | null;
  /** Keeps the key only: the person is told in another way. */
  hidden: boolean;
}

/** False when the person was told of this key before. */
export async function insertNotification(executor: Executor, one: StoredNotification): Promise<boolean> {
  const shown = one.hidden ? { title: '', body: '', href: null } : one;
  const { rows } = await sql`
    insert into notifications (id, owner_id, kind, title, body, href, key, deleted_at)
    values (${one.id}, ${one.ownerId}, ${one.kind}, ${shown.title}, ${shown.body}, ${shown.href}, ${one.key},
      case when ${one.hidden}::boolean then now() end)
    on conflict (key, owner_id) where key is not null do nothing
    returning id`.execute(executor);
  return rows.length > 0;
}

const columns = sql`id, kind, title, body, href, read_at, deleted_at, created_at`;

/** Newest first; one more than `limit` says that there is a next page. */
export async function listNotifications(
  executor: Executor,
  ownerId: string,
  page: { after: string | undefined; limit: number; unread: boolean },
): Promise<NotificationRow[]> {
  const { rows } = await sql<NotificationRow>`
    select ${columns} from notifications
    where owner_id = ${ownerId} and deleted_at is null
      ${page.after === undefined ? sql`` : sql`and id < ${page.after}`}
      ${page.unread ? sql`and read_at is null` : sql``}
    order by id desc limit ${page.limit + 1}`.execute(executor);
  return rows;
}

export async function countUnread(executor: Executor, ownerId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from (
      select from notifications where owner_id = ${ownerId} and read_at is null and deleted_at is null
      limit ${maxCounted}) as unread`.execute(executor);
  return rows[0]?.count ?? 0;
}

/** How many a person's workflows sent within the last hour. */
export async function countSentByWorkflows(executor: Executor, ownerId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from notifications
    where owner_id = ${ownerId} and kind = 'workflow' and created_at > now() - interval '1 hour'`.execute(
    executor,
  );
  return rows[0]?.count ?? 0;
}

export async function markRead(
  executor: Executor,
  ownerId: string,
  id: string,
): Promise<NotificationRow | undefined> {
  const { rows } = await sql<NotificationRow>`
    update notifications set read_at = coalesce(read_at, now())
    where id = ${id} and owner_id = ${ownerId} and deleted_at is null returning ${columns}`.execute(executor);
  return rows[0];
}

export async function markAllRead(executor: Executor, ownerId: string): Promise<void> {
  await sql`
    update notifications set read_at = now()
    where owner_id = ${ownerId} and read_at is null and deleted_at is null`.execute(executor);
}

/** Whoever was told of these need not look any more. Returns whose changed. */
export async function markReadByKey(
  executor: Executor,
  keys: string[],
): Promise<{ id: string; owner_id: string }[]> {
  const { rows } = await sql<{ id: string; owner_id: string }>`
    update notifications set read_at = now()
    where key = any(${keys}::text[]) and read_at is null and deleted_at is null
    returning id, owner_id`.execute(executor);
  return rows;
}

/** When it was removed; `undefined` when there is no such one. */
export async function markRemoved(
  executor: Executor,
  ownerId: string,
  id: string,
  at: Date,
): Promise<boolean> {
  const { rows } = await sql`
    update notifications set deleted_at = ${at}
    where id = ${id} and owner_id = ${ownerId} and deleted_at is null returning id`.execute(executor);
  return rows.length > 0;
}

/** Brings back what was removed after `since`; false when that is too long ago. */
export async function takeRemovalBack(
  executor: Executor,
  ownerId: string,
  id: string,
  since: Date,
): Promise<boolean> {
  const { rows } = await sql`
    update notifications set deleted_at = null
    where id = ${id} and owner_id = ${ownerId} and title <> '' and (deleted_at is null or deleted_at >= ${since})
    returning id`.execute(executor);
  return rows.length > 0;
}

export async function findNotification(
  executor: Executor,
  ownerId: string,
  id: string,
): Promise<NotificationRow | undefined> {
  const { rows } = await sql<NotificationRow>`
    select ${columns} from notifications where id = ${id} and owner_id = ${ownerId} and title <> ''`.execute(
    executor,
  );
  return rows[0];
}

export interface Addressee {
  locale: string;
  channels: Channels | undefined;
}

/** How somebody reads and wants to be told of a kind; `undefined` when there is no such account. */
export async function findAddressee(
  executor: Executor,
  userId: string,
  kind: NotificationKind,
): Promise<Addressee | undefined> {
  const { rows } = await sql<{ locale: string; in_app: boolean | null; email: boolean | null }>`
    select coalesce(p.locale, 'en') as locale, c.in_app, c.email from users u
    left join profiles p on p.user_id = u.id
    left join notification_preferences c on c.user_id = u.id and c.kind = ${kind}
    where u.id = ${userId}`.execute(executor);
  const row = rows[0];
  if (!row) return undefined;
  const { locale, in_app, email } = row;
  return { locale, channels: in_app === null || email === null ? undefined : { in_app, email } };
}

export async function listPreferences(
  executor: Executor,
  userId: string,
): Promise<(Channels & { kind: NotificationKind })[]> {
  const { rows } = await sql<Channels & { kind: NotificationKind }>`
    select kind, in_app, email from notification_preferences where user_id = ${userId}`.execute(executor);
  return rows;
}

/** Where a choice is stored already, only what is `named` is changed: another one may be changing at the same time. */
export async function storePreference(
  executor: Executor,
  userId: string,
  { kind, in_app, email }: Channels & { kind: NotificationKind },
  named: Partial<Channels>,
): Promise<void> {
  await sql`
    insert into notification_preferences (user_id, kind, in_app, email)
    values (${userId}, ${kind}, ${in_app}, ${email})
    on conflict (user_id, kind) do update set
      in_app = coalesce(${named.in_app ?? null}::boolean, notification_preferences.in_app),
      email = coalesce(${named.email ?? null}::boolean, notification_preferences.email)`.execute(executor);
}

/** Forgets the text of what was removed before `until`; all of it where nothing else hangs on it. */
export async function purgeRemoved(executor: Executor, until: Date): Promise<void> {
  await sql`delete from notifications where deleted_at < ${until} and title <> '' and key is null`.execute(
    executor,
  );
  await sql`
    update notifications set title = '', body = '', href = null
    where deleted_at < ${until} and title <> ''`.execute(executor);
}

/** Gives up what is older than `before`, and of each person all but the newest `keep`. */
export async function removeOld(executor: Executor, before: Date, keep: number): Promise<void> {
  await sql`delete from notifications where created_at < ${before}`.execute(executor);
  await sql`
    delete from notifications n using (
      select owner_id from notifications group by owner_id having count(*) > ${keep}) as crowded
    where n.owner_id = crowded.owner_id and n.id <= (
      select id from notifications o where o.owner_id = crowded.owner_id
      order by id desc offset ${keep} limit 1)`.execute(executor);
}
