import type { FeedChange, FeedKind, UserFeed } from '../../platform/events/user-feed.ts';
import type { Actor } from '../../platform/http/route.ts';
import { encodeFrame, type SocketConnection } from '../../platform/http/socket-connection.ts';

const maxWaiting = 500;
const gapFrame = encodeFrame({ type: 'gap', seq: null, data: {} });
/** The same change goes to every connection of a person: it is written once. */
const written = new WeakMap<FeedChange, Buffer>();

/** Hints for one connection. While its client does not read, equal hints become one, and very many become a gap. */
export class FeedMember {
  readonly #connection: SocketConnection;
  readonly #unsubscribe: () => void;
  #waiting: Map<string, FeedChange> | undefined;
  #hasGap = false;
  #isSending = false;

  constructor(feed: UserFeed, connection: SocketConnection, actor: Actor, kinds?: ReadonlySet<FeedKind>) {
    this.#connection = connection;
    this.#unsubscribe = feed.subscribe(actor.userId, (change) => {
      if (!kinds || kinds.has(change.kind)) this.#push(change);
    });
  }

  noteGap(): void {
    this.#hasGap = true;
    void this.#sendWaiting();
  }

  close(): void {
    this.#unsubscribe();
  }

  #push(change: FeedChange): void {
    if (this.#waiting === undefined && !this.#connection.blocked) {
      this.#connection.send(frameOf(change));
      return;
    }
    this.#waiting ??= new Map();
    if (this.#waiting.size >= maxWaiting) this.#hasGap = true;
    else this.#waiting.set(`${change.kind} ${change.id}`, change);
    void this.#sendWaiting();
  }

  async #sendWaiting(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    while (this.#waiting || this.#hasGap) {
      await this.#connection.drained();
      const changes = this.#waiting;
      this.#waiting = undefined;
      // After a gap everything is read again anyway.
      if (this.#hasGap) this.#connection.send(gapFrame);
      else for (const change of changes?.values() ?? []) this.#connection.send(frameOf(change));
      this.#hasGap = false;
    }
    this.#isSending = false;
  }
}

function frameOf(change: FeedChange): Buffer {
  let frame = written.get(change);
  if (!frame) {
    frame = encodeFrame({ type: 'changed', seq: null, data: change });
    written.set(change, frame);
  }
  return frame;
}
