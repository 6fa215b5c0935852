import { type Static, Type } from 'typebox';

const Id = Type.String({ format: 'uuid' });
const closed = { additionalProperties: false };

/** Which documents a search or a conversation may use. */
export const ScopeSchema = Type.Union([
  Type.Object({ kind: Type.Literal('all') }, closed),
  Type.Object({ kind: Type.Literal('none') }, closed),
  Type.Object({ kind: Type.Literal('collection'), collection_id: Id }, closed),
  Type.Object(
    { kind: Type.Literal('documents'), document_ids: Type.Array(Id, { minItems: 1, maxItems: 1_000 }) },
    closed,
  ),
]);
export type Scope = Static<typeof ScopeSchema>;

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

/** An answer's reference to a place in a document; `verified` when the text at these offsets equals the quote. */
export const CitationSchema = Type.Object({
  number: Type.Integer(),
  document_id: Id,
  document_name: Type.String(),
  chunk_id: Id,
  page: nullable(Type.Integer()),
  start: Type.Integer(),
  end: Type.Integer(),
  quote: Type.String(),
  verified: Type.Boolean(),
  why: Type.Union([WhySchema, Type.Null()]),
});
export type Citation = Static<typeof CitationSchema>;
