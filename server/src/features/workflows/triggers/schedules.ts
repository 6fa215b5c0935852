import { createBoundedThread, ThreadEnded } from '../bounded-thread.ts';
import { SchedulesBusy, TriggerInvalid } from '../workflows.errors.ts';
import type { TimesAnswer, TimesRequest } from './schedule.worker.ts';
import type { ScheduleConfig } from './triggers.schemas.ts';

/**
 * The times of schedules, in their own time zones and right across changes of the clock. They are sought in a thread of
 * their own: nobody else waits for a rule with a far COUNT or days that there are not (S38).
 */
export interface Schedules {
  /**
   * The first time after `after`; `null` when there is none any more. Throws `workflows.trigger_invalid` where the
   * schedule cannot be read or the search is given up, `workflows.schedules_busy` where too many are waiting.
   */
  next(config: ScheduleConfig, after: Date): Promise<Date | null>;
  /**
   * The same for a schedule that was let in before. It goes before others, and may take longer on a busy day: its runs
   * must not end because of that.
   */
  nextOfKnown(config: ScheduleConfig, after: Date): Promise<Date | null>;
  /**
   * The first `count` times after `after`, fewer where there are no more or where the search is given up; all of them
   * together take no longer than one. Throws `workflows.trigger_invalid` where it is given up before the first, and
   * `workflows.schedules_busy`.
   */
  upcoming(config: ScheduleConfig, after: Date, count: number): Promise<Date[]>;
  close(): Promise<void>;
}

/** New schedules that may wait for their turn: with the slowest of them that is a quarter of a minute. */
const maxWaiting = 50;
const newLimit = { limitMs: 250 };
const knownLimit = { limitMs: 2_000, isUrgent: true };
const tooFar = 'The schedule cannot be read: its next time is too far away, or never comes.';

/** One thread, one search at a time; the thread ends when nobody needs it. */
export function createSchedules(): Schedules {
  const thread = createBoundedThread<TimesRequest, TimesAnswer, Date>({
    program: new URL('./schedule.worker.ts', import.meta.url),
    maxOldGenerationSizeMb: 32,
    maxYoungGenerationSizeMb: 4,
  });

  let waiting = 0;
  /** A new schedule takes its place in the line, if there is one. */
  const inLine = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (waiting >= maxWaiting) throw SchedulesBusy.with({ retryAfterSeconds: 5 });
    waiting += 1;
    try {
      return await work();
    } finally {
      waiting -= 1;
    }
  };

  const search = async (
    { cron, rrule, starts_at, time_zone }: ScheduleConfig,
    { after, count }: { after: Date; count: number },
    limit: { limitMs: number; isUrgent?: boolean },
  ): Promise<Date[]> => {
    const times: Date[] = [];
    // Of the rest, such as the input, the thread needs nothing.
    const schedule = { cron, rrule, starts_at, time_zone };
    const { problem, reason } = await thread
      .ask({ schedule, after, count }, { ...limit, onPart: (time) => times.push(time) })
      .catch((error: unknown): TimesAnswer => {
        // A thread that does not come up says nothing about the schedule.
        if (error instanceof ThreadEnded && error.isByRequest) return { problem: tooFar, reason: 'too_far' };
        throw error;
      });
    if (problem !== undefined && times.length === 0) throw TriggerInvalid.with({ detail: problem, reason });
    return times;
  };
  const first = async (config: ScheduleConfig, after: Date, limit: typeof newLimit): Promise<Date | null> =>
    (await search(config, { after, count: 1 }, limit))[0] ?? null;

  return {
    next: (config, after) => inLine(() => first(config, after, newLimit)),
    nextOfKnown: (config, after) => first(config, after, knownLimit),
    upcoming: (config, after, count) => inLine(() => search(config, { after, count }, newLimit)),
    close: () => thread.close(),
  };
}
