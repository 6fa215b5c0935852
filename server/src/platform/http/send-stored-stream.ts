import type { ErrorDefinition } from '../errors.ts';
import type { StreamEvent } from '../events/event-log.ts';
import type { UserFeed } from '../events/user-feed.ts';
import { openEventSource } from './event-source.ts';
import type { RouteContext } from './route.ts';

type Reader = Pick<
  RouteContext<undefined, undefined, undefined, 'session'>,
  'actor' | 'request' | 'reply' | 'signal'
>;

export interface StoredStream {
  userFeed: UserFeed;
  /** Of the query; the header of a reconnecting EventSource is newer than the address it was opened with. */
  afterSeq: number | undefined;
  /** Thrown for a `Last-Event-ID` that is no number. */
  invalidPosition: ErrorDefinition;
  /** `undefined` when nothing can come any more. Throws what tells that there is no such stream. */
  follow(afterSeq: number, signal: AbortSignal): Promise<AsyncIterable<StreamEvent[]> | undefined>;
}

/**
 * Sends the events of a stored stream after the reader's position as server-sent events until its end, or until the
 * reader goes or is signed out (S19).
 */
export async function sendStoredStream(reader: Reader, stream: StoredStream): Promise<unknown> {
  const { actor, request, reply, signal } = reader;
  const afterSeq = position(request.headers['last-event-id'], stream);
  const sessionEnd = new AbortController();
  const until = AbortSignal.any([signal, sessionEnd.signal]);
  const batches = await stream.follow(afterSeq, until);
  // A reconnecting EventSource takes 204 as "do not come back" (WHATWG HTML §9.2).
  if (!batches) return reply.code(204).send();
  const unsubscribe = stream.userFeed.subscribe(actor.userId, (change) => {
    if (change.kind === 'session' && change.id === actor.sessionId) sessionEnd.abort();
  });
  const writer = openEventSource(reply, signal);
  try {
    for await (const events of batches) await writer.sendAll(events);
  } finally {
    unsubscribe();
    writer.close();
  }
  return undefined;
}

function position(header: string | string[] | undefined, stream: StoredStream): number {
  if (header === undefined || header === '') return stream.afterSeq ?? 0;
  if (typeof header !== 'string' || !/^\d{1,9}$/.test(header)) throw stream.invalidPosition.with();
  return Number(header);
}
