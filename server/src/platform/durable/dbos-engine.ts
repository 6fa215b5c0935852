import { AsyncLocalStorage } from 'node:async_hooks';
import { hostname } from 'node:os';
import type { DBOS as DBOSNamespace } from '@dbos-inc/dbos-sdk';
import { Kysely, PostgresDialect, type RawBuilder, sql } from 'kysely';
import pg from 'pg';
import { Check } from 'typebox/value';
import { v7 as uuidv7 } from 'uuid';
import { type Database, keepFromEndingUs } from '../database/database.ts';
import type { PlatformTables } from '../database/platform-tables.ts';
import type { EventBus } from '../events/event-bus.ts';
import type { Logger } from '../telemetry/logger.ts';
import { dbosLogger, describeInvalid, queuesOf, readStatus } from './dbos-adapter.ts';
import { createExecutors } from './executors.ts';
import { createContext, createUnrecordedContext } from './workflow-context.ts';
import type { WorkflowEngine, WorkflowRegistration, WorkflowStart } from './workflow-engine.ts';

/** Raised only when recorded runs of the old code cannot be resumed by the new code. */
const applicationVersion = 'aiwfe-1';
const wakeTopic = 'durable.wake';
const cancelTopic = 'durable.cancel';
const heartbeatMs = 2_000;
const startBatch = 50;
const recordOutcomeMs = 300;
const busyConnections = 10;
/** Enough for looking; and two transactions of ours that wait for the engine leave it one. */
const idleConnections = 3;

const maxRemembered = 1_000;
/** Stored starts of runs that have ended are removed together. */
const forgetEveryMs = 50;
/** A start of this process's own that nobody woke or whose run failed. */
const leftOverAfterMs = 5_000;

type Dbos = typeof DBOSNamespace;
type RunFunction = (input: unknown) => Promise<unknown>;

export interface DurableEngine extends WorkflowEngine {
  register(registrations: WorkflowRegistration[]): void;
  /** Launches the executor. Processes that only serve the API never call it: they store starts for others. */
  launch(): Promise<void>;
  /** Lets running steps finish within `drainMs`, then stops. Unfinished runs are resumed by the next executor. */
  stop(drainMs: number): Promise<void>;
}

export interface DurableEngineOptions {
  db: Database;
  /** Not through a pooler: DBOS keeps session state. */
  directUrl: string;
  bus: EventBus;
  log: Logger;
  /** The only process on this database (embedded mode): every other executor is known to be dead. */
  alone: boolean;
  /** Connections idle for longer are closed; 10 s by default. */
  idleTimeoutMs?: number;
}

