import { defineRoute, type Route } from '../../platform/http/route.ts';
import {
  CollectionNotFound,
  DocumentBusy,
  DocumentNotFound,
  DocumentUndoExpired,
  InvalidDocumentCursor,
} from './documents.errors.ts';
import {
  DocumentChange,
  DocumentList,
  DocumentListQuery,
  DocumentParams,
  DocumentView,
  Removed,
  Undo,
} from './documents.schemas.ts';
import type { DocumentService } from './documents.service.ts';

const tags = ['documents'];
const access = 'session';

/** What people do with their documents as wholes. */
export function documentRoutes(documents: DocumentService): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/documents',
      summary: 'List documents, newest first',
      tags,
      access,
      querystring: DocumentListQuery,
      response: { 200: DocumentList },
      errors: [InvalidDocumentCursor],
      handler: ({ actor, query }) => documents.list(actor.userId, query),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/documents/:document_id',
      summary: 'Read one document',
      tags,
      access,
      params: DocumentParams,
      response: { 200: DocumentView },
      errors: [DocumentNotFound],
      handler: ({ actor, params }) => documents.get(actor.userId, params.document_id),
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/documents/:document_id',
      summary: 'Rename a document or move it to a collection',
      tags,
      access,
      params: DocumentParams,
      body: DocumentChange,
      response: { 200: DocumentView },
      errors: [DocumentNotFound, CollectionNotFound],
      handler: ({ actor, params, body }) => documents.change(actor.userId, params.document_id, body),
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/documents/:document_id',
      summary: 'Delete a document; it can be restored for a moment',
      tags,
      access,
      params: DocumentParams,
      response: { 200: Undo },
      errors: [DocumentNotFound],
      handler: ({ actor, params }) => documents.remove(actor.userId, params.document_id),
    }),
    ...recoveryRoutes(documents),
  ];
}

function recoveryRoutes(documents: DocumentService): Route[] {
  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/documents/:document_id/restore',
      summary: 'Take a deletion back',
      tags,
      access,
      params: DocumentParams,
      response: { 200: DocumentView },
      errors: [DocumentNotFound, DocumentUndoExpired],
      handler: ({ actor, params }) => documents.restore(actor.userId, params.document_id),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/documents/:document_id/retry',
      summary: 'Read the file again from the beginning',
      tags,
      access,
      params: DocumentParams,
      response: { 202: DocumentView },
      errors: [DocumentNotFound, DocumentBusy],
      handler: ({ actor, params }) => documents.retry(actor.userId, params.document_id),
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/samples',
      summary: 'Delete the samples: documents and workflows that came with the account',
      tags,
      access,
      response: { 200: Removed },
      handler: ({ actor }) => documents.removeSamples(actor.userId),
    }),
  ];
}
