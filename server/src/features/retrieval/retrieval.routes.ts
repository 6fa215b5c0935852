import { defineRoute, type Route } from '../../platform/http/route.ts';
import { ScopeNotFound } from './retrieval.errors.ts';
import { SearchRequestSchema, SearchResponseSchema } from './retrieval.schemas.ts';
import type { RetrievalService } from './retrieval.service.ts';

const defaultLimit = 10;
const bodyLimitBytes = 512 * 1024;

/** The search route over one's own documents. */
export function retrievalRoutes(service: RetrievalService): Route[] {
  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/search',
      summary: 'Search the passages of your documents',
      description:
        'Finds passages by words and, where an embedding model is assigned, by meaning. Says why each passage is there.',
      tags: ['search'],
      access: 'session',
      bodyLimitBytes,
      body: SearchRequestSchema,
      response: { 200: SearchResponseSchema },
      errors: [ScopeNotFound],
      async handler({ actor, body, signal }) {
        const { items, tookMs, retrieval } = await service.search({
          actor,
          query: body.query,
          scope: body.scope ?? { kind: 'all' },
          limit: body.limit ?? defaultLimit,
          signal,
        });
        return { items, took_ms: tookMs, retrieval };
      },
    }),
  ];
}
