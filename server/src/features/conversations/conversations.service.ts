import { v7 as uuidv7 } from 'uuid';
import type { Database, DatabaseTransaction } from '../../platform/database/database.ts';
import type { WorkflowEngine } from '../../platform/durable/workflow-engine.ts';
import type { UserFeed } from '../../platform/events/user-feed.ts';
import { decodeCursor, encodeCursor } from './conversation-cursor.ts';
import {
  ConversationNotFound,
  IdempotencyKeyReused,
  MessageNotFound,
  TitleInvalid,
  UndoExpired,
} from './conversations.errors.ts';
import {
  findActiveLeaf,
  findConversation,
  findConversationByKey,
  insertConversation,
  listConversations,
  lockConversation,
  searchConversations,
  setActiveLeaf,
  setDeleted,
  updateConversation,
} from './conversations.queries.ts';
import type {
  BegunConversation,
  Conversation,
  ConversationChange,
  FirstQuestion,
  Message,
  NewConversation,
  StartedGeneration,
} from './conversations.schemas.ts';
import type { ChatModeRuns } from './generations/generation-ports.ts';
import type { Generations } from './generations/generations.service.ts';
import { findMessageNode, findNewestLeaf, listBranch } from './messages.queries.ts';
import { purgeWorkflowName } from './purge.workflow.ts';
import { assertSameRequest, type RequestIdentity } from './request-identity.ts';

/** How long a deletion can be undone. */
export const undoWindowMs = 10_000;
const untitled = 'New conversation';

export interface Owner {
  userId: string;
}

export interface ConversationServiceOptions {
  db: Database;
  engine: WorkflowEngine;
  userFeed: UserFeed;
  clock: () => Date;
  modes: Pick<ChatModeRuns, 'assertUsable'>;
  generations: Pick<Generations, 'stopAllIn' | 'assertUsable' | 'askFirst' | 'repeated' | 'announce'>;
}

export type ConversationService = ReturnType<typeof createConversationService>;

