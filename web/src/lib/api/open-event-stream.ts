import { session } from './client.ts';
import { createEventStream, type EventStream, type EventStreamOptions } from './event-stream.ts';

/** Follows a server-sent event stream as the signed-in person; see {@link createEventStream}. */
export function openEventStream(options: EventStreamOptions): EventStream {
  return createEventStream({
    refresh: () => session.refresh(),
    onSessionEnded: () => session.ended(),
    ...options,
  });
}
