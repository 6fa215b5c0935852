import type { ErrorDefinition } from '../../platform/errors.ts';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import { modelErrors } from '../../platform/models/index.ts';
import * as errors from './models.errors.ts';
import { ModelList, ModelQuery } from './models.schemas.ts';
import * as schemas from './slots.schemas.ts';
import type { SlotsService } from './slots.service.ts';

const base = '/api/v1/models/slots';
const tags = ['models'];
const administrator = { role: 'admin' } as const;
const changeErrors: ErrorDefinition[] = [
  errors.SlotNotFound,
  errors.ProviderNotFound,
  errors.WrongCapability,
  errors.SlotForAllOnly,
  ...modelErrors,
];
const personalErrors = [...changeErrors, errors.SlotLocked];
const answers = { 200: schemas.Slot };

/** Jobs and the models that do them, at four levels: everybody, a role, a person, a conversation. */
export function slotRoutes(slots: SlotsService): Route[] {
  return [
    ...listRoutes(slots),
    ...systemRoutes(slots),
    ...roleRoutes(slots),
    ...personRoutes(slots),
    ...conversationRoutes(slots),
  ];
}

function listRoutes(slots: SlotsService): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/models',
      summary: 'List the models of all providers',
      tags,
      access: 'session',
      querystring: ModelQuery,
      response: { 200: ModelList },
      handler: ({ query, signal }) => slots.listModels(query, signal),
    }),
    defineRoute({
      method: 'GET',
      url: base,
      summary: 'List the jobs that models are assigned to',
      description:
        'As they are for everybody; with `for=me`, `for=conversation` or `for=role`, what is in effect there and why.',
      tags,
      access: 'session',
      querystring: schemas.SlotView,
      response: { 200: schemas.SlotList },
      errors: [errors.SlotConversationNotFound, errors.ModelsForbidden],
      handler: async ({ actor, query }) => ({ items: await slots.list(actor, query) }),
    }),
  ];
}

function systemRoutes(slots: SlotsService): Route[] {
  const common = { url: `${base}/:slot`, tags, params: schemas.SlotParams, response: answers };
  const place = { level: 'system' } as const;
  return [
    defineRoute({
      ...common,
      method: 'GET',
      summary: 'The model of a job for everybody',
      access: 'session',
      errors: [errors.SlotNotFound],
      handler: ({ actor, params }) => slots.get(actor, place, params.slot),
    }),
    defineRoute({
      ...common,
      method: 'PUT',
      summary: 'Assign a model to a job, or none',
      access: administrator,
      body: schemas.SlotChoice,
      errors: changeErrors,
      handler: ({ actor, body, params, signal }) => slots.assign(actor, place, params.slot, body, signal),
    }),
    defineRoute({
      ...common,
      method: 'DELETE',
      summary: 'Take the model of a job away',
      access: administrator,
      errors: [errors.SlotNotFound],
      handler: ({ actor, params }) => slots.clear(actor, place, params.slot),
    }),
  ];
}

function roleRoutes(slots: SlotsService): Route[] {
  const common = {
    url: `${base}/:slot/roles/:role`,
    tags,
    access: administrator,
    params: schemas.RoleSlotParams,
    response: answers,
  };
  return [
    defineRoute({
      ...common,
      method: 'GET',
      summary: 'The model of a job for a role',
      errors: [errors.SlotNotFound],
      handler: ({ actor, params }) => slots.get(actor, { level: 'role', role: params.role }, params.slot),
    }),
    defineRoute({
      ...common,
      method: 'PUT',
      summary: 'Assign a model to a job for a role',
      body: schemas.SlotChoice,
      errors: changeErrors,
      handler: ({ actor, body, params, signal }) =>
        slots.assign(actor, { level: 'role', role: params.role }, params.slot, body, signal),
    }),
    defineRoute({
      ...common,
      method: 'DELETE',
      summary: 'Let a job of a role be done as for everybody',
      errors: [errors.SlotNotFound],
      handler: ({ actor, params }) => slots.clear(actor, { level: 'role', role: params.role }, params.slot),
    }),
  ];
}

function personRoutes(slots: SlotsService): Route[] {
  const common = {
    url: `${base}/:slot/me`,
    tags,
    access: 'session',
    params: schemas.SlotParams,
    response: answers,
  } as const;
  const place = { level: 'person' } as const;
  return [
    defineRoute({
      ...common,
      method: 'GET',
      summary: 'The model of a job for yourself',
      errors: [errors.SlotNotFound],
      handler: ({ actor, params }) => slots.get(actor, place, params.slot),
    }),
    defineRoute({
      ...common,
      method: 'PUT',
      summary: 'Choose a model for a job for yourself',
      body: schemas.SlotChoice,
      errors: personalErrors,
      handler: ({ actor, body, params, signal }) => slots.assign(actor, place, params.slot, body, signal),
    }),
    defineRoute({
      ...common,
      method: 'DELETE',
      summary: 'Have a job done as for everybody again',
      errors: [errors.SlotNotFound, errors.SlotLocked, errors.SlotForAllOnly],
      handler: ({ actor, params }) => slots.clear(actor, place, params.slot),
    }),
  ];
}

function conversationRoutes(slots: SlotsService): Route[] {
  const common = {
    url: `${base}/:slot/conversations/:conversation_id`,
    tags,
    access: 'session',
    params: schemas.ConversationSlotParams,
    response: answers,
  } as const;
  const placeOf = (params: { conversation_id: string }) => ({
    level: 'conversation' as const,
    conversationId: params.conversation_id,
  });
  return [
    defineRoute({
      ...common,
      method: 'GET',
      summary: 'The model of a job in a conversation',
      errors: [errors.SlotNotFound, errors.SlotConversationNotFound],
      handler: ({ actor, params }) => slots.get(actor, placeOf(params), params.slot),
    }),
    defineRoute({
      ...common,
      method: 'PUT',
      summary: 'Choose a model for a job in a conversation',
      body: schemas.SlotChoice,
      errors: [...personalErrors, errors.SlotConversationNotFound],
      handler: ({ actor, body, params, signal }) =>
        slots.assign(actor, placeOf(params), params.slot, body, signal),
    }),
    defineRoute({
      ...common,
      method: 'DELETE',
      summary: 'Have a job in a conversation done as elsewhere again',
      errors: [
        errors.SlotNotFound,
        errors.SlotConversationNotFound,
        errors.SlotLocked,
        errors.SlotForAllOnly,
      ],
      handler: ({ actor, params }) => slots.clear(actor, placeOf(params), params.slot),
    }),
  ];
}
