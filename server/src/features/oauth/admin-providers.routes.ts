import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { ErrorDefinition } from '../../platform/errors.ts';
import { isProblem } from '../../platform/errors.ts';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import { clientFacts } from '../audit/index.ts';
import * as errors from './oauth.errors.ts';
import * as schemas from './oauth.schemas.ts';
import type { ProviderWithUse } from './providers.queries.ts';
import type { ProvidersService } from './providers.service.ts';
import { redirectUri } from './redirect-uri.ts';

const base = '/api/v1/admin/oauth-providers';
const tags = ['administration'];
const superuser = { role: 'superuser' } as const;
const providerErrors: ErrorDefinition[] = [
  errors.ProviderNotFound,
  errors.ProviderTaken,
  errors.InvalidIssuer,
  errors.SecretForOtherServer,
];

/** Routes of the administration of sign-in providers. */
export function adminProviderRoutes(options: {
  providers: ProvidersService;
  publicUrl: string | undefined;
}): Route[] {
  const { providers } = options;
  const addressOf = (request: FastifyRequest, id: string): string | null => {
    try {
      return redirectUri(options.publicUrl, request.host, id);
    } catch (error) {
      if (isProblem(error, errors.PublicUrlNeeded)) return null;
      throw error;
    }
  };
  const show = (request: FastifyRequest, row: ProviderWithUse): schemas.AdminProvider =>
    toAdminProvider(row, addressOf(request, row.id));
  return [
    defineRoute({
      method: 'GET',
      url: base,
      summary: 'List sign-in providers',
      tags,
      access: superuser,
      response: { 200: schemas.AdminProviderList },
      handler: async ({ actor, request }) => ({
        items: (await providers.list(actor)).map((row) => show(request, row)),
        next_cursor: null,
      }),
    }),
    defineRoute({
      method: 'POST',
      url: base,
      summary: 'Add a sign-in provider',
      description:
        'preset "google" knows its issuer. The client secret is stored encrypted and never returned; redirect_uri is what the provider must be told.',
      tags,
      access: superuser,
      stepUp: true,
      body: schemas.NewProvider,
      response: { 201: schemas.AdminProvider },
      errors: providerErrors,
      handler: async ({ actor, body, request }) =>
        show(request, await providers.add(actor, body, clientFacts(request))),
    }),
    ...oneProviderRoutes(providers, { show, addressOf }),
  ];
}

function oneProviderRoutes(
  providers: ProvidersService,
  view: {
    show(request: FastifyRequest, row: ProviderWithUse): schemas.AdminProvider;
    addressOf(request: FastifyRequest, id: string): string | null;
  },
): Route[] {
  const one = { tags, access: superuser, stepUp: true, params: schemas.ProviderIdParams } as const;
  return [
    defineRoute({
      ...one,
      method: 'PATCH',
      url: `${base}/:id`,
      summary: 'Change a sign-in provider',
      body: schemas.ProviderChanges,
      response: { 200: schemas.AdminProvider },
      errors: providerErrors,
      handler: async ({ actor, params, body, request }) =>
        view.show(request, await providers.change(actor, params.id, body, clientFacts(request))),
    }),
    defineRoute({
      ...one,
      method: 'DELETE',
      url: `${base}/:id`,
      summary: 'Remove a sign-in provider',
      description:
        'People keep the identities they connected; adding the same issuer makes them usable again.',
      response: { 200: Type.Object({ removed: Type.Literal(true) }) },
      errors: [errors.ProviderNotFound],
      handler: async ({ actor, params, request }) => {
        await providers.remove(actor, params.id, clientFacts(request));
        return { removed: true };
      },
    }),
    defineRoute({
      ...one,
      method: 'POST',
      url: `${base}/:id/test`,
      summary: 'Try a sign-in provider',
      description:
        'Runs discovery, looks at keys and clock, and says of each step what is wrong and what to do.',
      response: { 200: schemas.ProviderTest },
      errors: [errors.ProviderNotFound],
      handler: async ({ actor, params, request }) => {
        const checks = await providers.test(actor, params.id);
        const ok = checks.every((check) => check.state !== 'failed');
        return { ok, redirect_uri: view.addressOf(request, params.id), checks };
      },
    }),
  ];
}

function toAdminProvider(row: ProviderWithUse, redirect: string | null): schemas.AdminProvider {
  return {
    id: row.id,
    preset: row.preset,
    name: row.name,
    issuer: row.issuer,
    client_id: row.client_id,
    has_client_secret: row.client_secret_sealed !== null,
    scopes: row.scopes,
    allow_local: row.allow_local,
    trust_email: row.trust_email,
    enabled: row.enabled,
    linked_people: row.linked_people,
    redirect_uri: redirect,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
