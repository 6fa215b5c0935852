import { validate as isUuid, v7 as uuidv7 } from 'uuid';
import type { Database } from '../../platform/database/database.ts';
import type { WorkflowEngine } from '../../platform/durable/workflow-engine.ts';
import type { EventLog, StreamEvent } from '../../platform/events/event-log.ts';
import type { Actor } from '../../platform/http/route.ts';
import { ModelsForbidden, PullNotFound, PullNotSupported } from './models.errors.ts';
import { canChangeModels } from './models.policy.ts';
import * as queries from './models.queries.ts';
import type { Pull } from './models.schemas.ts';
import { toPull } from './models.views.ts';
import { getProvider } from './providers.service.ts';
import { pullJobName } from './pulls.jobs.ts';

const listLimit = 50;

export interface PullsService {
  /** Starts a download, or answers the one that is running already for the same model. */
  start(actor: Actor, providerId: string, model: string): Promise<Pull>;
  /** The newest downloads first. */
  list(): Promise<Pull[]>;
  /** Asks the download to stop; it ends as `cancelled` with its `end` event. */
  cancel(actor: Actor, pullId: string): Promise<Pull>;
  /** Events after a sequence number, then live ones, until `end`. Throws `models.pull_not_found`. */
  follow(pullId: string, afterSeq: number, signal: AbortSignal): Promise<AsyncGenerator<StreamEvent[], void>>;
  /** Asks every download of a provider to stop. */
  stopAllOf(providerId: string): Promise<void>;
}

/** Verbs on downloads of models. The download itself is a durable run; this only starts, shows and stops it. */
export function createPullsService(deps: {
  db: Database;
  engine: WorkflowEngine;
  eventLog: EventLog;
}): PullsService {
  const { db, engine, eventLog } = deps;
  const getPull = async (id: string): Promise<queries.PullRow> => {
    const row = isUuid(id) ? await queries.findPull(db, id) : undefined;
    if (!row) throw PullNotFound.with();
    return row;
  };
  const requestStop = async (pullId: string): Promise<void> => {
    await eventLog.requestStop(db, pullId);
    eventLog.announceStop(pullId);
  };
  return {
    async start(actor, providerId, model) {
      authorize(actor);
      const provider = await getProvider(db, providerId);
      if (provider.kind !== 'ollama') throw PullNotSupported.with();
      const started = await db.transaction().execute(async (trx) => {
        const row = await queries.insertPull(trx, {
          id: uuidv7(),
          provider_id: provider.id,
          requested_by: actor.userId,
          model,
        });
        if (!row) return undefined;
        await eventLog.create(trx, { id: row.id, kind: 'model-pull', ownerId: actor.userId });
        await engine.start(trx, { name: pullJobName, workflowId: row.id, input: { pull_id: row.id } });
        return row;
      });
      if (started) engine.wake();
      const row = started ?? (await queries.findRunningPull(db, provider.id, model));
      if (!row) throw PullNotFound.with();
      return toPull(row);
    },
    async list() {
      return (await queries.listPulls(db, listLimit)).map(toPull);
    },
    async cancel(actor, pullId) {
      authorize(actor);
      const row = await getPull(pullId);
      if (row.status === 'running') await requestStop(row.id);
      return toPull(row);
    },
    async follow(pullId, afterSeq, signal) {
      const row = await getPull(pullId);
      return eventLog.follow(row.id, afterSeq, signal);
    },
    async stopAllOf(providerId) {
      for (const row of await queries.listRunningPullsOf(db, providerId)) await requestStop(row.id);
    },
  };
}

function authorize(actor: Actor): void {
  if (!canChangeModels(actor)) throw ModelsForbidden.with();
}
