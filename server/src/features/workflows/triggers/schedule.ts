import { createContext, Script } from 'node:vm';
import { Cron } from 'croner';
import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';
import { TriggerInvalid } from '../workflows.errors.ts';
import type { ScheduleConfig } from './triggers.schemas.ts';

/** The times of a schedule, in its own time zone and right across changes of the clock. */
export interface Schedule {
  /**
   * The first time after `after`; `null` when there is none any more. Throws `workflows.trigger_invalid` where the search
   * for it is given up: of rules with a far COUNT or days that there are not. `limitMs`: how long it may take.
   */
  next(after: Date, limitMs?: number): Date | null;
  /**
   * The first `count` times after `after`, fewer where there are no more or where the search is given up; all of them
   * together take no longer than one. Throws `workflows.trigger_invalid` where it is given up before the first.
   */
  upcoming(after: Date, count: number, limitMs?: number): Date[];
}

/** One time after the other, as a library finds it. */
type NextTime = (after: Date) => Date | null;

/** Everybody waits while one looks, so whoever makes a schedule gets little (S38). */
const newScheduleLimitMs = 250;
/** What was let in may take longer on a busy day: its runs must not end because of that. */
export const knownScheduleLimitMs = 2_000;

/** Reads a schedule. Throws `workflows.trigger_invalid`. */
export function readSchedule(config: ScheduleConfig): Schedule {
  const { cron, rrule, time_zone: timeZone } = config;
  if ((cron === undefined) === (rrule === undefined)) throw invalid('Give either a cron or an rrule.');
  try {
    Temporal.Now.zonedDateTimeISO(timeZone);
  } catch {
    throw invalid(`"${timeZone}" is no time zone; write it as Europe/Berlin.`);
  }
  const next = orInvalid(() => (cron === undefined ? readRule(config) : readCron(cron, timeZone)));
  return {
    next: (after, limitMs = newScheduleLimitMs) => orInvalid(() => withinTime(() => next(after), limitMs)),
    upcoming: (after, count, limitMs = newScheduleLimitMs) =>
      orInvalid(() => upcoming(next, { after, count, limitMs })),
  };
}

function upcoming(
  next: NextTime,
  { after, count, limitMs }: { after: Date; count: number; limitMs: number },
): Date[] {
  const times: Date[] = [];
  try {
    withinTime(() => {
      for (let time = next(after); time && times.push(time) < count; ) time = next(time);
    }, limitMs);
  } catch (error) {
    if (times.length === 0) throw error;
  }
  return times;
}

const context: { work?: () => unknown } = createContext({});
const bounded = new Script('work()');

/** The result of `work`, which is broken off where it takes longer: the limit of a script holds for all that it calls. */
function withinTime<Result>(work: () => Result, limitMs: number): Result {
  context.work = work;
  try {
    return bounded.runInContext(context, { timeout: limitMs }) as Result;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new Error('its next time is too far away, or never comes.');
  }
}

/** Whatever the libraries throw is a fault of the schedule. */
function orInvalid<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : '';
    throw TriggerInvalid.with({ detail: `The schedule cannot be read: ${message.slice(0, 200)}`, cause });
  }
}

function invalid(detail: string): Error {
  return TriggerInvalid.with({ detail });
}

function readCron(pattern: string, timeZone: string): NextTime {
  const cron = new Cron(pattern, { timezone: timeZone, paused: true, mode: '5-part' });
  return (after) => cron.nextRun(after);
}

function readRule({ rrule = '', starts_at: startsAt, time_zone: timeZone }: ScheduleConfig): NextTime {
  if (/[\r\n]/.test(rrule) || /FREQ=SECONDLY/i.test(rrule))
    throw new Error('give one rule, and nothing more often than every minute.');
  if (startsAt === undefined) throw new Error('an rrule needs starts_at.');
  const dtstart = Temporal.PlainDateTime.from(startsAt).toZonedDateTime(timeZone);
  const rule = new RRuleTemporal({ rruleString: rrule, dtstart, maxIterations: 20_000 });
  return (after) => {
    const found = rule.next(after);
    return found ? new Date(found.epochMilliseconds) : null;
  };
}
