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
import { type ConversationState, lockConversation } from '../conversations.queries.ts';
import type {
  ChatMode,
  FirstQuestion,
  Generation,
  NewMessage,
  Regeneration,
  Scope,
  StartedGeneration,
} from '../conversations.schemas.ts';
import { findMessageNode, listMessages, type MessageNode } from '../messages.queries.ts';
import { assertSameRequest, type RequestIdentity } from '../request-identity.ts';
import { finishTaken } from './finish-generation.ts';
import type { ChatModeRuns } from './generation-ports.ts';
import {
  findGeneration,
  findGenerationByKey,
  listOpenGenerations,
  unscopedFindTask,
} from './generations.queries.ts';
import { type AnswerPlan, startAnswer } from './start-answer.ts';

export interface GenerationServiceOptions {
  modes: Pick<ChatModeRuns, 'assertUsable'>;
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

/** The verbs on generations: ask, answer again, read, stop. */
export function createGenerationService(options: GenerationServiceOptions) {
  const { db, engine, eventLog, userFeed } = options;

  const repeated = async (
    trx: Queryable,
    owner: Owner,
    identity: RequestIdentity,
  ): Promise<StartedGeneration | undefined> => {
    const before = await findGenerationByKey(trx, owner.userId, identity.key);
    if (!before) return undefined;
    assertSameRequest(identity, before.request_hash);
    const ids = { id: before.id, questionId: before.question_id, messageId: before.message_id };
    return readStarted(trx, owner, ids);
  };

  /** Runs `ask` under the conversation's lock, or answers what the same request started before. */
  const once = async (
    owner: Owner,
    conversationId: string,
    identity: RequestIdentity | undefined,
    ask: (trx: Queryable, conversation: ConversationState) => Promise<StartedGeneration | undefined>,
  ): Promise<StartedGeneration> =>
    db.transaction().execute(async (trx) => {
      const conversation = await lockConversation(trx, owner.userId, conversationId);
      if (!conversation || conversation.deleted_at) throw ConversationNotFound.with();
      const before = identity && (await repeated(trx, owner, identity));
      if (before) return before;
      const started = await ask(trx, conversation);
      if (!started) throw new Error('Nothing stood in the way of an answer, and yet it was not stored.');
      return started;
    });

  const announce = (owner: Owner, started: StartedGeneration): StartedGeneration => {
    engine.wake(started.generation.id);
    userFeed.changed(owner.userId, 'conversation', started.generation.conversation_id);
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
     * `conversations.message_not_found`, `conversations.mode_not_found`, `conversations.parent_not_an_answer`, `conversations.question_…`.
     */
    async ask(
      owner: Owner,
      conversationId: string,
      request: NewMessage,
      identity: RequestIdentity | undefined,
    ): Promise<StartedGeneration> {
      assertUsableQuestion(request.content);
      await options.modes.assertUsable(owner.userId, request.mode);
      const { parent_id: parentId } = request;
      const plan = planQuestion(owner, conversationId, request, identity);
      const started =
        (await startAnswer(db, options, plan)) ??
        (await once(owner, conversationId, identity, async (trx, conversation) => {
          const leafId = parentId === undefined ? conversation.active_leaf_id : parentId;
          if (leafId !== null) await assertAnswered(trx, conversationId, leafId);
          return startAnswer(trx, options, plan);
        }));
      return announce(owner, started);
    },

    /** Refuses what `askFirst` would refuse, before anything is stored. Throws `conversations.question_…`. */
    assertUsable: (content: string): void => assertUsableQuestion(content),

    /**
     * Stores the first question of a conversation that the same transaction stored; call `announce` after the commit.
     * `undefined` when the request's key was used before.
     */
    async askFirst(
      trx: Queryable,
      owner: Owner,
      conversationId: string,
      request: FirstQuestion,
      identity: RequestIdentity | undefined,
    ): Promise<StartedGeneration | undefined> {
      return startAnswer(trx, options, planQuestion(owner, conversationId, request, identity));
    },

    /** What an idempotency key started before; `undefined` when it is new. Throws `conversations.idempotency_key_reused`. */
    repeated,
    announce,

    /** Starts another answer to the same question. Throws as `ask`, and `conversations.not_an_answer`. */
    async regenerate(
      owner: Owner,
      conversationId: string,
      messageId: string,
      { model, mode }: Regeneration,
      identity: RequestIdentity | undefined,
    ): Promise<StartedGeneration> {
      await options.modes.assertUsable(owner.userId, mode);
      const started = await once(owner, conversationId, identity, async (trx, conversation) => {
        const answer = await getNode(trx, conversationId, messageId);
        if (answer.role !== 'assistant' || answer.parent_id === null) throw NotAnAnswer.with();
        if (answer.status === 'streaming') throw GenerationRunning.with();
        return startAnswer(trx, options, {
          id: uuidv7(),
          messageId: uuidv7(),
          ownerId: owner.userId,
          conversationId,
          questionId: answer.parent_id,
          ...(await wayOf(trx, answer.generation_id, conversation)),
          ...(mode === undefined ? { keepsMode: false } : { mode, keepsMode: true }),
          model,
          identity,
        });
      });
      return announce(owner, started);
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

function planQuestion(
  owner: Owner,
  conversationId: string,
  { content, parent_id: parentId, scope, mode, model, web_search: webSearch = false }: NewMessage,
  identity: RequestIdentity | undefined,
): AnswerPlan {
  return {
    id: uuidv7(),
    messageId: uuidv7(),
    ownerId: owner.userId,
    conversationId,
    questionId: uuidv7(),
    question: { content: content.toWellFormed(), parentId },
    scope,
    mode,
    keepsMode: true,
    model,
    webSearch,
    identity,
  };
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

/** An answer written again searches where the first one searched, and is written in the same mode. */
async function wayOf(
  trx: Queryable,
  generationId: string | null,
  conversation: ConversationState,
): Promise<{ scope: Scope; mode: ChatMode; webSearch: boolean }> {
  const task = generationId === null ? undefined : await unscopedFindTask(trx, generationId);
  const { scope, mode } = task ?? conversation;
  return { scope, mode, webSearch: task?.web_search ?? false };
}

function assertUsableQuestion(content: string): void {
  const sizeBytes = Buffer.byteLength(content);
  if (sizeBytes > maxQuestionBytes)
    throw QuestionTooLong.with({
      detail: `The question has ${Math.ceil(sizeBytes / 1024)} KB of text; ${maxQuestionBytes / 1024} KB are possible. Add long texts as documents and ask about them.`,
      reason: 'limit',
      params: { size_kb: Math.ceil(sizeBytes / 1024), limit_kb: maxQuestionBytes / 1024 },
      errors: [{ field: 'content', detail: `may have ${maxQuestionBytes} bytes of UTF-8` }],
    });
  if (content.trim() === '') throw QuestionEmpty.with({ errors: [{ field: 'content', detail: 'is empty' }] });
  if (content.includes('\0'))
    throw QuestionUnreadable.with({ errors: [{ field: 'content', detail: 'contains NUL characters' }] });
}
