import { sql } from 'kysely';
import { Errors } from 'typebox/value';
import type { Database } from '../database/database.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { WorkflowRegistration, WorkflowRunStatus } from './workflow-engine.ts';

const defaultLookEveryMs = 250;

/** What is wrong with the input of a run, in a sentence for the log. */
export function describeInvalid(registration: WorkflowRegistration, input: unknown): string {
  const first = Errors(registration.input, input)[0];
  return `Input of workflow ${registration.name} is invalid: ${first?.instancePath ?? ''} ${first?.message ?? ''}`;
}

/** The queues that registered workflows are dispatched by, each once. */
export function queuesOf(registrations: Map<string, WorkflowRegistration>) {
  const queues = new Map<string, { name: string; perProcess: number; lookEveryMs: number }>();
  for (const { dispatch } of registrations.values()) {
    if (dispatch === 'immediate') continue;
    const { queue: name, perProcess, lookEveryMs = defaultLookEveryMs } = dispatch;
    queues.set(name, { name, perProcess, lookEveryMs });
  }
  return [...queues.values()];
}

const statusNames: Record<string, WorkflowRunStatus> = {
  ENQUEUED: 'queued',
  DELAYED: 'queued',
  PENDING: 'running',
  SUCCESS: 'succeeded',
  ERROR: 'failed',
  CANCELLED: 'cancelled',
  MAX_RECOVERY_ATTEMPTS_EXCEEDED: 'failed',
};

/** How the engine says that a run is doing; `undefined` for one that it does not know. */
export async function readStatus(db: Database, workflowId: string): Promise<WorkflowRunStatus | undefined> {
  const result = await sql<{ status: string }>`
    select status from dbos.workflow_status where workflow_uuid = ${workflowId}`.execute(db);
  const status = result.rows[0]?.status;
  return status === undefined ? undefined : statusNames[status];
}

/** Its words are of interest to whoever looks into the engine only. */
export function dbosLogger(log: Logger): {
  info(entry: unknown): void;
  debug(entry: unknown): void;
  warn(entry: unknown): void;
  error(entry: unknown): void;
} {
  return {
    info: (entry) => log.debug({ dbos: String(entry) }, 'dbos'),
    debug: (entry) => log.trace({ dbos: String(entry) }, 'dbos'),
    warn: (entry) => log.warn({ dbos: String(entry) }, 'dbos'),
    error: (entry) => log.error({ dbos: String(entry) }, 'dbos'),
  };
}
