import { Type } from 'typebox';
import type { ErrorDefinition } from '../../platform/errors.ts';
import { openEventSource } from '../../platform/http/event-source.ts';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import { modelErrors } from '../../platform/models/index.ts';
import * as errors from './models.errors.ts';
import * as schemas from './models.schemas.ts';
import type { ProvidersService } from './providers.service.ts';
import type { PullsService } from './pulls.service.ts';
import type { SlotsService } from './slots.service.ts';

export interface ModelServices {
  providers: ProvidersService;
  slots: SlotsService;
  pulls: PullsService;
}

const base = '/api/v1/models';
const tags = ['models'];
const administrator = { role: 'admin' } as const;
const providerErrors: ErrorDefinition[] = [
  errors.ProviderNotFound,
  errors.ProviderNameTaken,
  errors.InvalidBaseUrl,
  errors.KeyForOtherServer,
  ...modelErrors.filter((error) => error.code === 'models.address_not_allowed'),
];

/** Routes of this feature. */
export function modelRoutes(services: ModelServices): Route[] {
  return [
    ...providerRoutes(services),
    ...oneProviderRoutes(services),
    ...slotRoutes(services),
    ...pullRoutes(services),
  ];
}

function providerRoutes({ providers }: ModelServices): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: `${base}/providers`,
      summary: 'List model providers',
      tags,
      access: 'session',
      response: { 200: schemas.ProviderList },
      handler: async () => ({ items: await providers.list(), next_cursor: null }),
    }),
    defineRoute({
      method: 'POST',
      url: `${base}/providers`,
      summary: 'Add a model provider',
      description:
        'A private or loopback address needs `allow_local`. The API key is stored encrypted and never returned.',
      tags,
      access: administrator,
      body: schemas.NewProvider,
      response: { 201: schemas.Provider },
      errors: providerErrors,
      handler: ({ actor, body, signal }) => providers.add(actor, body, signal),
    }),
    defineRoute({
      method: 'PATCH',
      url: `${base}/providers/:provider_id`,
      summary: 'Change a model provider',
      tags,
      access: administrator,
      params: schemas.ProviderParams,
      body: schemas.ProviderChanges,
      response: { 200: schemas.Provider },
      errors: providerErrors,
      handler: ({ actor, body, params, signal }) => providers.change(actor, params.provider_id, body, signal),
    }),
  ];
}

function oneProviderRoutes({ providers }: ModelServices): Route[] {
  return [
    defineRoute({
      method: 'DELETE',
      url: `${base}/providers/:provider_id`,
      summary: 'Remove a model provider and its assignments',
      tags,
      access: administrator,
      params: schemas.ProviderParams,
      response: { 200: Type.Object({ removed: Type.Boolean() }) },
      errors: [errors.ProviderNotFound],
      handler: async ({ actor, params }) => {
        await providers.remove(actor, params.provider_id);
        return { removed: true };
      },
    }),
    defineRoute({
      method: 'POST',
      url: `${base}/providers/:provider_id/test`,
      summary: 'Ask a model provider whether it is well',
      tags,
      access: administrator,
      params: schemas.ProviderParams,
      response: { 200: schemas.Provider },
      errors: [errors.ProviderNotFound],
      handler: ({ actor, params, signal }) => providers.test(actor, params.provider_id, signal),
    }),
  ];
}

function slotRoutes({ slots }: ModelServices): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: base,
      summary: 'List the models of all providers',
      tags,
      access: 'session',
      querystring: schemas.ModelQuery,
      response: { 200: schemas.ModelList },
      handler: ({ query, signal }) => slots.listModels(query, signal),
    }),
    defineRoute({
      method: 'GET',
      url: `${base}/slots`,
      summary: 'List the jobs that models are assigned to',
      tags,
      access: 'session',
      response: { 200: schemas.SlotList },
      handler: async () => ({ items: await slots.list() }),
    }),
    defineRoute({
      method: 'PUT',
      url: `${base}/slots/:slot`,
      summary: 'Assign a model to a job, or none',
      tags,
      access: administrator,
      params: schemas.SlotParams,
      body: schemas.SlotChoice,
      response: { 200: schemas.Slot },
      errors: [errors.ProviderNotFound, errors.WrongCapability, ...modelErrors],
      handler: ({ actor, body, params, signal }) => slots.assign(actor, params.slot, body, signal),
    }),
  ];
}

function pullRoutes({ pulls }: ModelServices): Route[] {
  return [
    defineRoute({
      method: 'POST',
      url: `${base}/providers/:provider_id/pull`,
      summary: 'Download a model to an Ollama server',
      tags,
      access: administrator,
      params: schemas.ProviderParams,
      body: schemas.NewPull,
      response: { 202: schemas.Pull },
      errors: [errors.ProviderNotFound, errors.PullNotSupported],
      handler: ({ actor, body, params }) => pulls.start(actor, params.provider_id, body.model),
    }),
    defineRoute({
      method: 'GET',
      url: `${base}/pulls`,
      summary: 'List the newest downloads',
      tags,
      access: 'session',
      response: { 200: schemas.PullList },
      handler: async () => ({ items: await pulls.list(), next_cursor: null }),
    }),
    pullEventsRoute(pulls),
    defineRoute({
      method: 'DELETE',
      url: `${base}/pulls/:pull_id`,
      summary: 'Cancel a download',
      tags,
      access: administrator,
      params: schemas.PullParams,
      response: { 202: schemas.Pull },
      errors: [errors.PullNotFound],
      handler: ({ actor, params }) => pulls.cancel(actor, params.pull_id),
    }),
  ];
}

function pullEventsRoute(pulls: PullsService): Route {
  return defineRoute({
    method: 'GET',
    url: `${base}/pulls/:pull_id/events`,
    summary: 'Follow a download (server-sent events)',
    description:
      'Numbered events `progress` and `end`, each with the download. Resumes after `Last-Event-ID` or `after_seq`.',
    tags,
    access: 'session',
    kind: 'stream',
    params: schemas.PullParams,
    querystring: schemas.PullEventsQuery,
    response: { 200: Type.Unknown() },
    errors: [errors.PullNotFound],
    handler: async ({ params, query, reply, request, signal }) => {
      const last = Number(request.headers['last-event-id'] ?? query.after_seq ?? 0);
      const events = await pulls.follow(
        params.pull_id,
        Number.isSafeInteger(last) && last > 0 ? last : 0,
        signal,
      );
      const writer = openEventSource(reply, signal);
      for await (const batch of events) await writer.sendAll(batch);
      writer.close();
    },
  });
}
