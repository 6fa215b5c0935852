import { Type } from 'typebox';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import {
  ConversationNotFound,
  IdempotencyKeyReused,
  InvalidCursor,
  MessageNotFound,
  ModeNotFound,
  QuestionEmpty,
  QuestionTooLong,
  QuestionUnreadable,
  TitleInvalid,
  UndoExpired,
} from './conversations.errors.ts';
import {
  BegunConversation,
  BranchChoice,
  BranchQuery,
  Conversation,
  ConversationChange,
  ConversationPage,
  FirstQuestion,
  Id,
  ListQuery,
  MessagePage,
  NewConversation,
  Undo,
} from './conversations.schemas.ts';
import type { ConversationService } from './conversations.service.ts';
import { questionBodyLimitBytes, requestIdentity } from './request-identity.ts';

const shared = { tags: ['conversations'] as string[], access: 'session' as const };
const params = Type.Object({ conversation_id: Id });
const one = '/api/v1/conversations/:conversation_id';

/** Conversations and their branches. */
export function conversationRoutes(conversations: ConversationService): Route[] {
  return [...listRoutes(conversations), ...singleRoutes(conversations), ...branchRoutes(conversations)];
}

function listRoutes(conversations: ConversationService): Route[] {
  return [
    defineRoute({
      ...shared,
      method: 'GET',
      url: '/api/v1/conversations',
      summary: 'List or search conversations',
      description:
        'Pinned ones first, then by the latest change. `q` searches titles and messages by the beginnings of words.',
      querystring: ListQuery,
      response: { 200: ConversationPage },
      errors: [InvalidCursor],
      handler: ({ actor, query }) => conversations.list(actor, query),
    }),
    defineRoute({
      ...shared,
      method: 'POST',
      url: '/api/v1/conversations',
      summary: 'Begin a conversation',
      description: 'Accepts Idempotency-Key.',
      body: NewConversation,
      response: { 201: Conversation },
      errors: [ModeNotFound, TitleInvalid, IdempotencyKeyReused],
      handler: ({ actor, body, request }) => {
        const identity = requestIdentity(request.headers['idempotency-key'], 'conversation', body);
        return conversations.create(actor, body, identity);
      },
    }),
    defineRoute({
      ...shared,
      method: 'POST',
      url: '/api/v1/conversations/begin',
      summary: 'Begin a conversation with its first question',
      description:
        'Stores both or none, and starts a streamed answer. Accepts Idempotency-Key: a repeated request answers what the first one began.',
      bodyLimitBytes: questionBodyLimitBytes,
      body: FirstQuestion,
      response: { 201: BegunConversation },
      errors: [ModeNotFound, QuestionEmpty, QuestionTooLong, QuestionUnreadable, IdempotencyKeyReused],
      handler: ({ actor, body, request }) => {
        const identity = requestIdentity(request.headers['idempotency-key'], 'begin', body);
        return conversations.begin(actor, body, identity);
      },
    }),
  ];
}

function singleRoutes(conversations: ConversationService): Route[] {
  return [
    defineRoute({
      ...shared,
      method: 'GET',
      url: one,
      summary: 'A conversation',
      params,
      response: { 200: Conversation },
      errors: [ConversationNotFound],
      handler: (context) => conversations.get(context.actor, context.params.conversation_id),
    }),
    defineRoute({
      ...shared,
      method: 'PATCH',
      url: one,
      summary: 'Rename, pin, choose documents or a model',
      params,
      body: ConversationChange,
      response: { 200: Conversation },
      errors: [ConversationNotFound, ModeNotFound, TitleInvalid],
      handler: (context) => conversations.change(context.actor, context.params.conversation_id, context.body),
    }),
    defineRoute({
      ...shared,
      method: 'DELETE',
      url: one,
      summary: 'Delete a conversation',
      description: 'It can be restored until `undo_until`; then it is erased.',
      params,
      response: { 200: Undo },
      errors: [ConversationNotFound],
      handler: (context) => conversations.remove(context.actor, context.params.conversation_id),
    }),
    defineRoute({
      ...shared,
      method: 'POST',
      url: `${one}/restore`,
      summary: 'Undo a deletion',
      params,
      response: { 200: Conversation },
      errors: [ConversationNotFound, UndoExpired],
      handler: (context) => conversations.restore(context.actor, context.params.conversation_id),
    }),
  ];
}

function branchRoutes(conversations: ConversationService): Route[] {
  return [
    defineRoute({
      ...shared,
      method: 'GET',
      url: `${one}/messages`,
      summary: 'Messages of the active branch',
      description: 'Oldest first. `before` gives the part of the branch that ends before that message.',
      params,
      querystring: BranchQuery,
      response: { 200: MessagePage },
      errors: [ConversationNotFound, MessageNotFound],
      handler: (context) =>
        conversations.listMessages(context.actor, context.params.conversation_id, context.query),
    }),
    defineRoute({
      ...shared,
      method: 'POST',
      url: `${one}/branch`,
      summary: 'Make the branch through a message the active one',
      params,
      body: BranchChoice,
      response: { 200: Conversation },
      errors: [ConversationNotFound, MessageNotFound],
      handler: ({ actor, params: ids, body }) =>
        conversations.chooseBranch(actor, ids.conversation_id, body.message_id),
    }),
  ];
}
