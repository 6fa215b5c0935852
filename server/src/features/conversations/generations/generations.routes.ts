import { Type } from 'typebox';
import type { EventLog } from '../../../platform/events/event-log.ts';
import type { UserFeed } from '../../../platform/events/user-feed.ts';
import { openEventSource } from '../../../platform/http/event-source.ts';
import { defineRoute, type Route, type RouteContext } from '../../../platform/http/route.ts';
import {
  ConversationNotFound,
  GenerationNotFound,
  GenerationRunning,
  IdempotencyKeyReused,
  InvalidPosition,
  MessageNotFound,
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
import { requestIdentity } from '../request-identity.ts';
import type { Generations } from './generations.service.ts';

/** 100 KB of text may take six times as much as escaped JSON. */
const questionBodyLimitBytes = 700 * 1024;

export interface GenerationRouteOptions {
  generations: Generations;
  eventLog: EventLog;
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
      errors: [ConversationNotFound, MessageNotFound, NotAnAnswer, GenerationRunning, IdempotencyKeyReused],
      handler: ({ actor, params, body, request }) => {
        const route = `regenerate ${params.conversation_id} ${params.message_id}`;
        const identity = requestIdentity(request.headers['idempotency-key'], route, body);
        return generations.regenerate(actor, params.conversation_id, params.message_id, body.model, identity);
      },
    }),
  ];
}

function followingRoutes(options: GenerationRouteOptions): Route[] {
  const { generations } = options;
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
      handler: (context) => follow(options, context, context.params.generation_id, context.query.after_seq),
    }),
  ];
}

async function follow(
  { generations, eventLog, userFeed }: GenerationRouteOptions,
  context: Pick<
    RouteContext<undefined, undefined, undefined, 'session'>,
    'actor' | 'request' | 'reply' | 'signal'
  >,
  generationId: string,
  afterSeqOfQuery: number | undefined,
): Promise<unknown> {
  const { actor, request, reply, signal } = context;
  const generation = await generations.get(actor, generationId);
  const afterSeq = position(request.headers['last-event-id'], afterSeqOfQuery);
  // A reconnecting EventSource takes 204 as "do not come back" (WHATWG HTML §9.2).
  if (generation.ended_at !== null && afterSeq >= generation.last_seq) return reply.code(204).send();
  const sessionEnd = new AbortController();
  const unsubscribe = userFeed.subscribe(actor.userId, (change) => {
    if (change.kind === 'session' && change.id === actor.sessionId) sessionEnd.abort();
  });
  const until = AbortSignal.any([signal, sessionEnd.signal]);
  const writer = openEventSource(reply, signal);
  try {
    for await (const events of eventLog.follow(generation.id, afterSeq, until)) await writer.sendAll(events);
  } finally {
    unsubscribe();
    writer.close();
  }
  return undefined;
}

/** The header of a reconnecting EventSource is newer than the address it was opened with. */
function position(lastEventId: string | string[] | undefined, afterSeq: number | undefined): number {
  if (lastEventId === undefined || lastEventId === '') return afterSeq ?? 0;
  const seq = Number(lastEventId);
  if (!/^\d{1,9}$/.test(String(lastEventId))) throw InvalidPosition.with();
  return seq;
}
