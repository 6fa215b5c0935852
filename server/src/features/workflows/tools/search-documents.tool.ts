import { Type } from 'typebox';
import { defineTool } from '../../../platform/tools/tool.ts';
import { withheld } from '../../../platform/tools/withheld.ts';
import type { PassageSource } from '../workflow-ports.ts';

/** Searches the owner's documents. */
export const searchDocumentsTool = (passages: PassageSource) =>
  defineTool<{ query: string; limit?: number }>({
    name: 'documents.search',
    title: 'Search documents',
    description: 'Finds passages of your documents.',
    purpose:
      "Finds the passages of the person's own documents that fit a question or key words best, with document, page and score. Use it whenever the answer may be in what the person has uploaded; ask with the words that such a document would use. To read on around a passage use documents.read with its document_id and page.",
    input: Type.Object(
      {
        query: Type.String({ minLength: 1, maxLength: 20_000 }),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 50 })),
      },
      { additionalProperties: false },
    ),
    scope: 'search:write',
    writes: false,
    async run({ ownerId, documents: scope = { kind: 'all' }, signal }, { query, limit = 8 }) {
      if (scope.kind === 'none') return withheld('documents');
      return { items: await passages.search({ ownerId, query, scope, limit, signal }) };
    },
  });
