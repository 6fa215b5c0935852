import type { EventLog, NewEvent } from '../../../platform/events/event-log.ts';

const flushEveryMs = 100;
/** The first words of a step are waited for. */
const firstFlushMs = 10;
const maxPending = 256 * 1024;

/** Passes on what models write while they write it, in batches. */
export interface TextRelay {
  push(step: number, text: string): void;
  /** Resolves when what is pending is stored. */
  flush(): Promise<void>;
}

/** A relay that writes to a run's stream. An append that fails is noticed by the run, whose own appends fail too. */
export function createTextRelay(eventLog: EventLog, runId: string, attempt: number): TextRelay {
  let pending = new Map<number, string>();
  let size = 0;
  const begun = new Set<number>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  const write = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (pending.size === 0) return;
    const events: NewEvent[] = [...pending].map(([number, text]) => ({
      type: 'delta',
      data: { number, text: text.toWellFormed().replaceAll('\0', '\ufffd') },
    }));
    pending = new Map();
    size = 0;
    try {
      await eventLog.append(runId, attempt, events);
    } catch {
      // Text on its way is a courtesy: the answer itself is stored with the step, or the run learns of the fence there.
    }
  };
  const flush = (): Promise<void> => {
    writing = writing.then(write);
    return writing;
  };
  return {
    push(number, text) {
      // A model that is faster than the database: its text is in the step's output in the end.
      if (size > maxPending) return;
      pending.set(number, (pending.get(number) ?? '') + text);
      size += text.length;
      const isFirst = !begun.has(number);
      if (isFirst) {
        begun.add(number);
        clearTimeout(timer);
        timer = undefined;
      }
      timer ??= setTimeout(() => void flush(), isFirst ? firstFlushMs : flushEveryMs);
    },
    flush,
  };
}
