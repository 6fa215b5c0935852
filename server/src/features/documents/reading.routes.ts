import { defineRoute, type Route } from '../../platform/http/route.ts';
import { attachmentHeader } from './display-name.ts';
import {
  DocumentNotFound,
  InvalidDocumentCursor,
  OriginalMissing,
  PassageOutOfRange,
} from './documents.errors.ts';
import {
  ChunkList,
  ChunkListQuery,
  DocumentPages,
  DocumentParams,
  DocumentPassage,
  PagesQuery,
  PassageQuery,
} from './documents.schemas.ts';
import type { OriginalFile, ReadingService } from './reading.service.ts';

const tags = ['documents'];
const access = 'session';

/** Types that a browser could show as a page of this origin are sent as plain bytes (S35). */
const activeTypes = new Set(['text/html', 'image/svg+xml', 'application/xhtml+xml', 'application/epub+zip']);

/** What people see of the text of their documents. */
export function readingRoutes(reading: ReadingService): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/documents/:document_id/pages',
      summary: 'Read the extracted text page by page',
      tags,
      access,
      params: DocumentParams,
      querystring: PagesQuery,
      response: { 200: DocumentPages },
      errors: [DocumentNotFound],
      handler: ({ actor, params, query }) => reading.pages(actor.userId, params.document_id, query),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/documents/:document_id/chunks',
      summary: 'List the pieces that search finds',
      tags,
      access,
      params: DocumentParams,
      querystring: ChunkListQuery,
      response: { 200: ChunkList },
      errors: [DocumentNotFound, InvalidDocumentCursor],
      handler: ({ actor, params, query }) => reading.chunks(actor.userId, params.document_id, query),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/documents/:document_id/passage',
      summary: 'Read the exact text between two offsets, with its surroundings',
      tags,
      access,
      params: DocumentParams,
      querystring: PassageQuery,
      response: { 200: DocumentPassage },
      errors: [DocumentNotFound, PassageOutOfRange],
      handler: ({ actor, params, query }) => reading.passage(actor.userId, params.document_id, query),
    }),
    originalRoute(reading),
  ];
}

function originalRoute(reading: ReadingService): Route {
  return defineRoute({
    method: 'GET',
    url: '/api/v1/documents/:document_id/file',
    summary: 'Download the original file',
    tags,
    access,
    params: DocumentParams,
    kind: 'stream',
    response: {},
    errors: [DocumentNotFound, OriginalMissing],
    async handler({ actor, params, reply }) {
      const original = await reading.original(actor.userId, params.document_id);
      return reply.code(200).headers(downloadHeaders(original)).send(original.open());
    },
  });
}

/** Nothing that was uploaded may become a page of this origin: attachment, no sniffing, an empty sandbox (S35). */
function downloadHeaders(original: OriginalFile): Record<string, string> {
  return {
    'content-type': activeTypes.has(original.mediaType) ? 'application/octet-stream' : original.mediaType,
    'content-length': String(original.sizeBytes),
    'content-disposition': attachmentHeader(original.name),
    'x-content-type-options': 'nosniff',
    'content-security-policy': "sandbox; default-src 'none'",
    'cache-control': 'private, no-store',
  };
}
