import { sql } from 'kysely';
import type { Executor } from '../audit/index.ts';

export interface EmailChange {
  id: string;
  userId: string;
  email: string;
  emailCanonical: string;
  oldConfirmed: boolean;
  newConfirmed: boolean;
  expiresAt: Date;
}

interface EmailChangeRow {
  id: string;
  user_id: string;
  email: string;
  email_canonical: string;
  old_confirmed_at: Date | null;
  new_confirmed_at: Date | null;
  expires_at: Date;
}

const columns = sql`id, user_id, email, email_canonical, old_confirmed_at, new_confirmed_at, expires_at`;

const toChange = (row: EmailChangeRow): EmailChange => ({
  id: row.id,
  userId: row.user_id,
  email: row.email,
  emailCanonical: row.email_canonical,
  oldConfirmed: row.old_confirmed_at !== null,
  newConfirmed: row.new_confirmed_at !== null,
  expiresAt: row.expires_at,
});

/** Begins a change; one that was under way is forgotten, and with it its links. */
export async function storeEmailChange(
  executor: Executor,
  change: {
    id: string;
    userId: string;
    email: string;
    emailCanonical: string;
    oldConfirmed: boolean;
    lifetimeSeconds: number;
  },
): Promise<void> {
  await removeEmailChange(executor, change.userId);
  await sql`
    insert into email_changes (id, user_id, email, email_canonical, old_confirmed_at, expires_at)
    values (${change.id}, ${change.userId}, ${change.email}, ${change.emailCanonical},
      case when ${change.oldConfirmed}::boolean then now() end,
      now() + ${change.lifetimeSeconds} * interval '1 second')`.execute(executor);
}

export async function findEmailChange(executor: Executor, userId: string): Promise<EmailChange | undefined> {
  const { rows } = await sql<EmailChangeRow>`
    select ${columns} from email_changes where user_id = ${userId} and expires_at > now()`.execute(executor);
  return rows[0] && toChange(rows[0]);
}

/** Notes that one side confirmed. The row stays locked, so that two confirmations come one after the other. */
export async function confirmSide(
  executor: Executor,
  id: string,
  side: 'old' | 'new',
): Promise<EmailChange | undefined> {
  const column = sql.ref(side === 'old' ? 'old_confirmed_at' : 'new_confirmed_at');
  const { rows } = await sql<EmailChangeRow>`
    update email_changes set ${column} = now() where id = ${id} and expires_at > now()
    returning ${columns}`.execute(executor);
  return rows[0] && toChange(rows[0]);
}

export async function removeEmailChange(executor: Executor, userId: string): Promise<void> {
  await sql`delete from email_changes where user_id = ${userId}`.execute(executor);
}

export async function removeExpiredChanges(executor: Executor): Promise<void> {
  await sql`delete from email_changes where expires_at < now()`.execute(executor);
}
