import type { Citation } from '../conversations.schemas.ts';
import type { FoundPassage } from './generation-ports.ts';

const maxQuoteCharacters = 240;

/** The sources as citations while the answer is being written: numbered like in the prompt, nothing verified yet. */
export function provisionalCitations(passages: FoundPassage[]): Citation[] {
  return passages.map((passage, index) => {
    const quote = passage.text.slice(0, maxQuoteCharacters).toWellFormed();
    return {
      number: index + 1,
      document_id: passage.document_id,
      document_name: passage.document_name,
      chunk_id: passage.chunk_id,
      page: passage.page_start,
      start: passage.start,
      end: passage.end,
      quote,
      verified: false,
      why: passage.why,
      ...(passage.web ? { web: passage.web } : {}),
    };
  });
}
