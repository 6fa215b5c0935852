import type { RunCounts } from '@aiwfe/api-client';

export interface DayOfRuns {
  /** Of its beginning, in the person's time zone: `2026-01-31`. */
  day: string;
  succeeded: number;
  failed: number;
  /** Cancelled, or not over yet. */
  others: number;
  tokens: number;
}

/** The last `days` days until now, oldest first, also those without runs. */
export function runsByDay(
  counts: readonly RunCounts[],
  { days, nowMs, timeZone }: { days: number; nowMs: number; timeZone: string | undefined },
): DayOfRuns[] {
  const dayOf = dayWriter(timeZone);
  const byDay = new Map<string, DayOfRuns>();
  for (let back = days - 1; back >= 0; back -= 1) {
    const day = dayOf(new Date(nowMs - back * 86_400_000));
    byDay.set(day, { day, succeeded: 0, failed: 0, others: 0, tokens: 0 });
  }
  for (const count of counts) {
    const entry = byDay.get(dayOf(new Date(count.at)));
    if (!entry) continue;
    entry.succeeded += count.succeeded;
    entry.failed += count.failed;
    entry.others += count.others;
    entry.tokens += count.tokens;
  }
  return [...byDay.values()];
}

function dayWriter(timeZone: string | undefined): (date: Date) => string {
  const format = new Intl.DateTimeFormat('en-CA', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    timeZone,
  });
  return (date) => format.format(date);
}
