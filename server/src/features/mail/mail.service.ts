import { v7 as uuidv7 } from 'uuid';
import { ValidationFailed } from '../../platform/errors.ts';
import type { Actor, Role } from '../../platform/http/route.ts';
import { oneLine, parseMailAddress } from '../../platform/mail/index.ts';
import type { Platform } from '../../platform/platform.ts';
import { canonicalEmail, mayActOn, RankTooLow } from '../accounts/index.ts';
import type { AuditTrail, ClientFacts, Executor } from '../audit/index.ts';
import { languageOf } from './letters/languages.ts';
import {
  type Letter,
  type LetterKind,
  type LetterValues,
  type MailKind,
  renderLetter,
} from './letters/letter.ts';
import { MailAlreadySent, MailNotFound } from './mail.errors.ts';
import {
  beginAgain,
  findMessage,
  findRecipient,
  findRecipientRoles,
  insertMessage,
  listMessages,
  type MailStatus,
  type Recipient,
  type StoredMessage,
} from './mail.queries.ts';
import { type DeliverInput, deliverWorkflowName } from './mail.workflow.ts';
import type { MailBodies } from './mail-bodies.ts';
import type { PublicLinks } from './public-links.ts';

export interface QueuedLetter {
  kind: MailKind;
  letter: Letter;
  recipient: Recipient;
  /** Rank of the account that a link in it creates. */
  givesRole?: Role;
  /** `false`: does the same work and sends nothing (S5). */
  wanted?: boolean;
}

export interface MailServiceOptions {
  platform: Platform;
  audit: AuditTrail;
  bodies: MailBodies;
  links: PublicLinks;
}

export type MailService = ReturnType<typeof createMailService>;

/** Mails are stored in the transaction that has a reason for them and leave after its commit. */
export function createMailService(options: MailServiceOptions) {
  const { engine, db } = options.platform;
  const queue = (executor: Executor, queued: QueuedLetter): Promise<void> =>
    queueLetter(options, executor, queued);
  const write = (
    executor: Executor,
    recipient: Recipient,
    kind: LetterKind,
    values: LetterValues,
    how: Pick<QueuedLetter, 'givesRole' | 'wanted'> = {},
  ): Promise<void> => {
    const letter = languageOf(recipient.locale).letters[kind](values);
    return queue(executor, { kind, letter, recipient, ...how });
  };
  return {
    queue,
    /** Stores a letter of `kind` to `recipient` in the caller's transaction. Call `wake` after the commit. */
    write,
    /** Lets what was committed leave now instead of within two seconds. */
    wake: (): void => engine.wake(),
    recipientOf: (executor: Executor, userId: string): Promise<Recipient | undefined> =>
      findRecipient(executor, userId),

    list: (page: { before: string | undefined; status: MailStatus | undefined; limit: number }) =>
      listMessages(db, page),

    /** Throws `mail.not_found`, and `auth.forbidden` unless the recipient ranks below the reader. */
    read: (actor: Actor, id: string, client: ClientFacts) => readBody(options, actor, id, client),

    /** Delivers again what was not sent. Throws `mail.not_found`, `mail.already_sent`. */
    async retry(actor: Actor, id: string, client: ClientFacts): Promise<StoredMessage> {
      await db.transaction().execute(async (trx) => {
        if (!(await findMessage(trx, id))) throw MailNotFound.with();
        const run = await beginAgain(trx, id);
        if (run === undefined) throw MailAlreadySent.with();
        const input: DeliverInput = { message_id: id, run };
        await engine.start(trx, { name: deliverWorkflowName, workflowId: uuidv7(), input });
        await options.audit.record(trx, {
          action: 'mail.retried',
          outcome: 'success',
          actorId: actor.userId,
          sessionId: actor.sessionId,
          details: { message_id: id },
          personal: { address: client.address, userAgent: client.userAgent },
        });
      });
      engine.wake();
      return getMessage(options, id);
    },

    /** Sends a test message; what became of it is in the outbox. Throws `validation_failed`. */
    async sendTest(to: string, locale: string): Promise<void> {
      const canonical = canonicalEmail(to);
      if (canonical === undefined || parseMailAddress(to)?.address !== to.trim())
        throw ValidationFailed.with({
          errors: [{ field: 'to', detail: 'is not an e-mail address', reason: 'not_email' }],
        });
      const recipient = strangerAt(to.trim(), canonical, locale);
      await write(db, recipient, 'test', {});
      engine.wake();
    },
  };
}

/** Somebody without an account here, as far as anybody knows. */
export function strangerAt(address: string, canonical: string, locale: string, displayName = ''): Recipient {
  return { userId: undefined, address, canonical, displayName, locale, timeZone: 'UTC' };
}

async function queueLetter(
  { platform, bodies, links }: MailServiceOptions,
  executor: Executor,
  { kind, letter, recipient, givesRole = 'user', wanted = true }: QueuedLetter,
): Promise<void> {
  const id = uuidv7();
  const language = languageOf(recipient.locale);
  const body = renderLetter(letter, {
    language,
    displayName: oneLine(recipient.displayName),
    origin: links.origin(),
  });
  const input: DeliverInput = { message_id: id, run: 1 };
  await insertMessage(
    executor,
    {
      id,
      userId: recipient.userId,
      address: recipient.address,
      canonical: recipient.canonical,
      recipientRole: givesRole,
      kind,
      subject: oneLine(letter.subject),
      bodySealed: bodies.seal(id, body),
    },
    {
      wanted,
      start: (source) =>
        platform.engine.startStatement({ name: deliverWorkflowName, workflowId: id, input }, source),
    },
  );
}

async function getMessage({ platform }: MailServiceOptions, id: string): Promise<StoredMessage> {
  const message = await findMessage(platform.db, id);
  if (!message) throw MailNotFound.with();
  return message;
}

/**
 * A mail may hold a link that opens the recipient's account, so reading it is as good as acting on that account: only
 * people of a higher rank may (S12), and each reading and each refusal is on record.
 */
async function readBody(
  options: MailServiceOptions,
  actor: Actor,
  id: string,
  client: ClientFacts,
): Promise<{ message: StoredMessage; text: string | null }> {
  const { platform, audit, bodies } = options;
  const message = await getMessage(options, id);
  const roles = await findRecipientRoles(platform.db, message);
  const allowed = roles.every((role) => mayActOn(actor.role, role));
  await audit.record(platform.db, {
    action: 'mail.body_read',
    outcome: allowed ? 'success' : 'failure',
    actorId: actor.userId,
    subjectId: message.user_id ?? undefined,
    sessionId: actor.sessionId,
    ...(allowed ? {} : { code: RankTooLow.code }),
    details: { message_id: id, kind: message.kind },
    personal: { address: client.address, userAgent: client.userAgent },
  });
  if (!allowed)
    throw RankTooLow.with({
      detail: 'Mails to people of your own rank or a higher one are for them alone.',
      reason: 'mail_rank',
    });
  const text = message.body_sealed === null ? null : bodies.open(id, message.body_sealed).text;
  return { message, text };
}
