import type { RunSummary } from '@aiwfe/api-client';

export interface DayOfRuns {
  /** Of its beginning, in the person's time zone: `2026-01-31`. */
  day: string;
  succeeded: number;
  failed: number;
  /** Cancelled, or not over yet. */
  others: number;
  tokens: number;
}

type Counted = Pick<RunSummary, 'created_at' | 'status' | 'used' | 'parent_run_id'>;

/** The last `days` days until now, oldest first, also those without runs. */
export function runsByDay(
  runs: readonly Counted[],
  { days, nowMs, timeZone }: { days: number; nowMs: number; timeZone: string | undefined },
): DayOfRuns[] {
  const dayOf = dayWriter(timeZone);
  const byDay = new Map<string, DayOfRuns>();
  for (let back = days - 1; back >= 0; back -= 1) {
    const day = dayOf(new Date(nowMs - back * 86_400_000));
    byDay.set(day, { day, succeeded: 0, failed: 0, others: 0, tokens: 0 });
  }
  for (const run of runs) {
    const entry = byDay.get(dayOf(new Date(run.created_at)));
    // What a sub-workflow used is counted in the run that started it.
    if (!entry || run.parent_run_id !== null) continue;
    entry[run.status === 'succeeded' || run.status === 'failed' ? run.status : 'others'] += 1;
    entry.tokens += run.used.tokens;
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
