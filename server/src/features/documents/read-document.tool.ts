import { Type } from 'typebox';
import type { DocumentScope } from '../../platform/tools/document-scope.ts';
import { defineTool } from '../../platform/tools/tool.ts';
import { DocumentNameAmbiguous, DocumentNotFound, DocumentNotReadable } from './documents.errors.ts';
import type { DocumentView } from './documents.schemas.ts';
import type { DocumentService } from './documents.service.ts';
import type { ReadingService } from './reading.service.ts';

/** Characters of one answer: enough for some pages, little enough for a model beside a conversation. */
const defaultCharacters = 12_000;
const maxCharacters = 40_000;
const maxPages = 50;
const candidates = 20;

interface ReadInput {
  document_id?: string;
  name?: string;
  page?: number;
  pages?: number;
  offset?: number;
  max_characters?: number;
}

interface Parts {
  documents: Pick<DocumentService, 'get' | 'list'>;
  reading: Pick<ReadingService, 'pages'>;
}

/** Reads the text of one of the owner's documents, page by page. */
export const readDocumentTool = ({ documents, reading }: Parts) =>
  defineTool<ReadInput>({
    name: 'documents.read',
    title: 'Read a document',
    description: 'Reads the text of one of your documents, page by page.',
    purpose:
      "Reads the text of one of the person's documents by document_id or name, from a page on. Use it to read around a passage that documents.search found, or a whole short document. A long text comes in parts: `next` says with which page and offset to call again, and is null at the end.",
    input: Type.Object(
      {
        document_id: Type.Optional(Type.String({ format: 'uuid' })),
        name: Type.Optional(
          Type.String({ minLength: 1, maxLength: 200, description: 'Its name or a part of it.' }),
        ),
        page: Type.Optional(
          Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'First page; 1 by default.' }),
        ),
        pages: Type.Optional(Type.Integer({ minimum: 1, maximum: maxPages })),
        offset: Type.Optional(
          Type.Integer({
            minimum: 0,
            maximum: 1_000_000_000,
            description: 'Characters of the first page to leave out.',
          }),
        ),
        max_characters: Type.Optional(Type.Integer({ minimum: 200, maximum: maxCharacters })),
      },
      { additionalProperties: false },
    ),
    scope: 'documents:read',
    writes: false,
    async run({ ownerId, documents: scope = { kind: 'all' } }, input) {
      const document = await findDocument(documents, ownerId, scope, input);
      if (document.state !== 'ready') throw DocumentNotReadable.with();
      const { page = 1, pages = maxPages, offset = 0, max_characters: limit = defaultCharacters } = input;
      const found = await reading.pages(ownerId, document.id, { from: page, limit: pages });
      const { items, next } = cut(found.items, offset, limit);
      const last = items.at(-1)?.page ?? page;
      const goesOn = items.length > 0 && last < found.total ? { page: last + 1, offset: 0 } : null;
      return {
        ...{ document_id: document.id, document_name: document.name, pages_total: found.total, items },
        next: next ?? goesOn,
      };
    },
  });

/**
 * A document that may be looked into here. Throws `documents.not_found` for what is unknown, somebody else's or outside of
 * the chosen documents, and `documents.name_ambiguous`.
 */
async function findDocument(
  documents: Parts['documents'],
  ownerId: string,
  scope: DocumentScope,
  { document_id: id, name }: ReadInput,
): Promise<DocumentView> {
  if (id !== undefined) {
    const document = await documents.get(ownerId, id);
    if (!isWithin(scope, document)) throw DocumentNotFound.with({ detail: outside });
    return document;
  }
  if (name === undefined)
    throw DocumentNotFound.with({ detail: 'Say which document: give its document_id or its name.' });
  const within = scope.kind === 'collection' ? { collection_id: scope.collection_id } : {};
  const found = await documents.list(ownerId, { q: name, limit: candidates, ...within });
  const items = found.items.filter((one) => isWithin(scope, one));
  const same = items.filter((one) => one.name.toLowerCase() === name.toLowerCase());
  const [only, ...others] = same.length > 0 ? same : items;
  if (!only) throw DocumentNotFound.with({ detail: 'There is no document with this name.' });
  // Of several versions with one name the newest is meant.
  if (others.length === 0 || same.length > 0) return only;
  const names = [only, ...others].map((one) => `“${one.name}” (${one.id})`).join(', ');
  throw DocumentNameAmbiguous.with({
    detail: `Several documents fit this name: ${names}${found.next_cursor ? ' and more' : ''}. Give the whole name or the id.`,
  });
}

const outside = 'This document is not among those that may be used here.';

function isWithin(scope: DocumentScope, { id, collection_id: collectionId }: DocumentView): boolean {
  switch (scope.kind) {
    case 'all':
      return true;
    case 'none':
      return false;
    case 'collection':
      return collectionId === scope.collection_id;
    case 'documents':
      return scope.document_ids.includes(id);
  }
}

interface Part {
  page: number;
  text: string;
}

/** As much of the pages as an answer may hold, and where the next one begins. */
function cut(
  pages: { number: number; text: string }[],
  offset: number,
  limit: number,
): { items: Part[]; next: { page: number; offset: number } | null } {
  const items: Part[] = [];
  let left = limit;
  let skip = offset;
  for (const { number, text } of pages) {
    if (left === 0) return { items, next: { page: number, offset: 0 } };
    const part = text.slice(skip, skip + left);
    items.push({ page: number, text: part.toWellFormed() });
    left -= part.length;
    const end = skip + part.length;
    if (end < text.length) return { items, next: { page: number, offset: end } };
    skip = 0;
  }
  return { items, next: null };
}
