import { type Static, Type } from 'typebox';
import { notificationKinds } from './notifications.kinds.ts';

const closed = { additionalProperties: false };
const Id = Type.String({ format: 'uuid' });
const Time = Type.String({ format: 'date-time' });
const nullable = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);

const Kind = Type.Unsafe<(typeof notificationKinds)[number]>(
  Type.Union(notificationKinds.map((kind) => Type.Literal(kind))),
);

export const Notification = Type.Object({
  id: Id,
  kind: Kind,
  title: Type.String(),
  body: Type.String(),
  /** A page of this program. */
  href: nullable(Type.String()),
  read_at: nullable(Time),
  created_at: Time,
});
export type Notification = Static<typeof Notification>;

export const NotificationList = Type.Object({
  items: Type.Array(Notification),
  next_cursor: nullable(Type.String()),
  /** At most 1,000, which stands for more. */
  unread_count: Type.Integer(),
});
export type NotificationList = Static<typeof NotificationList>;

export const NotificationQuery = Type.Object(
  {
    cursor: Type.Optional(Type.String({ maxLength: 200 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
    unread: Type.Optional(Type.Boolean()),
  },
  closed,
);
export type NotificationQuery = Static<typeof NotificationQuery>;

export const NotificationParams = Type.Object({ notification_id: Id });
export const Undo = Type.Object({ undo_until: Time });
export const UnreadCount = Type.Object({ unread_count: Type.Integer() });

export const Preferences = Type.Object({
  items: Type.Array(
    Type.Object({
      kind: Kind,
      in_app: Type.Boolean(),
      email: Type.Boolean(),
      /** Cannot be changed. */
      fixed: Type.Boolean(),
    }),
  ),
  /** Whether this server sends mail at all. */
  email_available: Type.Boolean(),
});
export type Preferences = Static<typeof Preferences>;

export const PreferenceChanges = Type.Object(
  {
    /** Kinds and ways that are not named stay as they are. */
    items: Type.Array(
      Type.Object(
        { kind: Kind, in_app: Type.Optional(Type.Boolean()), email: Type.Optional(Type.Boolean()) },
        closed,
      ),
      { maxItems: notificationKinds.length },
    ),
  },
  closed,
);
export type PreferenceChanges = Static<typeof PreferenceChanges>;
