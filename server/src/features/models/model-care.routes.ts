import { Type } from 'typebox';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import { modelErrors } from '../../platform/models/index.ts';
import type { ModelCareService } from './model-care.service.ts';
import { CareNotSupported, ProviderNotFound } from './models.errors.ts';
import * as schemas from './models.schemas.ts';

const base = '/api/v1/models/providers/:provider_id';
const errors = [ProviderNotFound, CareNotSupported, ...modelErrors];
const administrator = { role: 'admin' } as const;
/** A large model needs its time from the disk into memory. */
const loadTimeoutMs = 130_000;

/** Models of Ollama servers. Their names hold slashes and colons, so they stand in the query or the body. */
export function modelCareRoutes(care: ModelCareService): Route[] {
  const common = { tags: ['models'], params: schemas.ProviderParams, errors };
  return [
    defineRoute({
      ...common,
      method: 'GET',
      url: `${base}/model`,
      summary: 'What a model can do, from its server',
      access: 'session',
      querystring: schemas.ModelNameQuery,
      response: { 200: schemas.ModelDetailsView },
      handler: ({ params, query, signal }) => care.show(params.provider_id, query.model, signal),
    }),
    defineRoute({
      ...common,
      method: 'DELETE',
      url: `${base}/model`,
      summary: 'Remove a model from the disk of its server',
      access: administrator,
      querystring: schemas.ModelNameQuery,
      response: { 200: Type.Object({ removed: Type.Boolean() }) },
      handler: async ({ actor, params, query, signal }) => {
        await care.remove(actor, params.provider_id, query.model, signal);
        return { removed: true };
      },
    }),
    defineRoute({
      ...common,
      method: 'GET',
      url: `${base}/running`,
      summary: 'What a server has in memory',
      access: 'session',
      response: { 200: schemas.RunningModelList },
      handler: async ({ params, signal }) => ({ items: await care.running(params.provider_id, signal) }),
    }),
    defineRoute({
      ...common,
      method: 'POST',
      url: `${base}/keep-alive`,
      summary: 'Load a model, or take it out of memory',
      access: administrator,
      timeoutMs: loadTimeoutMs,
      body: schemas.KeepAlive,
      response: { 200: schemas.RunningModelList },
      handler: async ({ actor, params, body, signal }) => ({
        items: await care.keepAlive(actor, params.provider_id, body, signal),
      }),
    }),
  ];
}
