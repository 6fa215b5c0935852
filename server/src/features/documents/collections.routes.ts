import { defineRoute, type Route } from '../../platform/http/route.ts';
import type { CollectionService } from './collections.service.ts';
import { CollectionExists, CollectionNotFound, InvalidDocumentCursor } from './documents.errors.ts';
import {
  CollectionInput,
  CollectionList,
  CollectionListQuery,
  CollectionParams,
  CollectionRemoved,
  CollectionView,
} from './documents.schemas.ts';

const tags = ['collections'];
const access = 'session';

/** Collections: named groups of documents. */
export function collectionRoutes(collections: CollectionService): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/collections',
      summary: 'List collections, newest first',
      tags,
      access,
      querystring: CollectionListQuery,
      response: { 200: CollectionList },
      errors: [InvalidDocumentCursor],
      handler: ({ actor, query }) => collections.list(actor.userId, query),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/collections',
      summary: 'Create a collection',
      tags,
      access,
      body: CollectionInput,
      response: { 201: CollectionView },
      errors: [CollectionExists],
      handler: ({ actor, body }) => collections.create(actor.userId, body.name),
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/collections/:collection_id',
      summary: 'Rename a collection',
      tags,
      access,
      params: CollectionParams,
      body: CollectionInput,
      response: { 200: CollectionView },
      errors: [CollectionNotFound, CollectionExists],
      handler: ({ actor, params, body }) => collections.rename(actor.userId, params.collection_id, body.name),
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/collections/:collection_id',
      summary: 'Delete a collection; its documents stay',
      tags,
      access,
      params: CollectionParams,
      response: { 200: CollectionRemoved },
      errors: [CollectionNotFound],
      handler: ({ actor, params }) => collections.remove(actor.userId, params.collection_id),
    }),
  ];
}
