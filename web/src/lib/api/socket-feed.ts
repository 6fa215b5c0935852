import { backoffMs, delay } from './backoff.ts';
import type { StreamState } from './event-stream.ts';
import { apiUrl } from './request.ts';

export interface SocketFeedOptions {
  /** Path below `/api/v1`. */
  path: string;
  onEvent: (type: string, data: unknown) => void;
  onState?: (state: StreamState) => void;
  /** Whether the server answers plain requests: then it is the way that drops WebSockets. */
  isReachable: () => Promise<boolean>;
  /** Renews the access cookie after the server said that it does not count any more. */
  refresh: () => Promise<'renewed' | 'ended'>;
  onSessionEnded?: () => void;
  /** A ticket that proves the sign-in again while the connection goes on. */
  ticket: () => Promise<string>;
  /** A connection that is silent for so long is taken for dead; the server pings more often than this. */
  silenceMs?: number;
  /** Milliseconds until the first frame must have come. */
  openMs?: number;
  open?: (path: string) => WebSocket;
  wait?: typeof delay;
}

export interface SocketFeed {
  close(): void;
  /** `blocked`: something on the way drops WebSockets. `refused`: the server wants none of this sign-in. */
  closed: Promise<'blocked' | 'refused' | 'closed'>;
}

/** How one connection went. */
type Outcome = 'progressed' | 'broken' | 'never_opened' | 'refused';

const sessionEndedCode = 4401;
const forbiddenCode = 4403;
/** The browser's own code for a connection that ended, or never came about, without a word (RFC 6455 §7.1.5). */
const brokenCode = 1006;
const silent = 'The connection was silent.';

/**
 * Follows a feed over a WebSocket. After a broken connection it connects again with jittered back-off; when none can be
 * opened although the server answers, it gives up so that server-sent events can take over (I14).
 */
export function createSocketFeed(options: SocketFeedOptions): SocketFeed {
  const feed = new ReconnectingSocket(options);
  return { close: () => feed.close(), closed: feed.run() };
}

class ReconnectingSocket {
  readonly #options: SocketFeedOptions;
  readonly #abort = new AbortController();
  #socket: WebSocket | null = null;

  constructor(options: SocketFeedOptions) {
    this.#options = options;
  }

  close(): void {
    this.#abort.abort();
    this.#socket?.close();
  }

  async run(): Promise<'blocked' | 'refused' | 'closed'> {
    const wait = this.#options.wait ?? delay;
    let attempt = 0;
    let unopened = 0;
    this.#options.onState?.('connecting');
    while (!this.#isClosed) {
      const outcome = await this.#connect();
      if (this.#isClosed) break;
      if (outcome === 'refused') return this.#end('refused');
      unopened = outcome === 'never_opened' && (await this.#options.isReachable()) ? unopened + 1 : 0;
      // Twice: the server may have come up just after the first attempt.
      if (unopened > 1 && !this.#isClosed) return this.#end('blocked');
      attempt = outcome === 'progressed' ? 0 : attempt + 1;
      this.#options.onState?.('reconnecting');
      await wait(backoffMs(attempt), this.#abort.signal).catch(() => undefined);
    }
    return this.#end('closed');
  }

  get #isClosed(): boolean {
    return this.#abort.signal.aborted;
  }

  #end(how: 'blocked' | 'refused' | 'closed') {
    // What is blocked here goes on in another way: the feed as a whole is not closed.
    this.#options.onState?.(how === 'blocked' ? 'reconnecting' : 'closed');
    return how;
  }

  async #connect(): Promise<Outcome> {
    const { outcome, code } = await this.#listen();
    if (this.#isClosed || code === undefined) return outcome;
    if (code === forbiddenCode) return 'refused';
    // A code from the server itself came over a WebSocket, so those are not blocked.
    if (code !== sessionEndedCode)
      return outcome === 'never_opened' && code !== brokenCode ? 'broken' : outcome;
    if ((await this.#options.refresh()) === 'renewed') return 'broken';
    this.#options.onSessionEnded?.();
    return 'refused';
  }

  /** Resolves when the connection is over, with the server's code when it gave one. */
  #listen(): Promise<{ outcome: Outcome; code?: number }> {
    const { openMs = 10_000, silenceMs = 60_000 } = this.#options;
    return new Promise((resolve) => {
      const socket = (this.#options.open ?? openSocket)(this.#options.path);
      this.#socket = socket;
      let outcome: Outcome = 'never_opened';
      let timer = setTimeout(() => finish(), openMs);
      const finish = (code?: number): void => {
        clearTimeout(timer);
        socket.onmessage = socket.onclose = null;
        socket.close(1000, silent);
        resolve(code === undefined ? { outcome } : { outcome, code });
      };
      socket.onopen = () => socket.send('{"type":"hello"}');
      socket.onclose = (event) => finish(event.code);
      socket.onmessage = (event) => {
        clearTimeout(timer);
        timer = setTimeout(() => finish(), silenceMs);
        if (outcome === 'never_opened') this.#options.onState?.('open');
        outcome = 'progressed';
        this.#receive(socket, JSON.parse(String(event.data)) as { type: string; data: unknown });
      };
    });
  }

  #receive(socket: WebSocket, frame: { type: string; data: unknown }): void {
    if (frame.type === 'renew') void this.#renew(socket);
    else if (frame.type !== 'ping') this.#options.onEvent(frame.type, frame.data);
  }

  async #renew(socket: WebSocket): Promise<void> {
    try {
      const ticket = await this.#options.ticket();
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: 'renew', ticket }));
    } catch {
      // The server ends the connection when its proof runs out, and connecting again proves the sign-in anew.
    }
  }
}

function openSocket(path: string): WebSocket {
  const url = new URL(apiUrl(path), location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(url);
}
