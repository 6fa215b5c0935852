import { sql } from 'kysely';
import type { Database, DatabaseTransaction } from '../../../platform/database/database.ts';
import { ProblemError } from '../../../platform/errors.ts';
import { type StartParts, startRun } from '../runs/start-run.ts';
import { type AfterCommit, lockRun, resolveStep } from '../runs/wake-run.ts';
import { withWorkflowTables } from '../workflows.tables.ts';
import type { Schedules } from './schedules.ts';
import type { ScheduleConfig } from './triggers.schemas.ts';
import { claimFiring, runTriggerOf, type TriggerRow } from './triggers.service.ts';

export type FireParts = StartParts & { db: Database; clock: () => Date };

/** A time that is later than that was missed. */
const graceMs = 60_000;
const maxMissed = 100;
/** How many are looked up at once. */
const maxFound = 20;
/** How many runs may lead to one another by events. */
const maxChain = 5;
const keepFirings = '30 days';

interface DueSchedule {
  id: string;
  /** Without its input. */
  config: ScheduleConfig;
  next_fire_at: Date;
}

/** What a schedule that is due does: made before its row is locked, and worth nothing when that changed meanwhile. */
interface Plan {
  times: Date[];
  next: Date | null;
  problem?: string;
}

type ScheduleParts = FireParts & { schedules: Schedules };

/**
 * Starts the runs of schedules that are due: each time once, however many processes look. While one is still sought, a
 * call that comes meanwhile takes the others.
 */
export function createScheduleFirer(parts: ScheduleParts): () => Promise<void> {
  const inHand = new Set<string>();
  return async () => {
    const lost = new Set<string>();
    const findMore = () => findDue(parts, [...inHand, ...lost]);
    for (let found = await findMore(); found.length > 0; found = await findMore())
      for (const due of found) {
        if (inHand.has(due.id)) continue;
        inHand.add(due.id);
        try {
          if (!(await fire(parts, due))) lost.add(due.id);
        } finally {
          inHand.delete(due.id);
        }
      }
  };
}

async function findDue({ db, clock }: FireParts, without: string[]): Promise<DueSchedule[]> {
  const { rows } = await sql<DueSchedule>`
    select id, config - 'input' as config, next_fire_at from workflow_triggers
    where enabled and next_fire_at <= ${clock()} and id <> all(${without}::uuid[])
    order by next_fire_at limit ${maxFound}`.execute(db);
  return rows;
}

/** False where another process is faster, or where its owner changed it meanwhile. */
async function fire(parts: ScheduleParts, due: DueSchedule): Promise<boolean> {
  const plan = await planOf(parts.schedules, due, parts.clock());
  const after = await parts.db.transaction().execute(async (trx) => {
    const row = await withWorkflowTables(trx)
      .selectFrom('workflow_triggers')
      .selectAll()
      .where('id', '=', due.id)
      .where('enabled', '=', true)
      .forUpdate()
      .skipLocked()
      .executeTakeFirst();
    if (row?.next_fire_at?.getTime() !== due.next_fire_at.getTime()) return undefined;
    return firePlanned(trx, parts, row, plan);
  });
  for (const one of after ?? []) one();
  return after !== undefined;
}

async function firePlanned(
  trx: DatabaseTransaction,
  parts: FireParts,
  row: TriggerRow,
  { times, next, problem }: Plan,
): Promise<AfterCommit[]> {
  const started: AfterCommit[] = [];
  for (const time of times) {
    const at = time.toISOString();
    if (await claimFiring(trx, row.id, at))
      started.push(await start(trx, parts, row, { kind: 'schedule', fire_at: at }, 0));
  }
  await withWorkflowTables(trx)
    .updateTable('workflow_triggers')
    .set({
      next_fire_at: next,
      ...(times.length > 0 ? { last_fired_at: times.at(-1) } : {}),
      ...(problem === undefined ? {} : { last_error: problem }),
    })
    .where('id', '=', row.id)
    .execute();
  return started;
}

/**
 * A schedule whose next time is not found any more runs a last time and says why at its trigger: it is the first that is
 * due, and would keep those of everybody else from running.
 */
async function planOf(schedules: Schedules, due: DueSchedule, now: Date): Promise<Plan> {
  try {
    return await dueTimes(schedules, due.config, due.next_fire_at, now);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return { times: [due.next_fire_at], next: null, problem: error.detail };
  }
}