/** The verbs on conversations. All are the owner's alone: other people's ids answer as unknown ones (S30). */
export function createConversationService(options: ConversationServiceOptions) {
  const { db, engine, userFeed, clock } = options;

  const get = async (owner: Owner, conversationId: string): Promise<Conversation> => {
    const conversation = await findConversation(db, owner.userId, conversationId);
    if (!conversation) throw ConversationNotFound.with();
    return conversation;
  };
  const announce = (owner: Owner, id: string): void => userFeed.changed(owner.userId, 'conversation', id);

  return {
    /** A conversation. Throws `conversations.not_found`. */
    get,

    /** One page, newest first; with `text` only those that contain its words. Throws `conversations.invalid_cursor`. */
    async list(owner: Owner, query: { cursor?: string; limit?: number; q?: string }) {
      const limit = query.limit ?? 30;
      const position = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
      const text = query.q?.trim().replaceAll('\0', '') ?? '';
      const page = { ownerId: owner.userId, position, limit: limit + 1 };
      const found = text
        ? await searchConversations(db, { ...page, text })
        : await listConversations(db, page);
      const items = found.slice(0, limit);
      const last = items.at(-1);
      const more = found.length > limit && last !== undefined;
      return {
        items,
        next_cursor: more
          ? encodeCursor({ pinned: last.pinned, updatedAt: last.updated_at, id: last.id })
          : null,
      };
    },

    /** A new conversation; the one made before when the request repeats its idempotency key. */
    async create(
      owner: Owner,
      wanted: NewConversation,
      identity: RequestIdentity | undefined,
    ): Promise<Conversation> {
      await options.modes.assertUsable(owner.userId, wanted.mode);
      const id = uuidv7();
      const title = wanted.title === undefined ? undefined : cleanTitle(wanted.title);
      const inserted = await insertConversation(db, {
        id,
        ownerId: owner.userId,
        title: title ?? untitled,
        titleSource: title === undefined ? 'none' : 'person',
        scope: wanted.scope ?? { kind: 'all' },
        mode: wanted.mode ?? 'simple',
        model: wanted.model ?? null,
        idempotencyKey: identity?.key ?? null,
        requestHash: identity?.hash ?? null,
      });
      if (inserted || !identity) {
        announce(owner, id);
        return get(owner, id);
      }
      const before = await findConversationByKey(db, owner.userId, identity.key);
      assertSameRequest(identity, before?.request_hash ?? null);
      return get(owner, before?.id ?? id);
    },

    /**
     * A new conversation together with its first question: both are stored or none is, so that a page that is left while
     * it sends leaves no empty conversation behind. Throws `conversations.question_…`, `conversations.idempotency_key_reused`.
     */
    async begin(
      owner: Owner,
      question: FirstQuestion,
      identity: RequestIdentity | undefined,
    ): Promise<BegunConversation> {
      options.generations.assertUsable(question.content);
      await options.modes.assertUsable(owner.userId, question.mode);
      const started = await db
        .transaction()
        .execute((trx) => beginIn(trx, options, owner, question, identity));
      options.generations.announce(owner, started);
      return { conversation: await get(owner, started.generation.conversation_id), started };
    },

    /** Renames, pins, chooses documents or a model. Throws `conversations.not_found`, `conversations.title_invalid`. */
    async change(owner: Owner, conversationId: string, change: ConversationChange): Promise<Conversation> {
      await options.modes.assertUsable(owner.userId, change.mode);
      const cleaned = change.title === undefined ? change : { ...change, title: cleanTitle(change.title) };
      const changes = Object.values(cleaned).some((value) => value !== undefined);
      if (changes && !(await updateConversation(db, owner.userId, conversationId, cleaned)))
        throw ConversationNotFound.with();
      const conversation = await get(owner, conversationId);
      if (changes) announce(owner, conversationId);
      return conversation;
    },

    /** Deletes; for ten seconds `restore` brings it back, then a durable run erases it. Running answers are stopped. */
    async remove(owner: Owner, conversationId: string): Promise<{ undo_until: string }> {
      const deletedAt = clock();
      await db.transaction().execute(async (trx) => {
        const state = await lockConversation(trx, owner.userId, conversationId);
        if (!state || state.deleted_at) throw ConversationNotFound.with();
        await setDeleted(trx, conversationId, deletedAt);
        const input = { conversationId, deletedAt: deletedAt.toISOString() };
        await engine.start(trx, { name: purgeWorkflowName, workflowId: uuidv7(), input });
      });
      engine.wake();
      await options.generations.stopAllIn(conversationId);
      announce(owner, conversationId);
      return { undo_until: new Date(deletedAt.getTime() + undoWindowMs).toISOString() };
    },

    /** Takes a deletion back. Throws `conversations.undo_expired`, `conversations.not_found`. */
    async restore(owner: Owner, conversationId: string): Promise<Conversation> {
      await db.transaction().execute(async (trx) => {
        const state = await lockConversation(trx, owner.userId, conversationId);
        if (!state) throw ConversationNotFound.with();
        if (!state.deleted_at) return;
        if (clock().getTime() - state.deleted_at.getTime() > undoWindowMs) throw UndoExpired.with();
        await setDeleted(trx, conversationId, null);
      });
      announce(owner, conversationId);
      return get(owner, conversationId);
    },

    /** A window of the active branch, oldest first, that ends before `before` or at the branch's end. */
    async listMessages(
      owner: Owner,
      conversationId: string,
      window: { before?: string; limit?: number },
    ): Promise<{ items: Message[]; has_more: boolean }> {
      const state = await findActiveLeaf(db, owner.userId, conversationId);
      if (!state) throw ConversationNotFound.with();
      if (window.before && !(await findMessageNode(db, conversationId, window.before)))
        throw MessageNotFound.with();
      const leafId = window.before ?? state.active_leaf_id;
      if (leafId === null) return { items: [], has_more: false };
      const exclusive = window.before !== undefined;
      const branch = await listBranch(db, { conversationId, leafId, limit: window.limit ?? 50, exclusive });
      return { items: branch.items, has_more: branch.hasMore };
    },

    /** Makes the branch through a message the active one. Throws `conversations.message_not_found`. */
    async chooseBranch(owner: Owner, conversationId: string, messageId: string): Promise<Conversation> {
      await db.transaction().execute(async (trx) => {
        const state = await lockConversation(trx, owner.userId, conversationId);
        if (!state || state.deleted_at) throw ConversationNotFound.with();
        if (!(await findMessageNode(trx, conversationId, messageId))) throw MessageNotFound.with();
        await setActiveLeaf(trx, conversationId, await findNewestLeaf(trx, messageId));
      });
      announce(owner, conversationId);
      return get(owner, conversationId);
    },
  };
}

async function beginIn(
  trx: DatabaseTransaction,
  { generations }: ConversationServiceOptions,
  owner: Owner,
  question: FirstQuestion,
  identity: RequestIdentity | undefined,
): Promise<StartedGeneration> {
  const id = uuidv7();
  const inserted = await insertConversation(trx, {
    id,
    ownerId: owner.userId,
    title: untitled,
    titleSource: 'none',
    scope: question.scope ?? { kind: 'all' },
    mode: question.mode ?? 'simple',
    model: question.model ?? null,
    idempotencyKey: identity?.key ?? null,
    requestHash: identity?.hash ?? null,
  });
  const started = inserted
    ? await generations.askFirst(trx, owner, id, question, identity)
    : identity && (await generations.repeated(trx, owner, identity));
  // The key belongs to a request of another kind: it made a conversation without a question, or an answer elsewhere.
  if (!started) throw IdempotencyKeyReused.with();
  return started;
}

function cleanTitle(title: string): string {
  const cleaned = title.replace(/[\p{Cc}\s]+/gu, ' ').trim();
  if (cleaned === '') throw TitleInvalid.with();
  return cleaned;
}
