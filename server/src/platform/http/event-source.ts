import type { FastifyReply } from 'fastify';
import type { StreamEvent } from '../events/event-log.ts';

const heartbeatMs = 15_000;

/** Writes server-sent events (WHATWG HTML §9.2) and respects a slow reader's back-pressure. */
export interface EventSourceWriter {
  send(event: { id?: number; type: string; data: unknown }): Promise<void>;
  sendAll(events: StreamEvent[]): Promise<void>;
  close(): void;
}

/** Takes the reply over and starts an event stream on it; `signal` aborts when the reader has gone or the server stops. */
export function openEventSource(reply: FastifyReply, signal: AbortSignal): EventSourceWriter {
  const { raw } = reply;
  reply.hijack();
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
    // The connection ends with the stream: kept alive, it would keep a stopping server from closing.
    connection: 'close',
  });
  raw.write(': open\n\n');
  const heartbeat = setInterval(() => raw.write(': alive\n\n'), heartbeatMs);
  const close = (): void => {
    clearInterval(heartbeat);
    raw.end();
  };
  // Also when the server stops: a reader that takes nothing must not keep it from closing.
  const leave = (): void => {
    if (raw.writableNeedDrain) raw.destroy();
    else raw.end();
    clearInterval(heartbeat);
  };
  signal.addEventListener('abort', leave, { once: true });
  const write = async (text: string): Promise<void> => {
    if (raw.writableEnded || raw.write(text) || raw.destroyed) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        raw.off('drain', done);
        raw.off('close', done);
        resolve();
      };
      raw.on('drain', done);
      raw.on('close', done);
    });
  };
  return {
    send: (event) => write(format(event.id, event.type, event.data)),
    sendAll: (events) => write(events.map((event) => format(event.seq, event.type, event.data)).join('')),
    close,
  };
}

function format(id: number | undefined, type: string, data: unknown): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}
