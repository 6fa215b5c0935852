import { parentPort } from 'node:worker_threads';
import { Cron } from 'croner';
import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';
import type { ThreadMessage, ThreadRequest } from '../bounded-thread.ts';
import type { ScheduleConfig } from './triggers.schemas.ts';

export interface TimesRequest {
  schedule: Pick<ScheduleConfig, 'cron' | 'rrule' | 'starts_at' | 'time_zone'>;
  after: Date;
  count: number;
}

/** Each time is a part, told as soon as it is found. */
export interface TimesAnswer {
  /** Why there are no more, where that is a fault of the schedule. */
  problem?: string;
  reason?: string;
}

/** One time after the other, as a library finds it. */
type NextTime = (after: Date) => Date | null;

function search({ schedule, after, count }: TimesRequest, onTime: (time: Date) => void): TimesAnswer {
  const { cron, rrule, time_zone: timeZone } = schedule;
  if ((cron === undefined) === (rrule === undefined)) return { problem: 'Give either a cron or an rrule.' };
  try {
    Temporal.Now.zonedDateTimeISO(timeZone);
  } catch {
    return { problem: `"${timeZone}" is no time zone; write it as Europe/Berlin.` };
  }
  try {
    const next = cron === undefined ? readRule(schedule) : readCron(cron, timeZone);
    let time = next(after);
    for (let found = 1; time; found++) {
      onTime(time);
      if (found >= count) break;
      time = next(time);
    }
    return {};
  } catch (error) {
    // Whatever the libraries throw is a fault of the schedule.
    const message = error instanceof Error ? error.message : '';
    return { problem: `The schedule cannot be read: ${message.slice(0, 200)}` };
  }
}

function readCron(pattern: string, timeZone: string): NextTime {
  const cron = new Cron(pattern, { timezone: timeZone, paused: true, mode: '5-part' });
  return (after) => cron.nextRun(after);
}

function readRule({
  rrule = '',
  starts_at: startsAt,
  time_zone: timeZone,
}: TimesRequest['schedule']): NextTime {
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

/** The libraries are compiled as they run: what that takes is not charged to the first who asks. */
function warmUp(): void {
  const rest = { time_zone: 'Europe/Berlin', starts_at: '2026-01-01T00:00:00' };
  for (const rule of [{ cron: '0 9 * * 1' }, { rrule: 'FREQ=WEEKLY;BYDAY=MO' }])
    search({ schedule: { ...rule, ...rest }, after: new Date(), count: 2 }, () => undefined);
}

const say = (message: ThreadMessage<TimesAnswer, Date>): void => parentPort?.postMessage(message);

parentPort?.on('message', ({ id, request }: ThreadRequest<TimesRequest>) => {
  say({ id, answer: search(request, (part) => say({ id, part })) });
});
warmUp();
say('ready');
