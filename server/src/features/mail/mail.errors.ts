import { defineError } from '../../platform/errors.ts';

export const MailNotFound = defineError('mail.not_found', 404, 'Mail not found', 'There is no such mail.');
export const MailAlreadySent = defineError(
  'mail.already_sent',
  409,
  'Mail was sent',
  'The mail server has taken this mail already.',
);
