import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../../../platform/database/database.ts';
import type { WorkflowEngine } from '../../../platform/durable/workflow-engine.ts';
import { isProblem } from '../../../platform/errors.ts';
import { type EventLog, StreamFenced } from '../../../platform/events/event-log.ts';
import type { UserFeed } from '../../../platform/events/user-feed.ts';
import type { Queryable } from '../conversation-tables.ts';
import {
  ConversationNotFound,
  GenerationNotFound,
  GenerationRunning,
  MessageNotFound,
  maxQuestionBytes,
  NotAnAnswer,
  ParentNotAnAnswer,
  QuestionEmpty,
  QuestionTooLong,
  QuestionUnreadable,
} from '../conversations.errors.ts';
import { advanceConversation, type ConversationState, lockConversation } from '../conversations.queries.ts';
import type {
  Generation,
  ModelChoice,
  NewMessage,
  Scope,
  StartedGeneration,
} from '../conversations.schemas.ts';
import {
  findMessageNode,
  insertMessages,
  listMessages,
  type MessageNode,
  type NewMessageRow,
} from '../messages.queries.ts';
import { assertSameRequest, type RequestIdentity } from '../request-identity.ts';
import { finishTaken } from './finish-generation.ts';
import { generateWorkflowName } from './generate.workflow.ts';
import {
  findGeneration,
  findGenerationByKey,
  insertGeneration,
  listOpenGenerations,
  unscopedFindTask,
} from './generations.queries.ts';
import { titleFromQuestion } from './title.ts';

export const streamKind = 'generation';

export interface GenerationServiceOptions {
  db: Database;
  engine: WorkflowEngine;
  eventLog: EventLog;
  userFeed: UserFeed;
}

export type Generations = ReturnType<typeof createGenerationService>;

interface Owner {
  userId: string;
}

interface StartedIds {
  id: string;
  questionId: string;
  messageId: string;
}

/** What an answer is to be written with. */
interface AnswerPlan {
  ownerId: string;
  conversationId: string;
  questionId: string;
  scope: Scope;
  model: ModelChoice | null;
  identity: RequestIdentity | undefined;
  /** The question, where it is new too. */
  question?: NewMessageRow;
}

/** The verbs on generations: ask, answer again, read, stop. */
export function createGenerationService(options: GenerationServiceOptions) {
  const { db, engine, eventLog, userFeed } = options;

  /** Inside the caller's transaction: the answer's row, its stream and its durable run stand or fall together. */
  const startAnswer = async (
    trx: Queryable,
    plan: AnswerPlan,
  ): Promise<{ id: string; messageId: string }> => {
    const id = uuidv7();
    const messageId = uuidv7();
    await insertMessages(trx, [
      ...(plan.question ? [plan.question] : []),
      {
        id: messageId,
        conversationId: plan.conversationId,
        ownerId: plan.ownerId,
        parentId: plan.questionId,
        role: 'assistant',
        content: '',
        status: 'streaming',
        generationId: id,
      },
    ]);
    await eventLog.create(trx, { id, kind: streamKind, ownerId: plan.ownerId });
    await insertGeneration(trx, {
      id,
      conversationId: plan.conversationId,
      ownerId: plan.ownerId,
      questionId: plan.questionId,
      messageId,
      scope: plan.scope,
      model: plan.model,
      idempotencyKey: plan.identity?.key ?? null,
      requestHash: plan.identity?.hash ?? null,
    });
    await engine.start(trx, { name: generateWorkflowName, workflowId: id, input: { generationId: id } });
    return { id, messageId };
  };

  /** Runs `ask` under the conversation's lock, or answers what the same request started before. */
  const once = async (
    owner: Owner,
    conversationId: string,
    identity: RequestIdentity | undefined,
    ask: (trx: Queryable, conversation: ConversationState) => Promise<StartedIds>,
  ): Promise<StartedGeneration> => {
    const started = await db.transaction().execute(async (trx) => {
      const conversation = await lockConversation(trx, owner.userId, conversationId);
      if (!conversation || conversation.deleted_at) throw ConversationNotFound.with();
      const before = identity && (await findGenerationByKey(trx, owner.userId, identity.key));
      if (identity && before) {
        assertSameRequest(identity, before.request_hash);
        return readStarted(trx, owner, {
          id: before.id,
          questionId: before.question_id,
          messageId: before.message_id,
        });
      }
      const ids = await ask(trx, conversation);
      return describeNew(trx, conversationId, ids);
    });
    engine.wake(started.generation.id);
    userFeed.changed(owner.userId, 'conversation', conversationId);
    return started;
  };

  const get = async (owner: Owner, generationId: string): Promise<Generation> => {
    const generation = await findGeneration(db, owner.userId, generationId);
    if (!generation) throw GenerationNotFound.with();
    return generation;
  };

  const stop = async (generationId: string): Promise<void> => {
    const taken = await db.transaction().execute(async (trx) => {
      await eventLog.requestStop(trx, generationId);
      return (await eventLog.find(generationId, trx))?.attempt === 0
        ? eventLog.takeOver(generationId, trx)
        : undefined;
    });
    eventLog.announceStop(generationId);
    // Nobody has begun: no run will ever have anything to say, so it ends here and now.
    const task = taken && (await unscopedFindTask(db, generationId));
    if (taken && task) await finishTaken(options, task, taken.attempt, { status: 'stopped', error: null });
  };

  return {
    /** A generation of the person. Throws `conversations.generation_not_found`. */
    get,

    /**
     * Stores a question and starts its answer. Throws `conversations.not_found`, `conversations.generation_running`,
     * `conversations.message_not_found`, `conversations.parent_not_an_answer`, `conversations.question_…`.
     */
    async ask(
      owner: Owner,
      conversationId: string,
      request: NewMessage,
      identity: RequestIdentity | undefined,
    ): Promise<StartedGeneration> {
      assertUsableQuestion(request.content);
      return once(owner, conversationId, identity, async (trx, conversation) => {
        const parentId = request.parent_id === undefined ? conversation.active_leaf_id : request.parent_id;
        if (parentId !== null) await assertAnswered(trx, conversationId, parentId);
        const questionId = uuidv7();
        const { id, messageId } = await startAnswer(trx, {
          ownerId: owner.userId,
          conversationId,
          questionId,
          scope: request.scope ?? conversation.scope,
          model: request.model ?? conversation.model,
          identity,
          question: {
            id: questionId,
            conversationId,
            ownerId: owner.userId,
            parentId,
            role: 'user',
            content: request.content.toWellFormed(),
            status: 'complete',
            generationId: null,
          },
        });
        const firstWords = titleFromQuestion(request.content);
        await advanceConversation(trx, conversationId, { leafId: messageId, added: 2, firstWords });
        return { id, questionId, messageId };
      });
    },

    /** Starts another answer to the same question. Throws as `ask`, and `conversations.not_an_answer`. */
    async regenerate(
      owner: Owner,
      conversationId: string,
      messageId: string,
      model: ModelChoice | null | undefined,
      identity: RequestIdentity | undefined,
    ): Promise<StartedGeneration> {
      return once(owner, conversationId, identity, async (trx, conversation) => {
        const answer = await getNode(trx, conversationId, messageId);
        if (answer.role !== 'assistant' || answer.parent_id === null) throw NotAnAnswer.with();
        if (answer.status === 'streaming') throw GenerationRunning.with();
        const questionId = answer.parent_id;
        const scope = await scopeOf(trx, answer.generation_id, conversation.scope);
        const started = await startAnswer(trx, {
          ownerId: owner.userId,
          conversationId,
          questionId,
          scope,
          model: model ?? conversation.model,
          identity,
        });
        await advanceConversation(trx, conversationId, {
          leafId: started.messageId,
          added: 1,
          firstWords: undefined,
        });
        return { id: started.id, questionId, messageId: started.messageId };
      });
    },

    /** Asks the producer, wherever it runs, to stop; what was written stays. Throws `conversations.generation_not_found`. */
    async stop(owner: Owner, generationId: string): Promise<Generation> {
      const generation = await get(owner, generationId);
      if (generation.ended_at === null) await ignoreFenced(stop(generationId));
      return get(owner, generationId);
    },

    /** Stops what runs in a conversation that its owner deletes. */
    async stopAllIn(conversationId: string): Promise<void> {
      for (const id of await listOpenGenerations(db, conversationId)) await ignoreFenced(stop(id));
    },
  };
}

