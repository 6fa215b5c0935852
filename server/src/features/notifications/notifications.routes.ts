import { defineRoute, type Route } from '../../platform/http/route.ts';
import {
  InvalidNotificationCursor,
  MailNotConfigured,
  NotificationNotFound,
  NotificationUndoExpired,
  PreferenceFixed,
} from './notifications.errors.ts';
import {
  Notification,
  NotificationList,
  NotificationParams,
  NotificationQuery,
  PreferenceChanges,
  Preferences,
  Undo,
  UnreadCount,
} from './notifications.schemas.ts';
import type { NotificationService } from './notifications.service.ts';

const base = '/api/v1/notifications';
const shared = { tags: ['notifications'], access: 'session' as const };

/** What people were told, and how they want to be told. */
export function notificationRoutes(notifications: NotificationService): Route[] {
  return [
    ...readingRoutes(notifications),
    ...removalRoutes(notifications),
    ...preferenceRoutes(notifications),
  ];
}

function readingRoutes(notifications: NotificationService): Route[] {
  return [
    defineRoute({
      ...shared,
      method: 'GET',
      url: base,
      summary: 'What you were told, newest first',
      description: 'The feed of changes names kind `notification` whenever this list changes.',
      querystring: NotificationQuery,
      response: { 200: NotificationList },
      errors: [InvalidNotificationCursor],
      handler: ({ actor, query }) => notifications.list(actor.userId, query),
    }),
    defineRoute({
      ...shared,
      method: 'POST',
      url: `${base}/:notification_id/read`,
      summary: 'Mark one as read',
      params: NotificationParams,
      response: { 200: Notification },
      errors: [NotificationNotFound],
      handler: ({ actor, params }) => notifications.read(actor.userId, params.notification_id),
    }),
    defineRoute({
      ...shared,
      method: 'POST',
      url: `${base}/read-all`,
      summary: 'Mark all as read',
      response: { 200: UnreadCount },
      handler: ({ actor }) => notifications.readAll(actor.userId),
    }),
  ];
}

function removalRoutes(notifications: NotificationService): Route[] {
  return [
    defineRoute({
      ...shared,
      method: 'DELETE',
      url: `${base}/:notification_id`,
      summary: 'Remove one; for ten seconds it can be brought back',
      params: NotificationParams,
      response: { 200: Undo },
      errors: [NotificationNotFound],
      handler: ({ actor, params }) => notifications.remove(actor.userId, params.notification_id),
    }),
    defineRoute({
      ...shared,
      method: 'POST',
      url: `${base}/:notification_id/restore`,
      summary: 'Bring a removed one back',
      params: NotificationParams,
      response: { 200: Notification },
      errors: [NotificationNotFound, NotificationUndoExpired],
      handler: ({ actor, params }) => notifications.restore(actor.userId, params.notification_id),
    }),
  ];
}

function preferenceRoutes(notifications: NotificationService): Route[] {
  const url = `${base}/preferences`;
  return [
    defineRoute({
      ...shared,
      method: 'GET',
      url,
      summary: 'What you are told of, and how',
      response: { 200: Preferences },
      handler: ({ actor }) => notifications.preferences(actor.userId),
    }),
    defineRoute({
      ...shared,
      method: 'PUT',
      url,
      summary: 'Choose what you are told of, and how',
      body: PreferenceChanges,
      response: { 200: Preferences },
      errors: [PreferenceFixed, MailNotConfigured],
      handler: ({ actor, body }) => notifications.changePreferences(actor.userId, body),
    }),
  ];
}