/** The durable engine on DBOS Transact, on the application's own PostgreSQL (schema `dbos`). */
export function createDurableEngine(options: DurableEngineOptions): DurableEngine {
  const { db, bus, log } = options;
  /** DBOS refuses to begin a run from within a step of another one; who is asked to begin one may stand in such a step. */
  const outsideOfSteps = AsyncLocalStorage.snapshot();
  const registrations = new Map<string, WorkflowRegistration>();
  const runs = new Map<string, RunFunction>();
  const aborts = new Map<string, AbortController>();
  const executorId = `${hostname()}-${process.pid}-${uuidv7().slice(-8)}`;
  const executors = createExecutors({ id: executorId, applicationVersion, log, alone: options.alone });
  let dbos: Dbos | undefined;
  let pool: pg.Pool | undefined;
  /** Over the engine's own connections: the application's may all be closed while nobody asks for anything. */
  let own = db;
  let timer: NodeJS.Timeout | undefined;
  let stopping = false;
  let draining: Promise<void> | undefined;
  let drainAgain = false;
  const remembered = new Map<string, WorkflowStart>();
  /** Runs that began before the engine had stored them. */
  const ahead = new Map<string, Promise<unknown>>();
  /** Stored starts of runs that ended before the engine heard of them. */
  let over: string[] = [];
  let forgetting: NodeJS.Timeout | undefined;
  let suspended = 0;
  let idle: (() => void) | undefined;

  const register = (added: WorkflowRegistration[]): void => {
    for (const registration of added) {
      if (registrations.has(registration.name))
        throw new Error(`Workflow ${registration.name} is registered twice.`);
      registrations.set(registration.name, registration);
    }
  };

  const drainStarts = async (): Promise<void> => {
    let claimed = startBatch;
    while (claimed === startBatch && !stopping) {
      claimed = await own.transaction().execute(async (trx) => {
        const rows = await trx
          .selectFrom('workflow_starts')
          .selectAll()
          .where('name', 'in', [...registrations.keys()])
          .where(isFree())
          .orderBy('workflow_id')
          .limit(startBatch)
          .forUpdate()
          .skipLocked()
          .execute();
        for (const row of rows) await handOver(row.workflow_id, row.name, row.input);
        const ids = rows.map((row) => row.workflow_id);
        if (ids.length > 0) await trx.deleteFrom('workflow_starts').where('workflow_id', 'in', ids).execute();
        return rows.length;
      });
    }
  };

  /** Meant for nobody, for an executor that is gone, or for this one, which has not begun it. */
  const isFree = (): RawBuilder<boolean> => {
    return sql<boolean>`(executor_id is null
      or (executor_id = ${executorId} and created_at < now() - ${leftOverAfterMs} * interval '1 millisecond'
        and workflow_id <> all(${[...aborts.keys()]}::uuid[]))
      or ${executors.isGone(sql`executor_id`)})`;
  };

  // Handing over first and deleting after means that a crash between the two repeats a start, which the id makes harmless.
  const handOver = async (workflowId: string, name: string, input: unknown): Promise<void> => {
    const registration = registrations.get(name);
    const run = runs.get(name);
    if (!dbos || !registration || !run) throw new Error(`No executor for workflow ${name}.`);
    allowConnections(busyConnections);
    const queue = registration.dispatch === 'immediate' ? {} : { queueName: registration.dispatch.queue };
    const handle = await dbos.startWorkflow(run, { workflowID: workflowId, ...queue })(input);
    if (registration.dispatch === 'immediate') {
      handle
        .getResult()
        .catch((error: unknown) => log.warn({ err: error, workflowId, name }, 'workflow failed'));
    }
  };

  // Starts of transactions that were rolled back are never asked for again; they are forgotten in time.
  const remember = (request: WorkflowStart): void => {
    remembered.set(request.workflowId, request);
    const oldest = remembered.size > maxRemembered ? remembered.keys().next().value : undefined;
    if (oldest !== undefined) remembered.delete(oldest);
  };

  /** The stored start stays until the engine has the run: a crash in between repeats it, and the id makes that harmless. */
  const beginAtOnce = async ({ workflowId, name, input }: WorkflowStart): Promise<void> => {
    remembered.delete(workflowId);
    if (!dbos || stopping) return;
    const registration = registrations.get(name);
    const forget = (): void => void ahead.delete(workflowId);
    const mayBegin = registration?.repeatable === true && !aborts.has(workflowId);
    const running = mayBegin ? beginAhead(dbos, registration, workflowId, input) : undefined;
    try {
      if (running && registration?.handOverAfterMs !== undefined) {
        const isOver = await endsWithin(running, registration.handOverAfterMs);
        if (isOver) return forgetStart(workflowId);
        // The next executor finds the stored start.
        if (stopping) return;
        // One that failed begins again; one that goes on is what the engine waits for.
        if (!aborts.has(workflowId)) forget();
      }
      await handOver(workflowId, name, input);
      // Also where the engine does not run it here, because another process has it.
      running?.then(forget, forget);
      await db.deleteFrom('workflow_starts').where('workflow_id', '=', workflowId).execute();
    } catch (error) {
      log.error({ err: error, workflowId, name }, 'a stored workflow start could not be handed over');
    }
  };

  /** A run that fails is not over: the engine repeats it and reports. */
  const endsWithin = async (running: Promise<unknown>, ms: number): Promise<boolean> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(resolve, ms, false);
    });
    const over = running.then(
      () => true,
      () => false,
    );
    const isOver = await Promise.race([over, late]);
    clearTimeout(timer);
    return isOver;
  };

  const forgetStart = (workflowId: string): void => {
    ahead.delete(workflowId);
    over.push(workflowId);
    forgetting ??= setTimeout(() => void forgetStarts(), forgetEveryMs);
  };

  /** Lost when the process dies first: then the run is begun once more and finds that it has ended. */
  const forgetStarts = async (): Promise<void> => {
    clearTimeout(forgetting);
    forgetting = undefined;
    const ids = over;
    over = [];
    if (ids.length === 0) return;
    try {
      await db.deleteFrom('workflow_starts').where('workflow_id', 'in', ids).execute();
    } catch (error) {
      log.warn({ err: error }, 'stored starts of runs that have ended could not be removed');
    }
  };

  const beginAhead = (
    engine: Dbos,
    registration: WorkflowRegistration,
    workflowId: string,
    input: unknown,
  ): Promise<unknown> => {
    const running = execute(engine, registration, workflowId, input);
    ahead.set(workflowId, running);
    // A failure is reported where the engine waits for the outcome.
    running.catch(() => undefined);
    return running;
  };

  const wakeHere = (): void => {
    if (!dbos || stopping) return;
    if (draining) {
      drainAgain = true;
      return;
    }
    draining = drainStarts()
      .catch((error: unknown) => log.error({ err: error }, 'stored workflow starts could not be handed over'))
      .finally(() => {
        draining = undefined;
        if (drainAgain) {
          drainAgain = false;
          wakeHere();
        }
      });
  };

  const makeRun = (engine: Dbos, registration: WorkflowRegistration): RunFunction =>
    engine.registerWorkflow(
      async (input: unknown) => {
        const workflowId = engine.workflowID;
        if (!workflowId) throw new Error('A workflow runs without an id.');
        const running = ahead.get(workflowId) ?? execute(engine, registration, workflowId, input);
        ahead.delete(workflowId);
        return running;
      },
      { name: registration.name, maxRecoveryAttempts: 1_000 },
    );

  const execute = async (
    engine: Dbos,
    registration: WorkflowRegistration,
    workflowId: string,
    input: unknown,
  ): Promise<unknown> => {
    if (!Check(registration.input, input)) throw new Error(describeInvalid(registration, input));
    if (stopping) return suspend();
    allowConnections(busyConnections);
    const abort = new AbortController();
    aborts.set(workflowId, abort);
    const context = registration.repeatable
      ? createUnrecordedContext(workflowId, abort.signal)
      : createContext(engine, workflowId, abort.signal);
    try {
      return await registration.run(context, input as never);
    } catch (error) {
      if (stopping && abort.signal.aborted) return suspend();
      throw error;
    } finally {
      aborts.delete(workflowId);
      if (aborts.size === 0) idle?.();
    }
  };

  // A run cut short by the end of this process has no outcome. Its promise never settles, so none is recorded: its row
  // stays pending and the next executor resumes it.
  const suspend = (): Promise<never> => {
    suspended += 1;
    return new Promise<never>(() => undefined);
  };

  const untilIdle = async (timeoutMs: number): Promise<void> => {
    if (aborts.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      idle = resolve;
      timer = setTimeout(resolve, timeoutMs);
    });
    clearTimeout(timer);
  };

  const launch = async (): Promise<void> => {
    const { DBOS } = await import('@dbos-inc/dbos-sdk');
    pool = new pg.Pool({
      connectionString: options.directUrl,
      max: busyConnections,
      idleTimeoutMillis: options.idleTimeoutMs ?? 10_000,
      application_name: 'aiwfe durable',
    });
    pool.on('error', (error) => log.warn({ err: error }, 'durable engine connection failed'));
    keepFromEndingUs(pool);
    own = new Kysely<PlatformTables>({ dialect: new PostgresDialect({ pool }) });
    DBOS.setConfig({
      name: 'aiwfe',
      systemDatabasePool: pool,
      systemDatabaseUrl: options.directUrl,
      applicationVersion,
      executorID: executorId,
      logger: dbosLogger(log),
      useListenNotify: false,
    });
    for (const registration of registrations.values())
      runs.set(registration.name, makeRun(DBOS, registration));
    await DBOS.launch();
    for (const queue of queuesOf(registrations)) {
      await DBOS.registerQueue(queue.name, {
        workerConcurrency: queue.perProcess,
        minPollingIntervalMs: queue.lookEveryMs,
        onConflict: 'always_update',
      });
    }
    dbos = DBOS;
    bus.subscribe(wakeTopic, () => outsideOfSteps(wakeHere));
    bus.subscribe(cancelTopic, (data: { workflowId: string }) => aborts.get(data.workflowId)?.abort());
    await beatAndReap();
    wakeHere();
    timer = setInterval(() => void tick(), heartbeatMs);
  };

  // Each idle connection holds memory of the machine, and looks that coincide would open one each.
  const allowConnections = (max: number): void => {
    if (pool) pool.options.max = max;
  };

  const beatAndReap = async (): Promise<void> => {
    await executors.beat(own);
    await executors.reap(own, async (ids) => dbos?.resumeWorkflows(ids));
  };

  const tick = async (): Promise<void> => {
    if (aborts.size === 0) allowConnections(idleConnections);
    try {
      await beatAndReap();
      wakeHere();
    } catch (error) {
      log.warn({ err: error }, 'durable engine heartbeat failed');
    }
  };

  const startStatement = (request: WorkflowStart, source: RawBuilder<unknown>): RawBuilder<unknown> => {
    const { name, workflowId, input } = request;
    const registration = registrations.get(name);
    if (!registration) throw new Error(`Workflow ${name} is not registered.`);
    if (!Check(registration.input, input)) throw new Error(describeInvalid(registration, input));
    if (dbos) remember(request);
    const executor = dbos && registration.handOverAfterMs !== undefined ? executorId : null;
    return sql`insert into workflow_starts (workflow_id, name, input, executor_id)
      select ${workflowId}::uuid, ${name}, ${JSON.stringify(input)}::jsonb, ${executor} from ${source}
      on conflict (workflow_id) do nothing`;
  };

  return {
    register,
    launch,
    async start(trx, request) {
      await startStatement(request, sql`(select 1) as once`).execute(trx);
    },
    startStatement,
    wake(workflowId) {
      const request = workflowId === undefined ? undefined : remembered.get(workflowId);
      outsideOfSteps(() => (request ? void beginAtOnce(request) : wakeHere()));
      // A process that executes by itself needs nobody else.
      if (!dbos) bus.publishRemote(wakeTopic, {});
    },
    async cancel(workflowId) {
      aborts.get(workflowId)?.abort();
      bus.publish(cancelTopic, { workflowId });
      await db.deleteFrom('workflow_starts').where('workflow_id', '=', workflowId).execute();
      if (dbos) await dbos.cancelWorkflow(workflowId);
    },
    async isWaiting(workflowId) {
      const start = db.selectFrom('workflow_starts').select('name').where('workflow_id', '=', workflowId);
      return (await start.executeTakeFirst()) !== undefined;
    },
    status: (workflowId) => readStatus(db, workflowId),
    async stop(drainMs) {
      stopping = true;
      clearInterval(timer);
      await draining;
      for (const abort of aborts.values()) abort.abort(new Error('The server is stopping.'));
      await forgetStarts();
      if (dbos) {
        await untilIdle(drainMs);
        // What has finished still records its outcome; suspended runs would be waited for in vain.
        const recordMs = suspended > 0 || aborts.size > 0 ? recordOutcomeMs : drainMs;
        await dbos.shutdown({ workflowCompletionTimeoutMS: recordMs, deregister: true });
        await executors.leave(db);
      }
      if (pool && !pool.ended) await pool.end();
    },
  };
}
