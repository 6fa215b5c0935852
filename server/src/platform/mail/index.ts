import path from 'node:path';
import type { Secret } from '../crypto/secret.ts';
import type { MailAddress } from './mail-message.ts';
import type { MailTransport } from './mail-transport.ts';
import { createOutboxTransport } from './outbox-transport.ts';
import { createSmtpTransport } from './smtp-transport.ts';

export {
  type MailAddress,
  MailFailure,
  type OutgoingMail,
  oneLine,
  parseMailAddress,
} from './mail-message.ts';
export type { MailTransport } from './mail-transport.ts';

/** The way letters leave, as configured. Connects to nothing yet. */
export function createMailTransport(options: {
  smtpUrl: Secret | undefined;
  from: MailAddress;
  dataDir: string;
}): MailTransport {
  const { smtpUrl, from, dataDir } = options;
  return smtpUrl
    ? createSmtpTransport({ url: smtpUrl, from })
    : createOutboxTransport({ folder: path.join(dataDir, 'outbox'), from });
}
