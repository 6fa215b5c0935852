import type { Database } from '../../../platform/database/database.ts';
import type { EventLog, NewEvent } from '../../../platform/events/event-log.ts';
import type { UserFeed } from '../../../platform/events/user-feed.ts';
import type {
  AnsweringModel,
  Citation,
  GenerationStatus,
  Message,
  MessageError,
  Notice,
  Step,
  Usage,
} from '../conversations.schemas.ts';
import { listMessages, updateAnswer } from '../messages.queries.ts';

import { isOpen, replayAnswer } from './generation-replay.ts';
import { type GenerationTask, markEnded } from './generations.queries.ts';

export interface FinishServices {
  db: Database;
  eventLog: EventLog;
  userFeed: UserFeed;
}

export type EndStatus = Extract<GenerationStatus, 'completed' | 'stopped' | 'failed'>;

/** How an answer ended and what it consists of. */
export interface FinishedAnswer {
  status: EndStatus;
  text: string;
  model: AnsweringModel | null;
  citations: Citation[];
  steps: Step[];
  notices: Notice[];
  usage: Usage | null;
  error: MessageError | null;
}

const messageStatus: Record<EndStatus, Message['status']> = {
  completed: 'complete',
  stopped: 'stopped',
  failed: 'failed',
};

export type FinishableGeneration = Pick<GenerationTask, 'id' | 'message_id' | 'conversation_id' | 'owner_id'>;

/**
 * Ends a generation: the final message, its state and the `end` event in one transaction, so that what viewers end up
 * with is what is stored. Throws `streams.fenced` when another attempt has taken over; then nothing changes.
 */
export async function finishGeneration(
  services: FinishServices,
  generation: FinishableGeneration,
  attempt: number,
  answer: FinishedAnswer,
  before: NewEvent[] = [],
): Promise<void> {
  const { db, eventLog } = services;
  const { status, text, ...rest } = answer;
  const stored = await db.transaction().execute(async (trx) => {
    await updateAnswer(trx, generation.message_id, { ...rest, content: text, status: messageStatus[status] });
    await markEnded(trx, generation.id, status);
    const [message] = await listMessages(trx, [generation.message_id]);
    const events = [...before, { type: 'end', data: { status, message } }];
    return eventLog.appendIn(trx, generation.id, attempt, events, { end: true });
  });
  eventLog.announce(generation.id, stored);
  services.userFeed.changed(generation.owner_id, 'conversation', generation.conversation_id);
}

/**
 * Ends a generation from outside its run: takes the stream over, keeps what viewers have seen, and writes the end.
 * Throws `streams.fenced` when it has ended already.
 */
export async function finishFromLog(
  services: FinishServices,
  generation: FinishableGeneration,
  end: Pick<FinishedAnswer, 'status' | 'error'>,
): Promise<void> {
  const { attempt } = await services.eventLog.takeOver(generation.id);
  await finishTaken(services, generation, attempt, end);
}

/** The same for a stream that the caller has taken over. */
export async function finishTaken(
  services: FinishServices,
  generation: FinishableGeneration,
  attempt: number,
  end: Pick<FinishedAnswer, 'status' | 'error'>,
): Promise<void> {
  const seen = replayAnswer(await readAll(services.eventLog, generation.id));
  const steps = seen.steps.map((step) => (isOpen(step) ? { ...step, state: 'failed' as const } : step));
  await finishGeneration(services, generation, attempt, { ...seen, ...end, steps, usage: null });
}

async function readAll(eventLog: EventLog, streamId: string): Promise<{ type: string; data: unknown }[]> {
  const pageSize = 1_000;
  const events: Awaited<ReturnType<EventLog['read']>> = [];
  for (;;) {
    const page = await eventLog.read(streamId, events.at(-1)?.seq ?? 0, pageSize);
    events.push(...page);
    if (page.length < pageSize) return events;
  }
}
