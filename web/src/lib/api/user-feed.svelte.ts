import type { ChangedEvent } from '@aiwfe/api-client';
import { checkConnection } from './connection-probe.ts';
import { type EventStream, openEventStream, type StreamState } from './index.ts';

type Kind = ChangedEvent['kind'];
type Subscriber = (id: string) => void;

/**
 * The person's event feed: hints that something changed elsewhere (another tab, the worker). It is not
 * replayed, so subscribers hear `'*'` after a reconnection and read again what they show.
 */
class UserFeed {
  state = $state<StreamState>('closed');
  #subscribers = new Map<Kind, Set<Subscriber>>();
  #stream: EventStream | null = null;
  /** Something may have changed while the feed could not tell. */
  #hasGap = false;

  /** Calls back with the id of each changed object of `kind`; returns how to end that. */
  subscribe(kind: Kind, subscriber: Subscriber): () => void {
    const subscribers = this.#subscribers.get(kind) ?? new Set<Subscriber>();
    this.#subscribers.set(kind, subscribers.add(subscriber));
    return () => subscribers.delete(subscriber);
  }

  /** Starts following; does nothing when it follows already. */
  start(): void {
    if (this.#stream) return;
    this.#hasGap = false;
    this.#stream = openEventStream({
      path: '/events',
      onState: (state) => this.#changeState(state),
      onEvent: (type, data) => {
        if (type === 'changed') this.#publish(data as ChangedEvent);
      },
    });
  }

  stop(): void {
    this.#stream?.close();
    this.#stream = null;
  }

  #changeState(state: StreamState): void {
    this.state = state;
    // Nothing else may be asked for a long time: a person who only types learns from this that the server is away.
    if (state === 'reconnecting') {
      this.#hasGap = true;
      void checkConnection();
    }
    if (state !== 'open') return;
    if (this.#hasGap) {
      for (const kind of this.#subscribers.keys()) this.#publish({ kind, id: '*' });
    }
    this.#hasGap = false;
  }

  #publish(event: ChangedEvent): void {
    for (const subscriber of this.#subscribers.get(event.kind) ?? []) subscriber(event.id);
  }
}

export const userFeed = new UserFeed();
