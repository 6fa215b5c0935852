import { Type } from 'typebox';
import type { UserFeed } from '../../../platform/events/user-feed.ts';
import { defineRoute, type Route } from '../../../platform/http/route.ts';
import { sendStoredStream } from '../../../platform/http/send-stored-stream.ts';
import {
  ConversationNotFound,
  GenerationNotFound,
  GenerationRunning,
  IdempotencyKeyReused,
  InvalidPosition,
  MessageNotFound,
  ModeNotFound,
  NotAnAnswer,
  ParentNotAnAnswer,
  QuestionEmpty,
  QuestionTooLong,
  QuestionUnreadable,
} from '../conversations.errors.ts';
import {
  EventsQuery,
  Generation,
  Id,
  NewMessage,
  Regeneration,
  StartedGeneration,
} from '../conversations.schemas.ts';
import { questionBodyLimitBytes, requestIdentity } from '../request-identity.ts';
import type { FollowGeneration } from './follow-generation.ts';
import type { Generations } from './generations.service.ts';

export interface GenerationRouteOptions {
  generations: Generations;
  follow: FollowGeneration;
  userFeed: UserFeed;
}

/** Asking, answering again, following and stopping answers. */
export function generationRoutes(options: GenerationRouteOptions): Route[] {
  return [...askingRoutes(options), ...followingRoutes(options)];
}

function askingRoutes({ generations }: GenerationRouteOptions): Route[] {
  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/conversations/:conversation_id/messages',
      summary: 'Ask a question',
      description:
        'Starts a streamed answer. Without `parent_id` the question follows the active branch; with it a new branch begins there. Accepts Idempotency-Key.',
      tags: ['conversations'],
      access: 'session',
      bodyLimitBytes: questionBodyLimitBytes,
      params: Type.Object({ conversation_id: Id }),
      body: NewMessage,
      response: { 202: StartedGeneration },
      errors: [
        ConversationNotFound,
        MessageNotFound,
        ModeNotFound,
        GenerationRunning,
        ParentNotAnAnswer,
        QuestionEmpty,
        QuestionTooLong,
        QuestionUnreadable,
        IdempotencyKeyReused,
      ],
      handler: ({ actor, params, body, request }) => {
        const route = `ask ${params.conversation_id}`;
        const identity = requestIdentity(request.headers['idempotency-key'], route, body);
        return generations.ask(actor, params.conversation_id, body, identity);
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/conversations/:conversation_id/messages/:message_id/regenerate',
      summary: 'Answer again',
      description: 'Starts another answer to the same question, beside the first. Accepts Idempotency-Key.',
      tags: ['conversations'],
      access: 'session',
      params: Type.Object({ conversation_id: Id, message_id: Id }),
      body: Regeneration,
      response: { 202: StartedGeneration },
      errors: [
        ConversationNotFound,
        MessageNotFound,
        ModeNotFound,
        NotAnAnswer,
        GenerationRunning,
        IdempotencyKeyReused,
      ],
      handler: ({ actor, params, body, request }) => {
        const route = `regenerate ${params.conversation_id} ${params.message_id}`;
        const identity = requestIdentity(request.headers['idempotency-key'], route, body);
        return generations.regenerate(actor, params.conversation_id, params.message_id, body, identity);
      },
    }),
  ];
}

function followingRoutes({ generations, follow, userFeed }: GenerationRouteOptions): Route[] {
  const params = Type.Object({ generation_id: Id });
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/generations/:generation_id',
      summary: 'How an answer is doing',
      tags: ['conversations'],
      access: 'session',
      params,
      response: { 200: Generation },
      errors: [GenerationNotFound],
      handler: (context) => generations.get(context.actor, context.params.generation_id),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/generations/:generation_id/stop',
      summary: 'Stop an answer',
      description: 'What was written so far is kept. Stopping an answer that has ended changes nothing.',
      tags: ['conversations'],
      access: 'session',
      params,
      response: { 202: Generation },
      errors: [GenerationNotFound],
      handler: (context) => generations.stop(context.actor, context.params.generation_id),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/generations/:generation_id/events',
      summary: 'Follow an answer (server-sent events)',
      description:
        'Every event after `Last-Event-ID` (or `after_seq`) exactly once: first the stored ones, then live, until `end`. Answers 204 when nothing can come any more.',
      tags: ['conversations'],
      access: 'session',
      kind: 'stream',
      params,
      querystring: EventsQuery,
      response: { 200: Type.Unknown() },
      errors: [GenerationNotFound, InvalidPosition],
      handler: (context) => {
        const { actor, params, query } = context;
        return sendStoredStream(context, {
          userFeed,
          afterSeq: query.after_seq,
          invalidPosition: InvalidPosition,
          follow: (afterSeq, signal) => follow(actor, params.generation_id, afterSeq, signal),
        });
      },
    }),
  ];
}
