import type { SealedColumn } from '../../platform/crypto/sealed-columns.ts';
import { Secret } from '../../platform/crypto/secret.ts';
import type { SecretBox } from '../../platform/crypto/secret-box.ts';
import { MailFailure } from '../../platform/mail/index.ts';

export interface MailBody {
  text: string;
  html: string;
}

/** Bodies of messages at rest: links in them open accounts, so the database alone reveals none. */
export interface MailBodies {
  seal(messageId: string, body: MailBody): string;
  /** Throws `MailFailure` when the key is gone. */
  open(messageId: string, sealed: string): MailBody;
}

const contextOf = (messageId: string): string => `mail_messages.body ${messageId}`;

/** For rotations of the data key. */
export const mailBodyColumn: SealedColumn = {
  table: 'mail_messages',
  column: 'body_sealed',
  contextColumns: ['id'],
  context: ({ id = '' }) => contextOf(id),
};

export function createMailBodies(secretBox: SecretBox): MailBodies {
  return {
    seal: (messageId, body) => secretBox.seal(new Secret(JSON.stringify(body)), contextOf(messageId)),
    open(messageId, sealed) {
      try {
        return JSON.parse(secretBox.open(sealed, contextOf(messageId)).reveal()) as MailBody;
      } catch (cause) {
        throw new MailFailure('The mail cannot be opened: the key it was encrypted with is not configured.', {
          permanent: true,
          cause,
        });
      }
    },
  };
}
