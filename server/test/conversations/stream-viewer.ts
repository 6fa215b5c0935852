import type { Message } from '../../src/features/conversations/index.ts';

export interface SeenEvent {
  seq: number;
  type: string;
  data: Record<string, unknown>;
}

export interface ViewerOptions {
  url: string;
  headers: Record<string, string>;
  afterSeq?: number;
  /** Leave the stream once this event has come. */
  until?: (event: SeenEvent, all: SeenEvent[]) => boolean;
  signal?: AbortSignal;
}

/** Follows an event stream over HTTP as a browser does, until its end or `until`. Returns what came. */
export async function viewStream(options: ViewerOptions): Promise<SeenEvent[]> {
  const headers = {
    ...options.headers,
    ...(options.afterSeq ? { 'last-event-id': String(options.afterSeq) } : {}),
  };
  const response = await fetch(options.url, {
    headers,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  if (response.status !== 200) throw new Error(`stream answered ${response.status} ${await response.text()}`);
  const seen: SeenEvent[] = [];
  for await (const event of parseEvents(response)) {
    seen.push(event);
    // Leaving the loop cancels the body, and with it the connection.
    if (options.until?.(event, seen)) break;
  }
  return seen;
}

/** Reads `text/event-stream` (WHATWG HTML §9.2.6), as far as the server uses it. */
export async function* parseEvents(response: Response): AsyncGenerator<SeenEvent> {
  const decoder = new TextDecoder();
  let buffer = '';
  for await (const bytes of response.body ?? []) {
    buffer += decoder.decode(bytes as Uint8Array, { stream: true });
    const blocks = buffer.split('\n\n');
    buffer = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map(
        block
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      );
      const data = fields.get('data');
      if (data === undefined) continue;
      yield { seq: Number(fields.get('id')), type: fields.get('event') ?? 'message', data: JSON.parse(data) };
    }
  }
}

/** The text that a viewer shows after these events. */
export function shownText(events: SeenEvent[]): string {
  let text = '';
  for (const { type, data } of events) {
    if (type === 'restarted') text = '';
    else if (type === 'rewound') text = String(data.text);
    else if (type === 'delta') text += String(data.text);
  }
  return text;
}

/** The message that the `end` event carries. */
export function endMessage(events: SeenEvent[]): Message {
  const last = events.at(-1);
  if (last?.type !== 'end') throw new Error(`the stream ended with ${last?.type}`);
  return last.data.message as Message;
}
