import { Type } from 'typebox';
import { defineTool } from '../../platform/tools/tool.ts';
import type { ConversationService } from './conversations.service.ts';

const defaultLimit = 8;
const maxLimit = 20;
const maxSnippetCharacters = 600;

/** Finds the owner's conversations by words. */
export const searchConversationsTool = (conversations: Pick<ConversationService, 'list'>) =>
  defineTool<{ query?: string; limit?: number }>({
    name: 'conversations.search',
    title: 'Search conversations',
    description: 'Finds your earlier conversations by words in them.',
    purpose:
      "Finds the person's earlier conversations whose title or a message contains all of the given words, with a snippet; without words the latest ones. Use it when the person refers to something that was said before. To read one use conversations.read with its conversation_id.",
    input: Type.Object(
      {
        query: Type.Optional(Type.String({ maxLength: 300, description: 'A few words, not a sentence.' })),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: maxLimit })),
      },
      { additionalProperties: false },
    ),
    scope: 'conversations:read',
    writes: false,
    async run({ ownerId }, { query, limit = defaultLimit }) {
      const found = await conversations.list(
        { userId: ownerId },
        { limit, ...(query === undefined ? {} : { q: query }) },
      );
      const items = found.items.map(({ id, title, snippet, message_count, updated_at }) => ({
        ...{ conversation_id: id, title, message_count, updated_at },
        snippet: snippet?.slice(0, maxSnippetCharacters).toWellFormed() ?? null,
      }));
      return { items };
    },
  });
