import { type RawBuilder, sql } from 'kysely';
import type { Role } from '../../platform/http/route.ts';
import type { Executor } from '../audit/index.ts';

export type MailStatus = 'waiting' | 'sent' | 'stored' | 'failed';

/** Who gets a mail, and how they read. */
export interface Recipient {
  /** Undefined for people without an account. */
  userId: string | undefined;
  address: string;
  canonical: string;
  displayName: string;
  locale: string;
  timeZone: string;
}

interface RecipientRow {
  id: string;
  email: string;
  email_canonical: string;
  display_name: string;
  locale: string;
  time_zone: string;
}

/** The recipient behind an account, by its id. */
export async function findRecipient(executor: Executor, userId: string): Promise<Recipient | undefined> {
  const { rows } = await sql<RecipientRow>`
    select u.id, u.email, u.email_canonical, u.display_name, coalesce(p.locale, 'en') as locale,
      coalesce(p.time_zone, 'UTC') as time_zone
    from users u left join profiles p on p.user_id = u.id where u.id = ${userId}`.execute(executor);
  const row = rows[0];
  return (
    row && {
      userId: row.id,
      address: row.email,
      canonical: row.email_canonical,
      displayName: row.display_name,
      locale: row.locale,
      timeZone: row.time_zone,
    }
  );
}

export interface NewMessage {
  id: string;
  userId: string | undefined;
  address: string;
  canonical: string;
  recipientRole: Role;
  kind: string;
  subject: string;
  bodySealed: string;
}

/** More to one address within an hour are kept back: nobody's mailbox is flooded through this server. */
export const hourlyLimit = 20;
const overLimit = `More than ${hourlyLimit} mails to this address within an hour: this one was held back.`;

/**
 * Stores a message and, unless the recipient has had too many, the wish to deliver it. `wanted` false does the same
 * work and stores nothing, for answers that must not tell the two apart (S5).
 */
export async function insertMessage(
  executor: Executor,
  message: NewMessage,
  options: { wanted: boolean; start: (source: RawBuilder<unknown>) => RawBuilder<unknown> },
): Promise<void> {
  await sql`
    with recent as (
      select count(*) >= ${hourlyLimit} as too_many from mail_messages
      where recipient_canonical = ${message.canonical} and created_at > now() - interval '1 hour'
    ), message as (
      insert into mail_messages (id, user_id, recipient, recipient_canonical, recipient_role, kind, subject,
        body_sealed, status, error)
      select ${message.id}::uuid, ${message.userId ?? null}::uuid, ${message.address}, ${message.canonical},
        ${message.recipientRole}, ${message.kind}, ${message.subject}, ${message.bodySealed},
        case when too_many then 'failed' else 'waiting' end, case when too_many then ${overLimit}::text end
      from recent where ${options.wanted}::boolean
      returning status
    ), started as (${options.start(sql`message where message.status = 'waiting'`)})
    select 1`.execute(executor);
}

export interface StoredMessage {
  id: string;
  user_id: string | null;
  recipient: string;
  recipient_canonical: string;
  recipient_role: Role;
  kind: string;
  subject: string;
  body_sealed: string | null;
  status: MailStatus;
  run: number;
  attempts: number;
  error: string | null;
  created_at: Date;
  sent_at: Date | null;
}

const columns = sql`id, user_id, recipient, recipient_canonical, recipient_role, kind, subject, body_sealed, status, run,
  attempts, error, created_at, sent_at`;

export async function findMessage(executor: Executor, id: string): Promise<StoredMessage | undefined> {
  const { rows } = await sql<StoredMessage>`select ${columns} from mail_messages where id = ${id}`.execute(
    executor,
  );
  return rows[0];
}

/** Newest first. */
export async function listMessages(
  executor: Executor,
  page: { before: string | undefined; status: MailStatus | undefined; limit: number },
): Promise<StoredMessage[]> {
  const { rows } = await sql<StoredMessage>`
    select ${columns} from mail_messages
    where (${page.before ?? null}::uuid is null or id < ${page.before ?? null}::uuid)
      and (${page.status ?? null}::text is null or status = ${page.status ?? null})
    order by id desc limit ${page.limit}`.execute(executor);
  return rows;
}

export interface AttemptOutcome {
  status: MailStatus;
  error: string | undefined;
}

/** What became of an attempt; an attempt of an older run changes nothing. What was sent keeps no body. */
export async function storeAttempt(
  executor: Executor,
  id: string,
  run: number,
  outcome: AttemptOutcome,
): Promise<void> {
  const delivered = outcome.status === 'sent' || outcome.status === 'stored';
  await sql`
    update mail_messages set status = ${outcome.status}, error = ${outcome.error ?? null}, attempts = attempts + 1,
      attempted_at = now(), sent_at = case when ${delivered}::boolean then now() end,
      body_sealed = case when ${outcome.status === 'sent'}::boolean then null else body_sealed end
    where id = ${id} and run = ${run} and status = 'waiting'`.execute(executor);
}

/** Begins a new run of a message that was not sent; the run's number, or `undefined` when it was sent. */
export async function beginAgain(executor: Executor, id: string): Promise<number | undefined> {
  const { rows } = await sql<{ run: number }>`
    update mail_messages set status = 'waiting', run = run + 1, attempts = 0, error = null
    where id = ${id} and status <> 'sent' returning run`.execute(executor);
  return rows[0]?.run;
}

/** What the last attempt of all met; null when it succeeded. */
export async function findLastError(executor: Executor): Promise<string | null> {
  const { rows } = await sql<{ error: string | null }>`
    select error from mail_messages where attempted_at is not null order by attempted_at desc limit 1`.execute(
    executor,
  );
  return rows[0]?.error ?? null;
}

/** Ranks that the account of a recipient has, or will have: by account, by address, and by what a link gives. */
export async function findRecipientRoles(executor: Executor, message: StoredMessage): Promise<Role[]> {
  const { rows } = await sql<{ role: Role }>`
    select role from users where id = ${message.user_id} or email_canonical = ${message.recipient_canonical}`.execute(
    executor,
  );
  return [message.recipient_role, ...rows.map((row) => row.role)];
}

export async function removeMessage(executor: Executor, id: string): Promise<void> {
  await sql`delete from mail_messages where id = ${id}`.execute(executor);
}

export async function removeOldMessages(executor: Executor, keepDays: number): Promise<void> {
  await sql`delete from mail_messages where created_at < now() - ${keepDays} * interval '1 day'`.execute(
    executor,
  );
}
