import { validate as isUuid } from 'uuid';
import type { Database } from '../../platform/database/database.ts';
import type { EventBus } from '../../platform/events/event-bus.ts';
import type { UserFeed } from '../../platform/events/user-feed.ts';
import type { Actor, Role } from '../../platform/http/route.ts';
import {
  builtinProviderId,
  isSlotName,
  type ModelGateway,
  modelSlots,
  type SlotName,
  slotNames,
} from '../../platform/models/index.ts';
import { announceModelChange } from './model-changes.ts';
import {
  ModelsForbidden,
  SlotConversationNotFound,
  SlotForAllOnly,
  SlotLocked,
  SlotNotFound,
  WrongCapability,
} from './models.errors.ts';
import { canChangeModels } from './models.policy.ts';
import { listProviders } from './models.queries.ts';
import type { ModelList, ModelQuery } from './models.schemas.ts';
import { builtinModel, toModel } from './models.views.ts';
import { getProvider } from './providers.service.ts';
import { lockedAt } from './slot-resolution.ts';
import * as queries from './slots.queries.ts';
import type { Slot, SlotChoice, SlotView } from './slots.schemas.ts';
import { fromOptionsBody, toLevelAssignments, toSlot } from './slots.views.ts';

/** Where an actor wants to look or to change something. */
export type WantedPlace =
  | { level: 'system' }
  | { level: 'role'; role: Role }
  | { level: 'person' }
  | { level: 'conversation'; conversationId: string };

export interface SlotsService {
  listModels(query: ModelQuery, signal: AbortSignal): Promise<ModelList>;
  /** All slots as they are for everybody, for a role, for the actor, or for one of their conversations. */
  list(actor: Actor, view: SlotView): Promise<Slot[]>;
  get(actor: Actor, place: WantedPlace, slot: string): Promise<Slot>;
  /** Gives a job to a model that its server confirms, with fall-backs and options, or takes it away. */
  assign(
    actor: Actor,
    place: WantedPlace,
    slot: string,
    choice: SlotChoice,
    signal: AbortSignal,
  ): Promise<Slot>;
  /** Removes what is set at one level. */
  clear(actor: Actor, place: WantedPlace, slot: string): Promise<Slot>;
}

export interface SlotsDependencies {
  db: Database;
  gateway: ModelGateway;
  userFeed: UserFeed;
  bus: EventBus;
  /** Whether somebody has a conversation with this id. */
  ownsConversation(userId: string, conversationId: string): Promise<boolean>;
}

/** Told in the process that assigned a job of everybody to another model: `{ slot }`. */
export const slotAssignedTopic = 'models.slot-assigned';

/** Verbs on models and on the jobs that they are assigned to. */
export function createSlotsService(deps: SlotsDependencies): SlotsService {
  const { db } = deps;
  const list = async (actor: Actor, place: queries.SlotPlace): Promise<Slot[]> => {
    const [rows, providers] = await Promise.all([rowsThatCount(db, actor, place), listProviders(db)]);
    return slotNames.map((slot) => toSlot(slot, { rows, level: place.level, providers }));
  };
  const get = async (actor: Actor, place: queries.SlotPlace, slot: SlotName): Promise<Slot> => {
    const found = (await list(actor, place)).find((one) => one.slot === slot);
    if (!found) throw new Error(`Slot ${slot} is not in the list of slots.`);
    return found;
  };
  const announce = (actor: Actor, place: queries.SlotPlace, slot: SlotName): void => {
    announceModelChange(deps.bus);
    deps.userFeed.changed(actor.userId, 'provider', slot);
    if (place.level === 'system') deps.bus.publishLocal(slotAssignedTopic, { slot });
  };
  return {
    listModels: (query, signal) => listModels(deps.gateway, query, signal),
    async list(actor, view) {
      return list(actor, await authorizeLook(deps, actor, placeOf(view)));
    },
    async get(actor, wanted, name) {
      const slot = knownSlot(name);
      return get(actor, await authorizeLook(deps, actor, wanted), slot);
    },
    async assign(actor, wanted, name, choice, signal) {
      const slot = knownSlot(name);
      const place = await authorizeChange(deps, actor, wanted, slot);
      const assignment = await toAssignment(deps, slot, choice, signal);
      const { choices, options, locked } = assignment;
      if (choices.length === 0 && Object.keys(options).length === 0 && !locked)
        await queries.deleteAssignment(db, place, slot);
      else await db.transaction().execute((trx) => queries.saveAssignment(trx, place, slot, assignment));
      announce(actor, place, slot);
      return get(actor, place, slot);
    },
    async clear(actor, wanted, name) {
      const slot = knownSlot(name);
      const place = await authorizeChange(deps, actor, wanted, slot);
      await queries.deleteAssignment(db, place, slot);
      announce(actor, place, slot);
      return get(actor, place, slot);
    },
  };
}

