import { Type } from 'typebox';
import {
  defineWorkflow,
  type WorkflowContext,
  type WorkflowRegistration,
} from '../../../platform/durable/workflow-engine.ts';
import { failureOf, InternalError, isProblem, ProblemError } from '../../../platform/errors.ts';
import { StreamFenced } from '../../../platform/events/event-log.ts';
import type { Logger } from '../../../platform/telemetry/logger.ts';
import { DocumentsBeingRead, TooManyRestarts } from '../conversations.errors.ts';
import { setModelTitle, wantsModelTitle } from '../conversations.queries.ts';
import type { Citation, MessageError, Step } from '../conversations.schemas.ts';
import type { AnswerAttempt, AnswerServices } from './answer-attempt.ts';
import { RunCancelled } from './answer-by-workflow.ts';
import { coded } from './coded-texts.ts';
import { createEventWriter } from './event-writer.ts';
import { type EndStatus, type FinishServices, finishGeneration, finishTaken } from './finish-generation.ts';
import { isOpen } from './generation-replay.ts';
import { type GenerationTask, unscopedFindTask } from './generations.queries.ts';
import { createNoticeRecorder } from './notices.ts';
import { createStepRecorder } from './step-recorder.ts';
import { generateTitle } from './title.ts';
import { writeAnswer } from './write-answer.ts';

export const generateWorkflowName = 'conversations.generate';
/** The engine's own records of a run would stand in the way of its first word. */
const handOverAfterMs = 1_000;
const heartbeatMs = 5_000;
/** An answer that takes its process down each time must not do so for ever. */
const maxAttempts = 10;
const restarted = {
  code: 'conversations.writer_stopped',
  reason: 'The program that was writing this answer stopped. The answer begins again.',
};

export interface GenerateServices extends AnswerServices, FinishServices {
  log: Logger;
}

/**
 * The durable run of one answer. It records no steps: an answer interrupted by a crash begins again as a new attempt,
 * which fences the old one off, and its text is in the event log, not in the run's records.
 */
export function generateWorkflow(services: GenerateServices): WorkflowRegistration {
  return defineWorkflow<{ generationId: string }>({
    name: generateWorkflowName,
    input: Type.Object({ generationId: Type.String() }, { additionalProperties: false }),
    dispatch: 'immediate',
    repeatable: true,
    handOverAfterMs,
    async run(context, { generationId }) {
      try {
        const { task, status, text } = await produce(services, context, generationId);
        if (status === 'completed') await nameConversation(services, context, task, text);
        return { status };
      } catch (error) {
        // Ended already, or erased with its conversation, or another attempt has it.
        if (isProblem(error, StreamFenced)) return { status: 'taken over' };
        throw error;
      }
    },
  });
}

interface Produced {
  task: GenerationTask;
  status: EndStatus;
  text: string;
}

/** Takes the stream over and writes the answer to its end. Throws `streams.fenced` when there is nothing to write to. */
async function produce(services: GenerateServices, context: WorkflowContext, id: string): Promise<Produced> {
  const { eventLog } = services;
  const stop = new AbortController();
  const lost = new AbortController();
  // Watching before asking: a stop in between is in one of the two.
  const unwatch = eventLog.onStop(id, () => stop.abort());
  try {
    const [task, taken] = await Promise.all([unscopedFindTask(services.db, id), eventLog.takeOver(id)]);
    if (!task) throw StreamFenced.with();
    const { attempt, stopRequested } = taken;
    if (stopRequested || attempt > maxAttempts) return await endEarly(services, task, attempt, stopRequested);
    const heart = beat(services, id, attempt, stop, lost);
    try {
      return await attemptAnswer(services, context, { task, attempt, stop, lost });
    } finally {
      clearInterval(heart);
    }
  } finally {
    unwatch();
  }
}

async function endEarly(
  services: GenerateServices,
  task: GenerationTask,
  attempt: number,
  stopRequested: boolean,
): Promise<Produced> {
  const status = stopRequested ? 'stopped' : 'failed';
  const error = stopRequested ? null : toMessageError(services, TooManyRestarts.with());
  await endRun(services, task);
  await finishTaken(services, task, attempt, { status, error });
  return { task, status, text: '' };
}

/** While a slow model says nothing: shows that somebody is at work, and notices a stop or a takeover. */
function beat(
  services: GenerateServices,
  streamId: string,
  attempt: number,
  stop: AbortController,
  lost: AbortController,
): NodeJS.Timeout {
  const once = async (): Promise<void> => {
    try {
      const { stopRequested } = await services.eventLog.heartbeat(streamId, attempt);
      if (stopRequested) stop.abort();
    } catch (error) {
      if (isProblem(error, StreamFenced)) lost.abort(error);
      else services.log.warn({ err: error, generationId: streamId }, 'heartbeat of an answer failed');
    }
  };
  return setInterval(() => void once(), heartbeatMs);
}

