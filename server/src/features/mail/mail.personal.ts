import { sql } from 'kysely';
import type { Database } from '../../platform/database/database.ts';
import type { MailTransport } from '../../platform/mail/index.ts';
import { ownedRows, type PersonalData } from '../../platform/personal-data.ts';

/** The last mail about an account: it goes out while everything else is erased, and belongs to no account. */
export const lastMailKind = 'account_deleted';

/** Mails to a person: what was sent and when. Their bodies hold links that open accounts, so they are in no export. */
export function mailPersonalData(options: { db: Database; transport: MailTransport }): PersonalData {
  const { db, transport } = options;
  return {
    ...ownedRows({
      db,
      name: 'mails',
      about: 'Mails that were sent to you: subject, state and date.',
      table: 'mail_messages',
      columns: ['id', 'recipient', 'kind', 'subject', 'status', 'created_at', 'sent_at'],
    }),
    async erase({ userId, emailCanonical }) {
      const last = await sql<{ id: string; recipient: string }>`
        select id, recipient from mail_messages
        where recipient_canonical = ${emailCanonical} and user_id is null and kind = ${lastMailKind}`.execute(
        db,
      );
      const to = await sql<{ recipient: string }>`
        select distinct recipient from mail_messages
        where user_id = ${userId} or recipient_canonical = ${emailCanonical}
        union select email from users where id = ${userId}`.execute(db);
      await transport.removeKept?.(
        to.rows.map((row) => row.recipient),
        last.rows.map((row) => row.id),
      );
      await sql`delete from mail_messages where user_id = ${userId}
        or (recipient_canonical = ${emailCanonical} and not (user_id is null and kind = ${lastMailKind}))`.execute(
        db,
      );
    },
  };
}
