import type { Database } from '../../platform/database/database.ts';
import type { EventBus } from '../../platform/events/event-bus.ts';
import type { UserFeed } from '../../platform/events/user-feed.ts';
import type { Actor } from '../../platform/http/route.ts';
import {
  builtinProviderId,
  type ModelGateway,
  type SlotName,
  slotNames,
} from '../../platform/models/index.ts';
import { announceModelChange } from './model-changes.ts';
import { ModelsForbidden, WrongCapability } from './models.errors.ts';
import { canChangeModels } from './models.policy.ts';
import * as queries from './models.queries.ts';
import type { ModelList, ModelQuery, Slot, SlotChoice } from './models.schemas.ts';
import { builtinModel, toModel, toSlot } from './models.views.ts';
import { getProvider } from './providers.service.ts';

export interface SlotsService {
  listModels(query: ModelQuery, signal: AbortSignal): Promise<ModelList>;
  list(): Promise<Slot[]>;
  /** Gives a job to a model that its server confirms, or takes it away. */
  assign(actor: Actor, slot: SlotName, choice: SlotChoice, signal: AbortSignal): Promise<Slot>;
}

/** Told in the process that assigned a job to another model: `{ slot }`. */
export const slotAssignedTopic = 'models.slot-assigned';

/** Verbs on models and on the jobs that they are assigned to. */
export function createSlotsService(deps: {
  db: Database;
  gateway: ModelGateway;
  userFeed: UserFeed;
  bus: EventBus;
}): SlotsService {
  const { db, gateway } = deps;
  const list = async (): Promise<Slot[]> => {
    const [assignments, providers] = await Promise.all([
      queries.listAssignments(db),
      queries.listProviders(db),
    ]);
    return slotNames.map((slot) => toSlot(slot, assignments, providers));
  };
  return {
    list,
    async listModels({ capability }, signal) {
      const { items, unreachable } = await gateway.listModels(signal);
      const models = [...items.map(toModel), builtinModel];
      return {
        items: models.filter((model) => capability === undefined || model.capabilities.includes(capability)),
        unreachable: unreachable.map(({ providerId, code, detail }) => ({
          provider_id: providerId,
          code,
          detail,
        })),
      };
    },
    async assign(actor, slot, choice, signal) {
      if (!canChangeModels(actor)) throw ModelsForbidden.with();
      if (choice.provider_id === null || choice.provider_id === builtinProviderId)
        await queries.saveAssignment(db, slot, { provider_id: null, model: null });
      else {
        const chosen = { provider_id: choice.provider_id, model: choice.model ?? '' };
        await checkCapability(deps, slot, chosen, signal);
        await queries.saveAssignment(db, slot, chosen);
      }
      announceModelChange(deps.bus);
      deps.userFeed.changed(actor.userId, 'provider', choice.provider_id ?? builtinProviderId);
      deps.bus.publishLocal(slotAssignedTopic, { slot });
      const found = (await list()).find((one) => one.slot === slot);
      if (!found) throw new Error(`Slot ${slot} is not in the list of slots.`);
      return found;
    },
  };
}

async function checkCapability(
  { db, gateway }: { db: Database; gateway: ModelGateway },
  slot: SlotName,
  choice: { provider_id: string; model: string },
  signal: AbortSignal,
): Promise<void> {
  const provider = await getProvider(db, choice.provider_id);
  const { capabilities } = await gateway.describeModel(
    { providerId: provider.id, model: choice.model },
    signal,
  );
  const needed = slot === 'embedding' ? 'embedding' : 'chat';
  // OpenAI-compatible servers do not say what a model can do; a guess by its name must not stand in the way.
  if (provider.kind === 'openai' || capabilities.includes(needed)) return;
  const job = slot === 'embedding' ? 'embed texts' : 'answer questions';
  const detail = `The model ${choice.model} cannot ${job}. Choose one that can.`;
  throw WrongCapability.with({ detail, errors: [{ field: 'model', detail }] });
}