interface Reins {
  task: GenerationTask;
  attempt: number;
  stop: AbortController;
  lost: AbortController;
}

async function attemptAnswer(
  services: GenerateServices,
  context: WorkflowContext,
  { task, attempt, stop, lost }: Reins,
): Promise<Produced> {
  const { eventLog } = services;
  const onFailure = (error: unknown): void => lost.abort(error);
  const writer = createEventWriter({ eventLog, streamId: task.id, attempt, onFailure });
  const signal = AbortSignal.any([context.signal, stop.signal, lost.signal]);
  const steps = createStepRecorder(writer);
  const answer: AnswerAttempt = {
    task,
    attempt,
    signal,
    writer,
    steps,
    notices: createNoticeRecorder(writer),
    model: null,
    sources: [],
    citations: [],
    usage: null,
  };
  let status: EndStatus = 'completed';
  let error: MessageError | null = null;
  if (attempt > 1) writer.push({ type: 'restarted', data: { attempt, ...restarted } });
  try {
    await writeAnswer(services, answer);
  } catch (caught) {
    if (lost.signal.aborted) throw lost.signal.reason;
    status = stop.signal.aborted || isProblem(caught, RunCancelled) ? 'stopped' : 'failed';
    // The process is ending: no outcome, the next executor begins again.
    if (status === 'failed' && context.signal.aborted) throw caught;
    if (status === 'failed') error = toMessageError(services, caught);
    await endRun(services, task);
  }
  await writer.flush();
  const text = writer.answer();
  const citations = await finalCitations(services, answer, text);
  const before = answer.sources.length > 0 ? [{ type: 'sources', data: { citations } }] : [];
  const finished = {
    status,
    text,
    error,
    citations,
    model: answer.model,
    steps: closed(steps.steps()),
    notices: answer.notices.notices(),
    usage: answer.usage,
  };
  await finishGeneration(services, task, attempt, finished, before);
  return { task, status, text };
}

/** Nobody waits for the run of an answer that has ended. */
async function endRun({ modes }: GenerateServices, task: GenerationTask): Promise<void> {
  if (task.mode === 'simple') return;
  await modes.cancel({ generationId: task.id, ownerId: task.owner_id });
}

/** Steps that were cut off are not running any more. */
function closed(steps: Step[]): Step[] {
  return steps.map((step) => (isOpen(step) ? { ...step, state: 'failed' as const } : step));
}

/** Each `[n]` of the answer with its passage, checked against the document; an answer is not lost over its citations. */
async function finalCitations(
  services: GenerateServices,
  answer: AnswerAttempt,
  text: string,
): Promise<Citation[]> {
  if (answer.sources.length === 0 || text === '') return answer.citations;
  try {
    const request = { ownerId: answer.task.owner_id, answer: text, passages: answer.sources };
    return await services.passages.citationsFromAnswer(request);
  } catch (error) {
    services.log.error(
      { err: error, generationId: answer.task.id },
      'citations of an answer could not be checked',
    );
    const detail = 'The citations of this answer could not be checked against the documents.';
    answer.notices.say(coded('conversations.citations_unchecked', detail));
    await answer.writer.flush();
    return [];
  }
}

/** Declared errors are shown as what they are; an unknown one reveals nothing and is logged whole. */
function toMessageError(services: GenerateServices, error: unknown): MessageError {
  if (error instanceof ProblemError) {
    const retryable = isProblem(error, DocumentsBeingRead) || services.models.isRetryable(error);
    return { ...failureOf(error), retryable };
  }
  services.log.error({ err: error }, 'an answer failed');
  return { ...failureOf(InternalError.with()), retryable: true };
}

/** Gives the conversation a title once its first answer is there. A title is not worth a failure. */
async function nameConversation(
  services: GenerateServices,
  context: WorkflowContext,
  task: GenerationTask,
  answer: string,
): Promise<void> {
  if (task.question_parent_id !== null) return;
  try {
    if (!(await wantsModelTitle(services.db, task.conversation_id))) return;
    const idempotencyKey = `${task.id}:title`;
    const { question, owner_id: ownerId, conversation_id: conversationId } = task;
    const request = { question, answer, ownerId, conversationId, idempotencyKey, signal: context.signal };
    const title = await generateTitle(services.models, request);
    if (title !== undefined && (await setModelTitle(services.db, task.conversation_id, title)))
      services.userFeed.changed(task.owner_id, 'conversation', task.conversation_id);
  } catch (error) {
    services.log.info({ err: error, conversationId: task.conversation_id }, 'no title was written');
  }
}
