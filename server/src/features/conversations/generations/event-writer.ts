import type { EventLog, NewEvent } from '../../../platform/events/event-log.ts';

/** Small enough to feel immediate, long enough that a fast model costs few transactions. */
const flushEveryMs = 30;
const flushAtCharacters = 2_048;
const gatherMs = 8;
/** Above it the producer waits for the database instead of filling memory. */
const maxPendingCharacters = 64 * 1024;

type TextEvent = 'delta' | 'thinking';

/**
 * Appends one attempt's events in order. Text is coalesced: the first piece goes out at once, later ones in batches; an
 * append in flight collects what comes meanwhile. Viewers see an event only after it is stored.
 */
export interface EventWriter {
  push(event: NewEvent): void;
  /** Adds text. Resolves when there is room for more; rejects with what made an append fail. */
  text(type: TextEvent, text: string): Promise<void> | undefined;
  /** The answer's text is exactly this from here on. */
  rewind(text: string): void;
  /** Resolves when everything pushed so far is stored. Rejects with what made an append fail, such as `streams.fenced`. */
  flush(): Promise<void>;
  /** The answer's text so far, stored or about to be. */
  answer(): string;
}

/** A writer for one attempt at a stream; `onFailure` is called once, as soon as an append fails. */
export function createEventWriter(options: {
  eventLog: Pick<EventLog, 'append'>;
  streamId: string;
  attempt: number;
  onFailure: (error: unknown) => void;
}): EventWriter {
  const { eventLog, streamId, attempt } = options;
  let answerPieces: string[] = [];
  let pending: NewEvent[] = [];
  let pendingText: string[] = [];
  let pendingTextType: TextEvent = 'delta';
  let pendingCharacters = 0;
  let highSurrogate = '';
  let lastFlush = 0;
  let timer: NodeJS.Timeout | undefined;
  let inFlight: Promise<void> | undefined;
  let failure: { error: unknown } | undefined;

  const closeText = (): void => {
    if (pendingText.length === 0) return;
    pending.push({ type: pendingTextType, data: { text: pendingText.join('') } });
    pendingText = [];
  };

  const clearGathering = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };

  const start = (): void => {
    clearGathering();
    if (inFlight || failure) return;
    closeText();
    const batch = pending;
    pending = [];
    pendingCharacters = 0;
    lastFlush = performance.now();
    inFlight = eventLog
      .append(streamId, attempt, batch)
      .then(() => undefined)
      .catch((error: unknown) => {
        failure = { error };
        options.onFailure(error);
      })
      .finally(() => {
        inFlight = undefined;
        schedule();
      });
  };

  const schedule = (): void => {
    const nothing = pending.length === 0 && pendingText.length === 0;
    if (nothing || inFlight || failure) return;
    if (pendingCharacters >= flushAtCharacters) {
      start();
      return;
    }
    // Steps wait a moment for the first word of a fast model, which then needs no transaction of its own.
    const earliest = pendingCharacters === 0 ? performance.now() + gatherMs : lastFlush + flushEveryMs;
    const dueMs = earliest - performance.now();
    if (dueMs <= 0) start();
    else timer ??= setTimeout(start, dueMs);
  };

  const flush = async (): Promise<void> => {
    while (!failure && (inFlight || pending.length > 0 || pendingText.length > 0)) {
      start();
      await inFlight;
    }
    if (failure) throw failure.error;
  };

  return {
    push(event) {
      closeText();
      pending.push(event);
      schedule();
    },
    text(type, given) {
      if (failure) return Promise.reject(failure.error);
      const split = splitStorable(highSurrogate + given);
      highSurrogate = split.rest;
      if (split.text === '') return undefined;
      if (type !== pendingTextType) closeText();
      pendingTextType = type;
      pendingText.push(split.text);
      pendingCharacters += split.text.length;
      if (type === 'delta') answerPieces.push(split.text);
      if (pendingCharacters === split.text.length) clearGathering();
      schedule();
      return pendingCharacters > maxPendingCharacters ? flush() : undefined;
    },
    rewind(given) {
      const { text } = splitStorable(given);
      closeText();
      highSurrogate = '';
      answerPieces = [text];
      pending.push({ type: 'rewound', data: { text } });
      schedule();
    },
    flush,
    answer: () => answerPieces.join(''),
  };
}

/**
 * Text that PostgreSQL can store: no NUL, no half of a surrogate pair. A first half at the end is kept back for the
 * second half, which may come with the next piece.
 */
export function splitStorable(text: string): { text: string; rest: string } {
  const last = text.charCodeAt(text.length - 1);
  const cut = last >= 0xd800 && last <= 0xdbff ? text.length - 1 : text.length;
  const whole = text.slice(0, cut);
  const clean =
    whole.isWellFormed() && !whole.includes('\0') ? whole : whole.toWellFormed().replaceAll('\0', '\ufffd');
  return { text: clean, rest: text.slice(cut) };
}
