import { ApiProblem, ConnectionProblem, problemFromAnswer } from './api-problem.ts';
import { backoffMs, delay } from './backoff.ts';
import { apiUrl } from './request.ts';
import { SseParser } from './sse-parser.ts';

export type StreamState = 'connecting' | 'open' | 'reconnecting' | 'closed';

export interface EventStreamOptions {
  /** Path below `/api/v1`. */
  path: string;
  /** Called once per event, in order. `seq` is null for streams without numbers. */
  onEvent: (type: string, data: unknown, seq: number | null) => void;
  onState?: (state: StreamState) => void;
  /** The server refused for good (not found, session ended); the stream is closed then. */
  onRefused?: (problem: ApiProblem) => void;
  /** Events up to this number are known already. */
  afterSeq?: number;
  /** Event types after which the stream is complete. */
  endTypes?: string[];
  /** A connection that is silent for so long is taken for dead; the server pings more often than this. */
  silenceMs?: number;
  fetch?: typeof globalThis.fetch;
  /** Renews the access cookie after a 401; see `SessionPort.refresh`. */
  refresh?: () => Promise<'renewed' | 'ended'>;
  onSessionEnded?: () => void;
  wait?: typeof delay;
}

export interface EventStream {
  close(): void;
  /** Resolves when the stream is closed for whatever reason. */
  closed: Promise<void>;
  lastSeq(): number;
}

/**
 * Follows a numbered server-sent event stream over fetch. After a broken connection it reconnects with jittered
 * back-off and asks for what follows the last number; numbers already seen are dropped, so no event is
 * delivered twice.
 */
export function createEventStream(options: EventStreamOptions): EventStream {
  const stream = new ResumingStream(options);
  return {
    close: () => stream.close(),
    closed: stream.run(),
    lastSeq: () => stream.lastSeq,
  };
}

class ResumingStream {
  lastSeq: number;
  #options: EventStreamOptions;
  #abort = new AbortController();
  #ended = false;

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.lastSeq = options.afterSeq ?? 0;
  }

  close(): void {
    this.#ended = true;
    this.#abort.abort(new DOMException('Closed', 'AbortError'));
  }

  async run(): Promise<void> {
    const wait = this.#options.wait ?? delay;
    let attempt = 0;
    this.#options.onState?.('connecting');
    while (!this.#ended) {
      const seenBefore = this.lastSeq;
      const outcome = await this.#connect();
      if (this.#ended || outcome === 'refused') break;
      attempt = outcome === 'progressed' || this.lastSeq > seenBefore ? 0 : attempt + 1;
      this.#options.onState?.('reconnecting');
      await wait(backoffMs(attempt), this.#abort.signal).catch(() => undefined);
    }
    this.#options.onState?.('closed');
  }

  async #connect(): Promise<'broken' | 'progressed' | 'refused'> {
    const connectionAbort = new AbortController();
    const signal = AbortSignal.any([this.#abort.signal, connectionAbort.signal]);
    let received = false;
    try {
      const response = await this.#fetch(signal);
      this.#options.onState?.('open');
      await this.#read(response, connectionAbort, () => {
        received = true;
      });
    } catch (error) {
      if (error instanceof ApiProblem && !isTemporary(error)) {
        if (!this.#ended) this.#options.onRefused?.(error);
        return 'refused';
      }
      if (!isExpectedBreak(error)) throw error;
    }
    return received ? 'progressed' : 'broken';
  }

  async #fetch(signal: AbortSignal): Promise<Response> {
    const response = await this.#request(signal);
    if (response.status !== 401 || !this.#options.refresh) return await accepted(response);
    if ((await this.#options.refresh()) === 'ended') {
      this.#options.onSessionEnded?.();
      return await accepted(response);
    }
    return await accepted(await this.#request(signal));
  }

  async #request(signal: AbortSignal): Promise<Response> {
    const send = this.#options.fetch ?? globalThis.fetch;
    const headers: Record<string, string> = { accept: 'text/event-stream' };
    if (this.lastSeq > 0) headers['last-event-id'] = String(this.lastSeq);
    const request = { headers, signal, credentials: 'same-origin', cache: 'no-store' } as const;
    try {
      return await send(apiUrl(this.#options.path), request);
    } catch (error) {
      if (signal.aborted) throw error;
      throw new ConnectionProblem('network');
    }
  }

  async #read(response: Response, connection: AbortController, onChunk: () => void): Promise<void> {
    if (!response.body) return;
    const parser = new SseParser();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const silenceMs = this.#options.silenceMs ?? 60_000;
    const restart = () => setTimeout(() => connection.abort(new ConnectionProblem('timeout')), silenceMs);
    let silence = restart();
    try {
      for (;;) {
        const { value, done } = await reader.read();
        clearTimeout(silence);
        if (done) return;
        silence = restart();
        onChunk();
        for (const event of parser.push(value)) this.#deliver(event.id, event.type, event.data);
        if (this.#ended) return;
      }
    } finally {
      clearTimeout(silence);
      connection.abort(new DOMException('Read to the end', 'AbortError'));
    }
  }

  #deliver(id: string | null, type: string, data: string): void {
    if (this.#ended) return;
    const seq = id !== null && /^\d+$/.test(id) ? Number(id) : null;
    if (seq !== null) {
      if (seq <= this.lastSeq) return;
      this.lastSeq = seq;
    }
    this.#options.onEvent(type, JSON.parse(data), seq);
    if (this.#options.endTypes?.includes(type)) this.close();
  }
}

async function accepted(response: Response): Promise<Response> {
  if (response.ok) return response;
  throw problemFromAnswer(
    response.status,
    response.headers.get('content-type'),
    await response.text(),
    response.headers.get('retry-after'),
  );
}

function isTemporary(problem: ApiProblem): boolean {
  return problem.status >= 500 || problem.status === 429 || problem.status === 408;
}

/** A broken connection shows as an abort, a TypeError of the stream, a ConnectionProblem or a 5xx. */
function isExpectedBreak(error: unknown): boolean {
  return (
    error instanceof ConnectionProblem ||
    error instanceof ApiProblem ||
    error instanceof TypeError ||
    (error instanceof DOMException && error.name === 'AbortError')
  );
}
