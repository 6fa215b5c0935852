import { defineError } from '../../platform/errors.ts';

export const NotificationNotFound = defineError(
  'notifications.not_found',
  404,
  'Notification not found',
  'There is no such notification. It may have been removed.',
);
export const NotificationUndoExpired = defineError(
  'notifications.undo_expired',
  410,
  'Too late to undo',
  'The removal can no longer be undone.',
);
export const InvalidNotificationCursor = defineError(
  'notifications.invalid_cursor',
  422,
  'Invalid cursor',
  'The cursor does not come from this list. Start again without it.',
);
export const PreferenceFixed = defineError(
  'notifications.preference_fixed',
  422,
  'Cannot be turned off',
  'You are always told of what concerns the security of your account.',
);
export const MailNotConfigured = defineError(
  'notifications.mail_not_configured',
  422,
  'No mail is sent here',
  'This server sends no mail yet, so nothing can be told by e-mail. An administrator can configure a mail server.',
);
export const TooManyNotifications = defineError(
  'notifications.too_many',
  429,
  'Too many notifications',
  'Your workflows have sent you very many notifications within an hour. Later ones are sent again.',
);
export const LinkNotInternal = defineError(
  'notifications.link_not_internal',
  422,
  'Not a page of this program',
  'A notification may lead to a page of this program only: a path such as /runs or /documents.',
);
