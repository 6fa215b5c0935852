import { type Static, Type } from 'typebox';
import type { StreamEvent } from '../../../platform/events/event-log.ts';
import type { UserFeed } from '../../../platform/events/user-feed.ts';
import { defineRoute, type Route } from '../../../platform/http/route.ts';
import { sendStoredStream } from '../../../platform/http/send-stored-stream.ts';
import {
  AnswerInterrupted,
  ConversationNotFound,
  GenerationRunning,
  IdempotencyKeyReused,
  InvalidPosition,
  ModeNotFound,
  QuestionEmpty,
  QuestionTooLong,
  QuestionUnreadable,
} from '../conversations.errors.ts';
import {
  type ChatMode,
  FirstQuestion,
  Id,
  Message,
  type StartedGeneration,
} from '../conversations.schemas.ts';
import type { ConversationService } from '../conversations.service.ts';
import { questionBodyLimitBytes, type RequestIdentity, requestIdentity } from '../request-identity.ts';
import type { FollowGeneration } from './follow-generation.ts';
import type { Generations } from './generations.service.ts';

export interface ChatRouteOptions {
  conversations: ConversationService;
  generations: Generations;
  follow: FollowGeneration;
  userFeed: UserFeed;
}

/** A question that is answered in one request. */
const ChatQuestion = Type.Object(
  { ...FirstQuestion.properties, conversation_id: Type.Optional(Id) },
  { additionalProperties: false },
);
type ChatQuestion = Static<typeof ChatQuestion>;
const ChatAnswer = Type.Object({ conversation_id: Id, message: Message });

/** Asking and being answered in one request, for programs: whole, or as it is written. */
export function chatRoutes(options: ChatRouteOptions): Route[] {
  return [
    chatRoute(options, {
      url: '/api/v1/chat',
      summary: 'Ask and be answered in one request',
      mode: undefined,
    }),
    chatRoute(options, {
      url: '/api/v1/conversation',
      summary: 'Ask and be answered in one request, as a fast conversation',
      mode: 'fast',
    }),
  ];
}

function chatRoute(
  options: ChatRouteOptions,
  { url, summary, mode }: { url: string; summary: string; mode: ChatMode | undefined },
): Route {
  const { follow, userFeed } = options;
  return defineRoute({
    method: 'POST',
    url,
    summary,
    description:
      'Begins a conversation, or goes on with `conversation_id`. Answers the whole message once it is there; with `Accept: text/event-stream` its events as they come, as `GET /generations/{id}/events` does. Whoever leaves loses nothing: the answer is written to its end. Accepts Idempotency-Key.',
    tags: ['conversations'],
    access: 'session',
    scope: 'conversations:write',
    kind: 'stream',
    bodyLimitBytes: questionBodyLimitBytes,
    body: ChatQuestion,
    response: { 200: ChatAnswer },
    errors: [
      ConversationNotFound,
      ModeNotFound,
      GenerationRunning,
      QuestionEmpty,
      QuestionTooLong,
      QuestionUnreadable,
      IdempotencyKeyReused,
      AnswerInterrupted,
    ],
    handler: async (context) => {
      const { actor, body, request, signal } = context;
      const question = mode === undefined ? body : { mode, ...body };
      const identity = requestIdentity(request.headers['idempotency-key'], `chat ${url}`, question);
      const { generation } = await start(options, actor, question, identity);
      if (wantsEvents(request.headers.accept))
        return sendStoredStream(context, {
          userFeed,
          afterSeq: 0,
          invalidPosition: InvalidPosition,
          follow: (afterSeq, until) => follow(actor, generation.id, afterSeq, until),
        });
      const message = await untilEnd(await follow(actor, generation.id, 0, signal));
      return { conversation_id: generation.conversation_id, message };
    },
  });
}

async function start(
  { conversations, generations }: ChatRouteOptions,
  actor: { userId: string },
  { conversation_id: conversationId, ...question }: ChatQuestion,
  identity: RequestIdentity | undefined,
): Promise<StartedGeneration> {
  if (conversationId !== undefined) return generations.ask(actor, conversationId, question, identity);
  return (await conversations.begin(actor, question, identity)).started;
}

function wantsEvents(accept: string | undefined): boolean {
  return accept?.includes('text/event-stream') ?? false;
}

/** The stored message, which the last event carries. Throws `conversations.interrupted` when none came. */
async function untilEnd(batches: AsyncIterable<StreamEvent[]> | undefined): Promise<Message> {
  for await (const events of batches ?? []) {
    const last = events.at(-1);
    if (last?.type === 'end') return (last.data as { message: Message }).message;
  }
  throw AnswerInterrupted.with();
}
