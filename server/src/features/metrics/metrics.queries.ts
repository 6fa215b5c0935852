import { sql } from 'kysely';
import type { Database, Queryable } from '../../platform/database/database.ts';

export const countBucketSeconds = 900;
/** An event is stored a moment before its transaction ends: what is younger than this may still appear. */
const settleSeconds = 300;
/** Counting a long past goes in slices, so that no statement is long. */
const maxSliceDays = 7;
const keepCountsDays = 800;

/** How often something happened in a span of time that begins at `at` (Unix seconds). */
export interface EventCount {
  at: number;
  action: string;
  outcome: string;
  factor: string;
  code: string;
  events: number;
}

/**
 * Counts what has settled since the last time, by quarters of an hour. Returns true when there is more to count. Two
 * processes take turns: the row that says how far it got is locked.
 */
export async function countSettledEvents(db: Database): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    await sql`insert into audit_counts_state (counted_until)
      select ${floorTo(sql`coalesce(min(occurred_at), now() - ${settleSeconds} * interval '1 second')`)}
      from audit_events on conflict (id) do nothing`.execute(trx);
    const { rows } = await sql<{ counted_until: Date; until: Date; settled: Date }>`
      select counted_until, settled, least(settled, counted_until + ${maxSliceDays} * interval '1 day') as until
      from audit_counts_state,
        (select ${floorTo(sql`now() - ${settleSeconds} * interval '1 second'`)} as settled) as clock
      for update of audit_counts_state`.execute(trx);
    const slice = rows[0];
    if (!slice || slice.until <= slice.counted_until) return false;
    await sql`
      insert into audit_counts (bucket, action, outcome, factor, code, events)
      select ${floorTo(sql`occurred_at`)} as bucket, action, outcome, coalesce(factor, ''), coalesce(code, ''), count(*)
      from audit_events where occurred_at >= ${slice.counted_until} and occurred_at < ${slice.until}
      group by 1, 2, 3, 4, 5
      on conflict (bucket, action, outcome, factor, code) do update set events = excluded.events`.execute(
      trx,
    );
    await sql`update audit_counts_state set counted_until = ${slice.until}`.execute(trx);
    return slice.until < slice.settled;
  });
}

function floorTo(moment: ReturnType<typeof sql>) {
  return sql`date_bin(${countBucketSeconds} * interval '1 second', ${moment}, 'epoch'::timestamptz)`;
}

export async function removeOldCounts(db: Queryable): Promise<void> {
  await sql`delete from audit_counts where bucket < now() - ${keepCountsDays} * interval '1 day'`.execute(db);
}

/** Counts from a moment on: what was counted before, and the events since then. */
export async function readCounts(db: Queryable, from: Date, bucketSeconds: number): Promise<EventCount[]> {
  // Spans finer than what is counted beforehand are counted now; they are short.
  const useCounts = bucketSeconds % countBucketSeconds === 0;
  const { rows } = await sql<EventCount>`
    with edge as (
      select greatest(${from}::timestamptz,
        coalesce((select counted_until from audit_counts_state where ${useCounts}::boolean), '-infinity')) as moment
    ), counted as (
      select bucket, action, outcome, factor, code, events from audit_counts
      where ${useCounts}::boolean and bucket >= ${from} and bucket < (select moment from edge)
      union all
      select occurred_at, action, outcome, coalesce(factor, ''), coalesce(code, ''), 1 from audit_events
      where occurred_at >= (select moment from edge)
    )
    select extract(epoch from date_bin(${bucketSeconds} * interval '1 second', bucket, 'epoch'::timestamptz))::bigint as at,
      action, outcome, factor, code, sum(events)::bigint as events
    from counted group by 1, 2, 3, 4, 5`.execute(db);
  return rows;
}

export async function countLiveSessions(db: Queryable): Promise<number> {
  const { rows } = await sql<{ live: number }>`
    select count(*) as live from sessions
    where ended_at is null and expires_at > now() and idle_expires_at > now()`.execute(db);
  return rows[0]?.live ?? 0;
}
