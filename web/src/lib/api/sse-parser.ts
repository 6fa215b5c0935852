export interface ServerSentEvent {
  id: string | null;
  type: string;
  data: string;
}

/**
 * Parser of `text/event-stream` (WHATWG HTML 9.2.6): feed it text as it arrives, get whole events back.
 * Comments and unknown fields are skipped; an event without data is not delivered.
 */
export class SseParser {
  #rest = '';
  #data: string[] = [];
  #type = '';
  #id: string | null = null;

  push(text: string): ServerSentEvent[] {
    const events: ServerSentEvent[] = [];
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') this.#dispatch(events);
      else this.#field(line);
    }
    return events;
  }

  #field(line: string): void {
    if (line.startsWith(':')) return;
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') this.#data.push(value);
    else if (name === 'event') this.#type = value;
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
  }

  #dispatch(events: ServerSentEvent[]): void {
    if (this.#data.length > 0) {
      events.push({ id: this.#id, type: this.#type || 'message', data: this.#data.join('\n') });
    }
    this.#data = [];
    this.#type = '';
  }
}