/** A stream that was taken over or has ended needs no stopping any more. */
async function ignoreFenced(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isProblem(error, StreamFenced)) throw error;
  }
}

/** What was stored a moment ago in the same transaction. */
async function describeNew(
  trx: Queryable,
  conversationId: string,
  ids: StartedIds,
): Promise<StartedGeneration> {
  const [question, answer] = await listMessages(trx, [ids.questionId, ids.messageId]);
  if (!question || !answer) throw MessageNotFound.with();
  const place = { id: ids.id, conversation_id: conversationId, message_id: ids.messageId };
  const state = {
    status: 'queued' as const,
    attempt: 0,
    last_seq: 0,
    created_at: answer.created_at,
    ended_at: null,
  };
  return { user_message: question, assistant_message: answer, generation: { ...place, ...state } };
}

async function readStarted(trx: Queryable, owner: Owner, ids: StartedIds): Promise<StartedGeneration> {
  const [question, answer] = await listMessages(trx, [ids.questionId, ids.messageId]);
  const generation = await findGeneration(trx, owner.userId, ids.id);
  if (!question || !answer || !generation) throw GenerationNotFound.with();
  return { user_message: question, assistant_message: answer, generation };
}

async function getNode(trx: Queryable, conversationId: string, messageId: string): Promise<MessageNode> {
  const node = await findMessageNode(trx, conversationId, messageId);
  if (!node) throw MessageNotFound.with();
  return node;
}

async function assertAnswered(trx: Queryable, conversationId: string, parentId: string): Promise<void> {
  const parent = await getNode(trx, conversationId, parentId);
  if (parent.role !== 'assistant') throw ParentNotAnAnswer.with();
  if (parent.status === 'streaming') throw GenerationRunning.with();
}

/** An answer written again searches where the first one searched. */
async function scopeOf(trx: Queryable, generationId: string | null, otherwise: Scope): Promise<Scope> {
  const task = generationId === null ? undefined : await unscopedFindTask(trx, generationId);
  return task?.scope ?? otherwise;
}

function assertUsableQuestion(content: string): void {
  const sizeBytes = Buffer.byteLength(content);
  if (sizeBytes > maxQuestionBytes)
    throw QuestionTooLong.with({
      detail: `The question has ${Math.ceil(sizeBytes / 1024)} KB of text; ${maxQuestionBytes / 1024} KB are possible. Add long texts as documents and ask about them.`,
      errors: [{ field: 'content', detail: `may have ${maxQuestionBytes} bytes of UTF-8` }],
    });
  if (content.trim() === '') throw QuestionEmpty.with({ errors: [{ field: 'content', detail: 'is empty' }] });
  if (content.includes('\0'))
    throw QuestionUnreadable.with({ errors: [{ field: 'content', detail: 'contains NUL characters' }] });
}
