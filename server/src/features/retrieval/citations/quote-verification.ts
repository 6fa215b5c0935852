import type { Queryable } from '../../../platform/database/database.ts';
import { pageAt, readTextSlice } from '../document-text.ts';
import { findQuote, normalizeText } from './normalized-text.ts';

export interface QuoteRequest {
  ownerId: string;
  documentId: string;
  quote: string;
  /** Offset in the whole text where the quote is expected. */
  near?: number;
}

export interface VerifiedQuote {
  /** UTF-16 offsets in the document's whole text. */
  start: number;
  end: number;
  page: number | null;
  /** The document's own words between these offsets. */
  quote: string;
  verified: true;
}

const nearUnits = 8_000;
/** Small, so that no window holds up other work (S38). */
const windowUnits = 32_000;
const maxQuoteUnits = 4_000;

/**
 * Finds a quote verbatim in a document of the owner, apart from white space and typography; `undefined` when it is not
 * there or the document is not theirs.
 */
export async function verifyQuote(db: Queryable, request: QuoteRequest): Promise<VerifiedQuote | undefined> {
  const { quote, near } = request;
  if (quote.length > maxQuoteUnits) return undefined;
  if (near !== undefined) {
    const around = { start: Math.max(0, near - nearUnits), end: near + quote.length + nearUnits };
    const found = await findWithin(db, request, around);
    if (found && found !== 'no_text') return found;
  }
  for (let start = 0; ; start += windowUnits) {
    // Windows overlap by more than a quote with generous white space.
    const found = await findWithin(db, request, { start, end: start + windowUnits + 2 * maxQuoteUnits });
    if (found === 'no_text') return undefined;
    if (found) return found;
  }
}

async function findWithin(
  db: Queryable,
  request: QuoteRequest,
  range: { start: number; end: number },
): Promise<VerifiedQuote | 'no_text' | undefined> {
  const slice = await readTextSlice(db, request.ownerId, request.documentId, range);
  if (!slice || slice.start + slice.text.length <= range.start) return 'no_text';
  const from = Math.max(0, range.start - slice.start);
  const text = slice.text.slice(from, range.end - slice.start);
  const base = slice.start + from;
  const found = findQuote(normalizeText(text), request.quote, (request.near ?? 0) - base);
  if (!found) return undefined;
  const start = base + found.start;
  return {
    start,
    end: base + found.end,
    page: pageAt(slice, start),
    quote: text.slice(found.start, found.end),
    verified: true,
  };
}

/** Whether the document's text between two offsets is exactly `quote`, and on which page it begins. */
export async function checkPlace(
  db: Queryable,
  place: { ownerId: string; documentId: string; start: number; end: number; quote: string },
): Promise<{ verified: boolean; page: number | null }> {
  const slice = await readTextSlice(db, place.ownerId, place.documentId, place);
  if (!slice) return { verified: false, page: null };
  const text = slice.text.slice(place.start - slice.start, place.end - slice.start);
  return { verified: text === place.quote && text !== '', page: pageAt(slice, place.start) };
}
