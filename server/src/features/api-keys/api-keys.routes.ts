import { Type } from 'typebox';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import { clientFacts } from '../audit/index.ts';
import { apiKeyScopes } from './api-key-scopes.ts';
import { ApiKeyNotFound, TooManyApiKeys } from './api-keys.errors.ts';
import {
  ApiKey,
  ApiKeyParams,
  CreateBody,
  RenameBody,
  RotateBody,
  ScopeList,
  SecretText,
  toApiKey,
} from './api-keys.schemas.ts';
import type { ApiKeysService } from './api-keys.service.ts';

const tags = ['api-keys'];
const base = '/api/v1/auth/api-keys';

/** Routes of a person's own API keys. No API key reaches them: a key makes no keys. */
export function apiKeyRoutes(keys: ApiKeysService): Route[] {
  return [...readingRoutes(keys), createRoute(keys), ...changeRoutes(keys), rotateRoute(keys)];
}

function readingRoutes(keys: ApiKeysService): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: base,
      summary: 'Your API keys',
      tags,
      access: 'session',
      response: { 200: Type.Object({ items: Type.Array(ApiKey), next_cursor: Type.Null() }) },
      handler: async ({ actor }) => ({ items: (await keys.list(actor)).map(toApiKey), next_cursor: null }),
    }),
    defineRoute({
      method: 'GET',
      url: `${base}/scopes`,
      summary: 'What an API key may be given',
      tags,
      access: 'session',
      response: { 200: ScopeList },
      handler: () => ({ items: [...apiKeyScopes], next_cursor: null }),
    }),
  ];
}

function createRoute(keys: ApiKeysService): Route {
  return defineRoute({
    method: 'POST',
    url: base,
    summary: 'Make an API key',
    description:
      'The secret is in this answer and nowhere else. Programs send it as Authorization: Bearer aiwfe_… and need neither cookies nor CSRF tokens.',
    tags,
    access: 'session',
    stepUp: true,
    body: CreateBody,
    response: { 201: Type.Object({ api_key: ApiKey, secret: SecretText }) },
    errors: [TooManyApiKeys],
    handler: async ({ actor, body, request }) => {
      const input = { name: body.name, scopes: body.scopes, expiresInDays: body.expires_in_days ?? null };
      const { key, secret } = await keys.create(actor, input, clientFacts(request));
      return { api_key: toApiKey(key), secret: secret.reveal() };
    },
  });
}

function changeRoutes(keys: ApiKeysService): Route[] {
  return [
    defineRoute({
      method: 'PATCH',
      url: `${base}/:key_id`,
      summary: 'Rename an API key',
      tags,
      access: 'session',
      params: ApiKeyParams,
      body: RenameBody,
      response: { 200: ApiKey },
      errors: [ApiKeyNotFound],
      handler: async ({ actor, params, body, request }) =>
        toApiKey(await keys.rename(actor, params.key_id, body.name, clientFacts(request))),
    }),
    defineRoute({
      method: 'DELETE',
      url: `${base}/:key_id`,
      summary: 'Revoke an API key',
      description: 'It is refused everywhere within a second, also on open streams.',
      tags,
      access: 'session',
      params: ApiKeyParams,
      response: { 200: Type.Object({ revoked: Type.Literal(true) }) },
      errors: [ApiKeyNotFound],
      handler: async ({ actor, params, request }) => {
        await keys.revoke(actor, params.key_id, clientFacts(request));
        return { revoked: true };
      },
    }),
  ];
}

function rotateRoute(keys: ApiKeysService): Route {
  return defineRoute({
    method: 'POST',
    url: `${base}/:key_id/rotate`,
    summary: 'Give an API key a new secret',
    description: 'The old secret stays good for 24 hours, so that programs can change over, or ends at once.',
    tags,
    access: 'session',
    stepUp: true,
    params: ApiKeyParams,
    body: RotateBody,
    response: {
      200: Type.Object({
        api_key: ApiKey,
        secret: SecretText,
        previous_valid_until: ApiKey.properties.previous_valid_until,
      }),
    },
    errors: [ApiKeyNotFound],
    handler: async ({ actor, params, body, request }) => {
      const endNow = body.end_previous_now ?? false;
      const { key, secret } = await keys.rotate(actor, params.key_id, endNow, clientFacts(request));
      const view = toApiKey(key);
      return { api_key: view, secret: secret.reveal(), previous_valid_until: view.previous_valid_until };
    },
  });
}