/** Which of the times up to now are run, and the first one after them. Throws `workflows.trigger_invalid`. */
export async function dueTimes(
  schedules: Schedules,
  config: ScheduleConfig,
  first: Date,
  now: Date,
): Promise<Pick<Plan, 'times' | 'next'>> {
  const { missed = 'once' } = config;
  const isLate = now.getTime() - first.getTime() > graceMs;
  if (missed !== 'all' && isLate) {
    const next = await schedules.nextOfKnown(config, now);
    return { times: missed === 'once' ? [first] : [], next };
  }
  const times: Date[] = [];
  let next: Date | null = first;
  while (next !== null && next <= now && times.length < maxMissed) {
    times.push(next);
    next = await schedules.nextOfKnown(config, next);
  }
  return { times, next };
}

/** A workflow that cannot run now says so at its trigger; the trigger goes on. */
async function start(
  trx: DatabaseTransaction,
  parts: FireParts,
  row: Pick<TriggerRow, 'id' | 'kind' | 'owner_id' | 'workflow_id' | 'config'>,
  trigger: Record<string, unknown>,
  chain: number,
): Promise<AfterCommit> {
  const input = { ...(row.config.input as object | undefined), trigger };
  let problem: string | null = null;
  let after: AfterCommit = () => undefined;
  try {
    const request = {
      ownerId: row.owner_id,
      workflowId: row.workflow_id,
      trigger: runTriggerOf(row),
      input,
      chain,
    };
    after = (await startRun(trx, parts, request))?.after ?? after;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    problem = error.detail;
  }
  await sql`update workflow_triggers set last_error = ${problem}, last_fired_at = now() where id = ${row.id}`.execute(
    trx,
  );
  return after;
}

/**
 * Matches what happened with triggers and with steps that wait for it. The event goes in the same transaction as what
 * it starts, so none is lost and none counts twice.
 */
export async function matchEvents(parts: FireParts): Promise<void> {
  for (let matched = true; matched; ) matched = await matchNext(parts);
}

async function matchNext(parts: FireParts): Promise<boolean> {
  const after = await parts.db.transaction().execute(async (trx) => {
    const happened = await withWorkflowTables(trx)
      .selectFrom('workflow_events')
      .selectAll()
      .orderBy('id')
      .limit(1)
      .forUpdate()
      .skipLocked()
      .executeTakeFirst();
    if (!happened) return undefined;
    const { id, owner_id: ownerId, event, data } = happened;
    const chain = event === 'run.ended' ? Number(data.chain) + 1 : 0;
    const started: AfterCommit[] = [];
    for (const row of chain > maxChain ? [] : await findTriggers(trx, ownerId, event)) {
      // A workflow that its own end started would never end.
      if (event === 'run.ended' && data.workflow_id === row.workflow_id) continue;
      if (await claimFiring(trx, row.id, `event:${id}`))
        started.push(await start(trx, parts, row, { kind: 'event', event, data }, chain));
    }
    started.push(...(await wakeWaiting(trx, parts, ownerId, event, data)));
    await withWorkflowTables(trx).deleteFrom('workflow_events').where('id', '=', id).execute();
    return started;
  });
  for (const one of after ?? []) one();
  return after !== undefined;
}

async function findTriggers(trx: DatabaseTransaction, ownerId: string, event: string): Promise<TriggerRow[]> {
  return withWorkflowTables(trx)
    .selectFrom('workflow_triggers')
    .selectAll()
    .where('owner_id', '=', ownerId)
    .where('kind', '=', 'event')
    .where('enabled', '=', true)
    .where(sql`config ->> 'event'`, '=', event)
    .execute();
}

/** All of them, in the order in which everybody locks runs: the event is gone after it. */
async function wakeWaiting(
  trx: DatabaseTransaction,
  parts: FireParts,
  ownerId: string,
  event: string,
  data: Record<string, unknown>,
): Promise<AfterCommit[]> {
  const { rows } = await sql<{ run_id: string; number: number }>`
    select s.run_id, s.number from workflow_run_steps s join workflow_runs r on r.id = s.run_id
    where s.status = 'waiting' and s.resolution is null and s.waits_for ->> 'event' = ${event}
      and r.owner_id = ${ownerId} and r.id::text is distinct from ${String(data.run_id ?? '')}
    order by s.run_id`.execute(trx);
  const woken: AfterCommit[] = [];
  for (const { run_id: runId, number } of rows) {
    const run = await lockRun(trx, runId);
    const after = run && (await resolveStep(trx, parts, run, number, { kind: 'event', data }));
    if (after) woken.push(after);
  }
  return woken;
}

/** Keys that cannot come again: schedules never go back, and old webhooks are refused by their timestamps. */
export async function forgetFirings({ db }: FireParts): Promise<void> {
  await sql`delete from workflow_firings where fired_at < now() - ${keepFirings}::interval`.execute(db);
}
