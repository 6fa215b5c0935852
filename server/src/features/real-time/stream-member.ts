import type { ProblemError } from '../../platform/errors.ts';
import type { StreamEvent } from '../../platform/events/event-log.ts';
import type { StreamSource } from '../../platform/events/stream-source.ts';
import type { Actor } from '../../platform/http/route.ts';
import { encodeFrame, type SocketConnection } from '../../platform/http/socket-connection.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { StreamFailed, StreamNotFound, TooManyStreams } from './real-time.errors.ts';

const maxStreams = 20;
/** All viewers of a stream are handed the same events: each is written once. */
const written = new WeakMap<StreamEvent, Buffer>();

export interface StreamMemberOptions {
  connection: SocketConnection;
  actor: Actor;
  sources: readonly StreamSource[];
  log: Logger;
}

/** The numbered streams that one connection follows. */
export class StreamMember {
  readonly #options: StreamMemberOptions;
  /** Made with the first one: most connections only wait for hints. */
  #followed: Map<string, AbortController> | undefined;

  constructor(options: StreamMemberOptions) {
    this.#options = options;
  }

  async resume(streamId: string, afterSeq: number): Promise<void> {
    this.leave(streamId);
    this.#followed ??= new Map();
    if (this.#followed.size >= maxStreams) return this.#refuse(streamId, TooManyStreams.with());
    const abort = new AbortController();
    this.#followed.set(streamId, abort);
    let events: AsyncIterable<StreamEvent[]> | undefined;
    try {
      events = await this.#find(streamId, afterSeq, abort.signal);
    } catch (error) {
      this.#forget(streamId, abort);
      return this.#fail(streamId, error);
    }
    if (!events) {
      this.#forget(streamId, abort);
      return this.#refuse(streamId, StreamNotFound.with());
    }
    void this.#carry(streamId, events, abort);
  }

  leave(streamId: string): void {
    this.#followed?.get(streamId)?.abort();
    this.#followed?.delete(streamId);
  }

  close(): void {
    for (const abort of this.#followed?.values() ?? []) abort.abort();
    this.#followed = undefined;
  }

  async #find(streamId: string, afterSeq: number, signal: AbortSignal) {
    for (const source of this.#options.sources) {
      const events = await source.follow(this.#options.actor, streamId, afterSeq, signal);
      if (events) return events;
    }
    return undefined;
  }

  /** Sends as fast as the client reads: while it does not, nothing more is taken from the log. */
  async #carry(streamId: string, batches: AsyncIterable<StreamEvent[]>, abort: AbortController) {
    const { connection } = this.#options;
    try {
      for await (const events of batches) {
        for (const event of events) {
          if (connection.blocked) await connection.drained();
          if (abort.signal.aborted) return;
          connection.send(frameOf(streamId, event));
        }
      }
      if (!abort.signal.aborted)
        connection.send(encodeFrame({ type: 'done', seq: null, stream: streamId, data: {} }));
    } catch (error) {
      if (!abort.signal.aborted) this.#fail(streamId, error);
    } finally {
      this.#forget(streamId, abort);
    }
  }

  #forget(streamId: string, abort: AbortController): void {
    if (this.#followed?.get(streamId) === abort) this.#followed.delete(streamId);
  }

  /** What was sent so far counts; the client resumes after it. */
  #fail(streamId: string, error: unknown): void {
    this.#options.log.warn({ err: error, stream_id: streamId }, 'a stream could not be followed');
    this.#refuse(streamId, StreamFailed.with());
  }

  #refuse(streamId: string, problem: ProblemError): void {
    const { code, status, detail } = problem;
    const data = { code, status, detail };
    this.#options.connection.send(encodeFrame({ type: 'error', seq: null, stream: streamId, data }));
  }
}

function frameOf(streamId: string, event: StreamEvent): Buffer {
  let frame = written.get(event);
  if (!frame) {
    frame = encodeFrame({ type: event.type, seq: event.seq, stream: streamId, data: event.data });
    written.set(event, frame);
  }
  return frame;
}
