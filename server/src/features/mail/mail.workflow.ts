import { Type } from 'typebox';
import type { Database } from '../../platform/database/database.ts';
import { defineWorkflow, type WorkflowRegistration } from '../../platform/durable/workflow-engine.ts';
import type { UserFeed } from '../../platform/events/user-feed.ts';
import { MailFailure, type MailTransport } from '../../platform/mail/index.ts';
import { lastMailKind } from './mail.personal.ts';
import { findMessage, removeMessage, type StoredMessage, storeAttempt } from './mail.queries.ts';
import type { MailBodies } from './mail-bodies.ts';

/** Recorded in the database, so it never changes. */
export const deliverWorkflowName = 'mail.deliver';

export interface DeliverInput {
  message_id: string;
  run: number;
}

/** Waits between attempts; one more attempt than waits. Together about half a day. */
const waitsMs = [2_000, 15_000, 60_000, 300_000, 1_200_000, 3_600_000, 3_600_000, 14_400_000, 21_600_000];

export interface DeliveryOptions {
  db: Database;
  transport: MailTransport;
  bodies: MailBodies;
  userFeed: UserFeed;
  /** Domain of the Message-ID. */
  domain: string;
  clock: () => Date;
}

/**
 * Delivers one message, at least once: a worker that dies after the server took the message and before that was
 * written down sends it once more when it is resumed. Both carry the same Message-ID, by which servers and mail
 * programs recognise the copy.
 */
export function deliverWorkflow(options: DeliveryOptions): WorkflowRegistration {
  return defineWorkflow<DeliverInput>({
    name: deliverWorkflowName,
    input: Type.Object({ message_id: Type.String(), run: Type.Integer() }, { additionalProperties: false }),
    dispatch: 'immediate',
    async run(context, { message_id, run }) {
      for (let attempt = 0; ; attempt += 1) {
        const waitMs = waitsMs[attempt];
        const again = await context.step(`attempt-${attempt + 1}`, () =>
          deliverOnce(options, { messageId: message_id, run, isLast: waitMs === undefined }, context.signal),
        );
        if (!again || waitMs === undefined) return { attempts: attempt + 1 };
        await context.sleep(waitMs);
      }
    },
  });
}

/** True when it should be tried again. */
async function deliverOnce(
  options: DeliveryOptions,
  attempt: { messageId: string; run: number; isLast: boolean },
  signal: AbortSignal,
): Promise<boolean> {
  const { db, transport, userFeed } = options;
  const message = await findMessage(db, attempt.messageId);
  if (message?.status !== 'waiting' || message.run !== attempt.run) return false;
  try {
    await sendOne(options, message, signal);
    const status = transport.kind === 'smtp' ? 'sent' : 'stored';
    await storeAttempt(db, message.id, attempt.run, { status, error: undefined });
    // The account is gone or going: once the person has it, nothing here needs to know their address.
    if (status === 'sent' && message.kind === lastMailKind) await removeMessage(db, message.id);
    if (message.user_id) userFeed.changed(message.user_id, 'alert', message.id);
    return false;
  } catch (error) {
    if (!(error instanceof MailFailure)) throw error;
    const isFinal = error.permanent || attempt.isLast;
    const status = isFinal ? 'failed' : 'waiting';
    await storeAttempt(db, message.id, attempt.run, { status, error: error.message });
    return !isFinal;
  }
}

async function sendOne(options: DeliveryOptions, message: StoredMessage, signal: AbortSignal): Promise<void> {
  const { transport, bodies, domain } = options;
  if (message.body_sealed === null)
    throw new MailFailure('The mail has no content any more.', { permanent: true });
  await transport.send(
    {
      messageId: `${message.id}@${domain}`,
      to: message.recipient,
      subject: message.subject,
      date: message.created_at,
      ...bodies.open(message.id, message.body_sealed),
    },
    signal,
  );
}
