import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';

/** Codes of RFC 6455 §7.4.2 for private use: the HTTP status that says the same, plus 4000. */
export const closeCodes = {
  badFrame: 4400,
  sessionEnded: 4401,
  forbidden: 4403,
  notReading: 4408,
  tooMany: 4429,
  stopping: 1012,
  retry: 1013,
} as const;

export interface Frame {
  type: string;
  /** Number in its stream; `null` for what is in no numbered stream. */
  seq: number | null;
  /** Which stream, where a connection carries several. */
  stream?: string;
  data: unknown;
}

/** Prepared once for however many connections get it. */
export function encodeFrame(frame: Frame): Buffer {
  return Buffer.from(JSON.stringify(frame));
}

const asText = { binary: false } as const;

/** One open WebSocket: text frames out with back-pressure, text messages in. */
export class SocketConnection {
  /** When the client last gave a sign of life. */
  lastHeardMs: number;
  /** Since when nothing could be written because the client does not read; 0 while it reads. */
  blockedSinceMs = 0;
  /** No frame goes out or counts any more; the closing handshake may still be under way. */
  closing = false;
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;

  constructor(webSocket: WebSocket, socket: Socket) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.lastHeardMs = Date.now();
    webSocket.on('pong', () => this.#heard());
  }

  /** `onMessage` gets text; anything binary arrives as `undefined`. Both are called only while the connection counts. */
  listen(onMessage: (text: string | undefined) => void, onClose: () => void): void {
    this.#webSocket.on('message', (data: RawData, isBinary: boolean) => {
      this.#heard();
      if (!this.closing) onMessage(isBinary ? undefined : String(data));
    });
    // A ping costs us an answer, so it counts like a message: as one that says nothing.
    this.#webSocket.on('ping', () => {
      this.#heard();
      if (!this.closing) onMessage('{"type":"pong"}');
    });
    // Broken framing and oversize messages: the library closes with the code that RFC 6455 has for them.
    this.#webSocket.on('error', () => {
      this.closing = true;
    });
    this.#webSocket.once('close', () => {
      this.closing = true;
      onClose();
    });
  }

  /** True while what was sent last has not been taken: more would only pile up in memory. */
  get blocked(): boolean {
    return this.#socket.writableNeedDrain;
  }

  send(frame: Buffer): void {
    if (!this.closing) this.#webSocket.send(frame, asText);
  }

  /** Asks the client's WebSocket for a sign of life; browsers answer by themselves (RFC 6455 §5.5.2). */
  ping(): void {
    if (!this.closing) this.#webSocket.ping();
  }

  /** Resolves when the client has taken what was sent, or has gone. */
  drained(): Promise<void> {
    const socket = this.#socket;
    if (!socket.writableNeedDrain || socket.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        socket.off('drain', done);
        socket.off('close', done);
        this.blockedSinceMs = 0;
        resolve();
      };
      socket.on('drain', done);
      socket.on('close', done);
    });
  }

  /** Says why and closes; cuts the connection when the client does not confirm within two seconds. */
  close(code: number, reason: string): void {
    if (this.closing) return;
    this.closing = true;
    this.#webSocket.close(code, reason);
  }

  cut(): void {
    this.closing = true;
    this.#webSocket.terminate();
  }

  #heard(): void {
    this.lastHeardMs = Date.now();
  }
}
