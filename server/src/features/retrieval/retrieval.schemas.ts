import { type Static, Type } from 'typebox';
import { DocumentScopeSchema as ScopeSchema } from '../../platform/tools/document-scope.ts';

export {
  type DocumentScope as Scope,
  DocumentScopeSchema as ScopeSchema,
} from '../../platform/tools/document-scope.ts';

const Id = Type.String({ format: 'uuid' });
const closed = { additionalProperties: false };

const nullable = <T extends ReturnType<typeof Type.Integer | typeof Type.Number>>(schema: T) =>
  Type.Union([schema, Type.Null()]);

/** Why a passage was chosen: the numbers behind its place. */
export const WhySchema = Type.Object({
  matched_terms: Type.Array(Type.Object({ term: Type.String(), weight: Type.Number() })),
  lexical_rank: nullable(Type.Integer()),
  lexical_score: nullable(Type.Number()),
  vector_rank: nullable(Type.Integer()),
  vector_similarity: nullable(Type.Number()),
  fused_score: Type.Number(),
});
export type Why = Static<typeof WhySchema>;

/** A piece of a document; `start` and `end` count UTF-16 code units in its whole text, highlights in `text`. */
export const PassageSchema = Type.Object({
  chunk_id: Id,
  document_id: Id,
  document_name: Type.String(),
  page_start: nullable(Type.Integer()),
  page_end: nullable(Type.Integer()),
  start: Type.Integer(),
  end: Type.Integer(),
  heading_path: Type.Array(Type.String()),
  text: Type.String(),
  highlights: Type.Array(Type.Object({ start: Type.Integer(), end: Type.Integer() })),
  score: Type.Number(),
  why: WhySchema,
});
export type Passage = Static<typeof PassageSchema>;

export const RetrievalStateSchema = Type.Object({
  lexical: Type.Boolean(),
  vectors: Type.Union([Type.Literal('used'), Type.Literal('no_model'), Type.Literal('unavailable')]),
  detail: Type.Union([Type.String(), Type.Null()]),
});
export type RetrievalState = Static<typeof RetrievalStateSchema>;

export const SearchRequestSchema = Type.Object(
  {
    query: Type.String({ minLength: 1, maxLength: 200_000 }),
    scope: Type.Optional(ScopeSchema),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 50 })),
  },
  closed,
);

export const SearchResponseSchema = Type.Object({
  items: Type.Array(PassageSchema),
  took_ms: Type.Number(),
  retrieval: RetrievalStateSchema,
});

/** Where on the web a passage was found; `passage` is what was read there, as plain text. */
export const WebPlaceSchema = Type.Object({
  url: Type.String(),
  site: Type.String(),
  published_at: Type.Union([Type.String(), Type.Null()]),
  read_at: Type.String(),
  /** `snippet`: the page itself was not read, these are the search provider's words about it. */
  read: Type.Union([Type.Literal('page'), Type.Literal('snippet')]),
  passage: Type.String(),
});
export type WebPlace = Static<typeof WebPlaceSchema>;

/**
 * An answer's reference to a place in a document or on the web (then without document); `verified` when the text at
 * these offsets equals the quote.
 */
export const CitationSchema = Type.Object({
  number: Type.Integer(),
  document_id: Type.Union([Id, Type.Null()]),
  document_name: Type.String(),
  chunk_id: Type.Union([Id, Type.Null()]),
  web: Type.Optional(WebPlaceSchema),
  page: nullable(Type.Integer()),
  start: Type.Integer(),
  end: Type.Integer(),
  quote: Type.String(),
  verified: Type.Boolean(),
  why: Type.Union([WhySchema, Type.Null()]),
});
export type Citation = Static<typeof CitationSchema>;
