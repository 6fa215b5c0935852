import type { SendMailOptions } from 'nodemailer';
import {
  type MailAddress,
  MailFailure,
  type OutgoingMail,
  oneLine,
  parseMailAddress,
} from './mail-message.ts';

/** How letters leave: to an SMTP server, or into a folder where there is none. */
export interface MailTransport {
  readonly kind: 'smtp' | 'outbox';
  readonly from: MailAddress;
  /** Where the outbox keeps letters; `undefined` for SMTP. */
  readonly folder: string | undefined;
  /** Throws `MailFailure` with a sentence for whoever runs the server. */
  send(mail: OutgoingMail, signal?: AbortSignal): Promise<void>;
  /** Removes what is kept for these addresses, but for the messages with these ids. */
  removeKept?(recipients: string[], exceptIds: string[]): Promise<void>;
  /** Throws `MailFailure` when letters could not be sent now. */
  check(): Promise<void>;
}

/** The letter as the library wants it. The recipient is checked again here: a list would reach others. */
export function composeMail(from: MailAddress, mail: OutgoingMail): SendMailOptions {
  const to = parseMailAddress(mail.to);
  if (to?.address !== mail.to)
    throw new MailFailure('The recipient is not one plain e-mail address.', { permanent: true });
  return {
    from,
    to: { name: '', address: to.address },
    subject: oneLine(mail.subject),
    text: mail.text,
    html: mail.html,
    date: mail.date,
    messageId: `<${oneLine(mail.messageId)}>`,
    // Answers of vacation programs to letters of a program help nobody (RFC 3834).
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
