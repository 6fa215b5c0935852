import { type Static, Type } from 'typebox';

const Id = Type.String({ format: 'uuid' });
const closed = { additionalProperties: false };

/** Which documents of a person a search, a conversation or a tool may look into. */
export const DocumentScopeSchema = Type.Union([
  Type.Object({ kind: Type.Literal('all') }, closed),
  Type.Object({ kind: Type.Literal('none') }, closed),
  Type.Object({ kind: Type.Literal('collection'), collection_id: Id }, closed),
  Type.Object(
    { kind: Type.Literal('documents'), document_ids: Type.Array(Id, { minItems: 1, maxItems: 1_000 }) },
    closed,
  ),
]);
export type DocumentScope = Static<typeof DocumentScopeSchema>;
