import type { SecretBox } from '../../platform/crypto/secret-box.ts';
import type { Database } from '../../platform/database/database.ts';
import type { UserFeed } from '../../platform/events/user-feed.ts';
import type { Actor } from '../../platform/http/route.ts';
import type { ModelGateway } from '../../platform/models/index.ts';
import { CareNotSupported, ModelsForbidden } from './models.errors.ts';
import { canChangeModels } from './models.policy.ts';
import type { ModelDetailsView, RunningModelView } from './models.schemas.ts';
import { toDetails, toRunningModel } from './models.views.ts';
import { getProvider, toConnection } from './providers.service.ts';

export interface ModelCareService {
  /** What an Ollama server tells about one of its models. */
  show(providerId: string, model: string, signal: AbortSignal): Promise<ModelDetailsView>;
  /** Removes a model from the disk of its server. */
  remove(actor: Actor, providerId: string, model: string, signal: AbortSignal): Promise<void>;
  /** What a server has in memory. */
  running(providerId: string, signal: AbortSignal): Promise<RunningModelView[]>;
  /** Loads a model, or lets it go, and says how long it stays. */
  keepAlive(
    actor: Actor,
    providerId: string,
    wanted: { model: string; keep_alive: string },
    signal: AbortSignal,
  ): Promise<RunningModelView[]>;
}

export interface ModelCareDependencies {
  db: Database;
  gateway: ModelGateway;
  secretBox: SecretBox;
  userFeed: UserFeed;
}

/** Verbs on the models of Ollama servers: what is on disk, what is in memory. */
export function createModelCareService(deps: ModelCareDependencies): ModelCareService {
  const { db, gateway, secretBox } = deps;
  const getOllama = async (id: string) => {
    const row = await getProvider(db, id);
    if (row.kind !== 'ollama') throw CareNotSupported.with();
    return row;
  };
  const running = async (id: string, signal: AbortSignal): Promise<RunningModelView[]> => {
    const provider = toConnection(secretBox, await getOllama(id));
    return (await gateway.runningModels(provider, signal)).map(toRunningModel);
  };
  return {
    running,
    async show(providerId, model, signal) {
      const { id } = await getOllama(providerId);
      return toDetails(await gateway.showModel({ providerId: id, model }, signal));
    },
    async remove(actor, providerId, model, signal) {
      authorize(actor);
      const { id } = await getOllama(providerId);
      await gateway.deleteModel({ providerId: id, model }, signal);
      deps.userFeed.changed(actor.userId, 'provider', id);
    },
    async keepAlive(actor, providerId, { model, keep_alive: keepAlive }, signal) {
      authorize(actor);
      const { id } = await getOllama(providerId);
      await gateway.keepAlive({ providerId: id, model }, keepAlive, signal);
      deps.userFeed.changed(actor.userId, 'provider', id);
      return running(id, signal);
    },
  };
}

function authorize(actor: Actor): void {
  if (!canChangeModels(actor)) throw ModelsForbidden.with();
}
