import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import WebSocket, { type RawData } from 'ws';
import type { TestBrowser } from '../identity/client.ts';

export interface SeenFrame {
  type: string;
  seq: number | null;
  stream?: string;
  data: Record<string, unknown>;
}

export interface SocketOptions {
  /** The address that the app listens on. */
  url: string;
  channel?: string;
  /** Sends this browser's cookies. */
  browser?: TestBrowser;
  /** `null`: without Origin, as a program. By default the page's own. */
  origin?: string | null;
  /** In the address, as `?token=`. */
  token?: string;
  headers?: Record<string, string>;
}

/** A WebSocket as a page or a program opens it; remembers every frame. */
export class TestSocket {
  readonly frames: SeenFrame[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly raw: WebSocket;
  readonly #watchers = new Set<() => void>();
  #ended = false;

  private constructor(raw: WebSocket) {
    this.raw = raw;
    this.closed = new Promise((resolve) => {
      raw.once('close', (code, reason) => {
        this.#ended = true;
        for (const watcher of this.#watchers) watcher();
        resolve({ code, reason: String(reason) });
      });
    });
    raw.on('error', () => raw.terminate());
    raw.on('message', (data: RawData) => {
      this.frames.push(JSON.parse(String(data)) as SeenFrame);
      for (const watcher of this.#watchers) watcher();
    });
  }

  /** Opens it. Throws `Refused` with the answer when the upgrade was refused. */
  static async open(options: SocketOptions): Promise<TestSocket> {
    const raw = request(options);
    const socket = new TestSocket(raw);
    const refused = once(raw, 'unexpected-response').then(async ([, response]) => {
      throw await Refused.from(response as IncomingMessage);
    });
    await Promise.race([once(raw, 'open'), refused]);
    refused.catch(() => undefined);
    return socket;
  }

  say(message: unknown): void {
    this.raw.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** The first frame that fits, of those that came or will come. Throws when the connection ends before. */
  async frame(fits: (frame: SeenFrame) => boolean): Promise<SeenFrame> {
    for (;;) {
      const found = this.frames.find(fits);
      if (found) return found;
      if (this.#ended) throw new Error(`closed after ${this.frames.map((frame) => frame.type).join(', ')}`);
      await new Promise<void>((resolve) => {
        const watcher = (): void => {
          this.#watchers.delete(watcher);
          resolve();
        };
        this.#watchers.add(watcher);
      });
    }
  }

  ofType(type: string): Promise<SeenFrame> {
    return this.frame((frame) => frame.type === type);
  }

  async close(): Promise<void> {
    this.raw.terminate();
    await this.closed;
  }
}

/** The answer to an upgrade that was refused. */
export class Refused extends Error {
  readonly status: number;
  readonly body: string;

  constructor(status: number, body: string) {
    super(`refused with ${status}: ${body}`);
    this.status = status;
    this.body = body;
  }

  get code(): string {
    return (JSON.parse(this.body) as { code: string }).code;
  }

  static async from(response: IncomingMessage): Promise<Refused> {
    let body = '';
    for await (const chunk of response.setEncoding('utf8')) body += chunk;
    return new Refused(response.statusCode ?? 0, body);
  }
}

function request({
  url,
  channel = 'notifications',
  browser,
  origin,
  token,
  headers,
}: SocketOptions): WebSocket {
  const address = new URL(`/api/v1/ws/${channel}`, url);
  address.protocol = 'ws:';
  if (token !== undefined) address.searchParams.set('token', token);
  const cookie = browser && [...browser.jar].map(([name, value]) => `${name}=${value}`).join('; ');
  return new WebSocket(address, {
    headers: {
      ...(cookie ? { cookie } : {}),
      ...(origin === null ? {} : { origin: origin ?? new URL(url).origin }),
      ...headers,
    },
    perMessageDeflate: false,
  });
}

/** A ticket of this browser's sign-in. */
export async function ticketOf(browser: TestBrowser): Promise<string> {
  const response = await browser.request('POST', '/api/v1/auth/ws-ticket');
  if (response.statusCode !== 200) throw new Error(`ws-ticket answered ${response.statusCode}`);
  return (response.json() as { ticket: string }).ticket;
}
