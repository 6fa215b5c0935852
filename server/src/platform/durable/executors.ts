import { type RawBuilder, sql } from 'kysely';
import type { Database, Queryable } from '../database/database.ts';
import type { Logger } from '../telemetry/logger.ts';

/** An executor that has not been heard of for this long is gone, and its runs are resumed by others. */
const deadAfterMs = 10_000;
const reaperLock = 7_103_441_903;
const reapBatch = 200;

export interface Executors {
  /** Says that this executor lives. */
  beat(db: Database): Promise<void>;
  /** Others need not wait for our heartbeat to go cold; without the database they do. */
  leave(db: Database): Promise<void>;
  /** True for the id in `column` of an executor that is gone. */
  isGone(column: RawBuilder<unknown>): RawBuilder<boolean>;
  /** Gives runs of executors that are gone to `resume`; one reaper at a time, so that a run is resumed once. */
  reap(db: Database, resume: (workflowIds: string[]) => Promise<unknown>): Promise<void>;
}

export interface ExecutorsOptions {
  id: string;
  applicationVersion: string;
  log: Logger;
  /** The only process on this database: every other executor is known to be dead. */
  alone: boolean;
}

/** Who carries out runs on this database, by heartbeats in a table. */
export function createExecutors({ id, applicationVersion, log, alone }: ExecutorsOptions): Executors {
  const deadMs = alone ? 0 : deadAfterMs;
  const isGone = (column: RawBuilder<unknown>): RawBuilder<boolean> => sql<boolean>`
    (${column} <> ${id} and not exists (select from executors e where e.id = ${column}
      and e.heartbeat_at > now() - ${deadMs} * interval '1 millisecond'))`;

  const findOrphans = async (trx: Queryable): Promise<string[]> => {
    const { rows } = await sql<{ workflow_uuid: string }>`
      select w.workflow_uuid from dbos.workflow_status w
      where w.status = 'PENDING' and w.application_version = ${applicationVersion}
        and ${isGone(sql`w.executor_id`)}
      limit ${reapBatch}`.execute(trx);
    return rows.map((row) => row.workflow_uuid);
  };

  return {
    isGone,
    async beat(db) {
      await sql`
        insert into executors (id) values (${id})
        on conflict (id) do update set heartbeat_at = now()`.execute(db);
    },
    async leave(db) {
      try {
        await sql`delete from executors where id = ${id}`.execute(db);
      } catch (error) {
        log.warn({ err: error }, 'the durable engine could not say that it stops');
      }
    },
    async reap(db, resume) {
      await db.transaction().execute(async (trx) => {
        const { rows } = await sql<{ locked: boolean }>`
          select pg_try_advisory_xact_lock(${reaperLock}) as locked`.execute(trx);
        if (!rows[0]?.locked) return;
        const ids = await findOrphans(trx);
        if (ids.length > 0) {
          await resume(ids);
          log.info({ count: ids.length }, 'resumed runs of an executor that is gone');
        }
        await sql`delete from executors where heartbeat_at < now() - interval '1 hour'`.execute(trx);
      });
    },
  };
}
