import { v7 as uuidv7 } from 'uuid';
import type {
  ChatModeRuns,
  ExtractiveAnswers,
  FoundPassage,
  PassageSearch,
  WebSearch,
} from '../../src/features/conversations/index.ts';

/** A passage of a document named `name` that says `text`. */
export function fakePassage(name: string, text: string): FoundPassage {
  return {
    chunk_id: uuidv7(),
    document_id: uuidv7(),
    document_name: name,
    page_start: 1,
    start: 0,
    end: text.length,
    heading_path: [],
    text,
    why: {
      matched_terms: [],
      lexical_rank: 1,
      lexical_score: 1,
      vector_rank: null,
      vector_similarity: null,
      fused_score: 1,
    },
  };
}

/** Finds these passages whatever is asked, and cites each `[n]` of an answer as verified when its passage is known. */
export function createFakePassages(
  passages: FoundPassage[],
): PassageSearch & { searches: { ownerId: string }[] } {
  const searches: { ownerId: string }[] = [];
  return {
    searches,
    async search(request) {
      searches.push(request);
      return passages;
    },
    async countUnread() {
      return 0;
    },
    async citationsFromAnswer({ answer, passages: sources }) {
      const numbers = [...answer.matchAll(/\[(\d+)\]/g)].map((match) => Number(match[1]));
      return [...new Set(numbers)].flatMap((number) => {
        const source = sources[number - 1];
        if (!source) return [];
        const { chunk_id, document_id, document_name, start, end, why } = source;
        const citation = {
          number,
          chunk_id,
          document_id,
          document_name,
          page: source.page_start,
          start,
          end,
        };
        return [{ ...citation, quote: source.text, verified: true, why }];
      });
    },
  };
}

/** Quotes the first passage, as an engine without a model would. */
export const fakeExtracts: ExtractiveAnswers = {
  async answer({ passages }) {
    const source = passages[0];
    const nothing = 'Nothing in your documents answers this.';
    if (!source) return { text: nothing, citations: [], label: { code: 'nothing_found', text: nothing } };
    const { chunk_id, document_id, document_name, start, end, why } = source;
    const citation = { number: 1, chunk_id, document_id, document_name, page: source.page_start, start, end };
    const label = { code: 'answer', text: 'From your documents:' };
    return {
      label,
      text: `${label.text}\n\n“${source.text}” [1]`,
      citations: [{ ...citation, quote: source.text, verified: true, why }],
    };
  },
};

/** A web without a single page. */
export const noWebSearch: WebSearch = { search: async () => [], passagesOf: async () => [] };

/** Conversations without workflows: every answer is a simple one. */
export const noModes: ChatModeRuns = {
  assertUsable: async () => undefined,
  start: () => Promise.reject(new Error('There are no chat modes here.')),
  follow: () => {
    throw new Error('There are no chat modes here.');
  },
  cancel: async () => undefined,
  withoutModel: () => 'No model is connected.',
};