function knownSlot(name: string): SlotName {
  if (!isSlotName(name)) throw SlotNotFound.with();
  return name;
}

function placeOf(view: SlotView): WantedPlace {
  if (view.for === 'me') return { level: 'person' };
  if (view.for === 'role') return { level: 'role', role: view.role ?? 'user' };
  if (view.for === 'conversation')
    return { level: 'conversation', conversationId: view.conversation_id ?? '' };
  return { level: 'system' };
}

/** What is set for everybody anybody may see; what is set for a role, those who set it. */
async function authorizeLook(
  deps: SlotsDependencies,
  actor: Actor,
  wanted: WantedPlace,
): Promise<queries.SlotPlace> {
  if (wanted.level === 'role' && !canChangeModels(actor)) throw ModelsForbidden.with();
  if (wanted.level === 'person') return { ...wanted, userId: actor.userId };
  if (wanted.level !== 'conversation') return wanted;
  const { conversationId } = wanted;
  if (!isUuid(conversationId) || !(await deps.ownsConversation(actor.userId, conversationId)))
    throw SlotConversationNotFound.with();
  return { ...wanted, userId: actor.userId };
}

async function authorizeChange(
  deps: SlotsDependencies,
  actor: Actor,
  wanted: WantedPlace,
  slot: SlotName,
): Promise<queries.SlotPlace> {
  if (wanted.level === 'system' && !canChangeModels(actor)) throw ModelsForbidden.with();
  const place = await authorizeLook(deps, actor, wanted);
  if (place.level !== 'system' && modelSlots[slot].needs === 'embedding') throw SlotForAllOnly.with();
  if (place.level === 'person' || place.level === 'conversation') {
    const rows = await rowsThatCount(deps.db, actor, place);
    if (lockedAt(slot, toLevelAssignments(rows)) !== undefined) throw SlotLocked.with();
  }
  return place;
}

async function rowsThatCount(
  db: Database,
  actor: Actor,
  place: queries.SlotPlace,
): Promise<queries.AssignmentRow[]> {
  const role = place.level === 'role' ? place.role : actor.role;
  const shared = (await queries.listSharedAssignments(db)).filter(
    (row) => row.level === 'system' || (place.level !== 'system' && row.role === role),
  );
  if (place.level === 'system' || place.level === 'role') return shared;
  const own = await queries.listOwnAssignments(db, place.userId);
  if (place.level === 'person') return [...shared, ...own];
  const { userId, conversationId } = place;
  return [...shared, ...own, ...(await queries.listConversationAssignments(db, userId, conversationId))];
}

async function listModels(
  gateway: ModelGateway,
  { capability }: ModelQuery,
  signal: AbortSignal,
): Promise<ModelList> {
  const { items, unreachable } = await gateway.listModels(signal);
  const models = [...items.map(toModel), builtinModel];
  return {
    items: models.filter((model) => capability === undefined || model.capabilities.includes(capability)),
    unreachable: unreachable.map(({ providerId, ...failure }) => ({ provider_id: providerId, ...failure })),
  };
}

async function toAssignment(
  deps: SlotsDependencies,
  slot: SlotName,
  choice: SlotChoice,
  signal: AbortSignal,
): Promise<queries.NewAssignment> {
  const options = fromOptionsBody(choice.options ?? {});
  const locked = choice.locked ?? false;
  if (choice.provider_id === null || choice.provider_id === builtinProviderId)
    return { choices: [], options, locked };
  const { provider_id, model, fallbacks = [] } = choice;
  const choices = [{ provider_id, model }, ...fallbacks];
  for (const [index, one] of choices.entries())
    await checkCapability(deps, slot, one, { signal, field: index === 0 ? 'model' : 'fallbacks' });
  return { choices, options, locked };
}

const jobs = { chat: 'answer questions', embedding: 'embed texts', vision: 'look at pictures' };

async function checkCapability(
  { db, gateway }: SlotsDependencies,
  slot: SlotName,
  choice: { provider_id: string; model: string },
  { signal, field }: { signal: AbortSignal; field: string },
): Promise<void> {
  const provider = await getProvider(db, choice.provider_id);
  const wanted = { providerId: provider.id, model: choice.model };
  const { capabilities } = await gateway.describeModel(wanted, signal);
  const { needs } = modelSlots[slot];
  // OpenAI-compatible servers do not say what a model can do; a guess by its name must not stand in the way.
  if (provider.kind === 'openai' || capabilities.includes(needs)) return;
  const detail = `The model ${choice.model} cannot ${jobs[needs]}. Choose one that can.`;
  throw WrongCapability.with({
    detail,
    reason: needs,
    params: { model: choice.model },
    errors: [{ field, detail }],
  });
}
