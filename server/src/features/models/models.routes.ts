import { Type } from 'typebox';
import type { ErrorDefinition } from '../../platform/errors.ts';
import type { UserFeed } from '../../platform/events/user-feed.ts';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import { sendStoredStream } from '../../platform/http/send-stored-stream.ts';
import { modelErrors } from '../../platform/models/index.ts';
import { modelCareRoutes } from './model-care.routes.ts';
import type { ModelCareService } from './model-care.service.ts';
import * as errors from './models.errors.ts';
import * as schemas from './models.schemas.ts';
import type { ProvidersService } from './providers.service.ts';
import type { PullsService } from './pulls.service.ts';
import { slotRoutes } from './slots.routes.ts';
import type { SlotsService } from './slots.service.ts';
import { usageRoutes } from './usage.routes.ts';
import type { UsageService } from './usage.service.ts';

export interface ModelServices {
  providers: ProvidersService;
  slots: SlotsService;
  pulls: PullsService;
  care: ModelCareService;
  usage: UsageService;
  userFeed: UserFeed;
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
    ...slotRoutes(services.slots),
    ...modelCareRoutes(services.care),
    ...usageRoutes(services.usage),
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

function pullRoutes(services: ModelServices): Route[] {
  const { pulls } = services;
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
    pullEventsRoute(services),
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

function pullEventsRoute({ pulls, userFeed }: ModelServices): Route {
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
    errors: [errors.PullNotFound, errors.InvalidPullPosition],
    handler: (context) =>
      sendStoredStream(context, {
        userFeed,
        afterSeq: context.query.after_seq,
        invalidPosition: errors.InvalidPullPosition,
        follow: (afterSeq, signal) => pulls.follow(context.params.pull_id, afterSeq, signal),
      }),
  });
}
