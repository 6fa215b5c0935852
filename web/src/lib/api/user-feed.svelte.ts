import type { ChangedEvent } from '@aiwfe/api-client';
import { checkConnection } from './connection-probe.ts';
import { api, connection, type EventStream, openEventStream, type StreamState, session } from './index.ts';
import { createSocketFeed, type SocketFeed } from './socket-feed.ts';

type Kind = ChangedEvent['kind'];
type Subscriber = (id: string) => void;

/** Set for the tab once something between it and the server was found to drop WebSockets (I14). */
const blockedKey = 'aiwfe.sockets-blocked';

/**
 * The person's event feed: hints that something changed elsewhere (another tab, the worker). It comes over a WebSocket,
 * or as server-sent events where those are dropped on the way. It is not replayed, so subscribers hear `'*'` once it is
 * open, at first and after each reconnection, and read again what they show.
 */
class UserFeed {
  state = $state<StreamState>('closed');
  /** How hints come, for diagnostics. */
  transport = $state<'socket' | 'events'>('socket');
  #subscribers = new Map<Kind, Set<Subscriber>>();
  #stream: Pick<EventStream | SocketFeed, 'close'> | null = null;
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
    // What pages read before the feed was open may have changed since.
    this.#hasGap = true;
    if (sessionStorage.getItem(blockedKey)) this.#followEvents();
    else void this.#followSocket();
  }

  stop(): void {
    this.#stream?.close();
    this.#stream = null;
  }

  async #followSocket(): Promise<void> {
    this.transport = 'socket';
    const socket = createSocketFeed({
      path: '/ws/notifications',
      onState: (state) => this.#changeState(state),
      onEvent: (type, data) => this.#receive(type, data),
      isReachable: async () => {
        await checkConnection();
        return connection.reachable;
      },
      refresh: () => session.refresh(),
      onSessionEnded: () => session.ended(),
      ticket: async () => (await api.post<{ ticket: string }>('/auth/ws-ticket')).ticket,
    });
    this.#stream = socket;
    if ((await socket.closed) !== 'blocked' || this.#stream !== socket) return;
    sessionStorage.setItem(blockedKey, '1');
    this.#followEvents();
  }

  #followEvents(): void {
    this.transport = 'events';
    this.#stream = openEventStream({
      path: '/events',
      onState: (state) => this.#changeState(state),
      onEvent: (type, data) => this.#receive(type, data),
    });
  }

  #receive(type: string, data: unknown): void {
    if (type === 'changed') this.#publish(data as ChangedEvent);
    else if (type === 'gap') this.#publishGap();
  }

  #changeState(state: StreamState): void {
    this.state = state;
    // Nothing else may be asked for a long time: a person who only types learns from this that the server is away.
    if (state === 'reconnecting') {
      this.#hasGap = true;
      void checkConnection();
    }
    if (state !== 'open') return;
    if (this.#hasGap) this.#publishGap();
    this.#hasGap = false;
  }

  #publishGap(): void {
    for (const kind of this.#subscribers.keys()) this.#publish({ kind, id: '*' });
  }

  #publish(event: ChangedEvent): void {
    for (const subscriber of this.#subscribers.get(event.kind) ?? []) subscriber(event.id);
  }
}

export const userFeed = new UserFeed();
