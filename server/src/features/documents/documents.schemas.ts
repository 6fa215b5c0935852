import { type Static, Type } from 'typebox';
import { failureFields } from '../../platform/http/failure.schema.ts';
import { documentStates } from './documents.tables.ts';
import { documentKinds } from './extraction/extraction.types.ts';

const nullable = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);
const Id = Type.String({ format: 'uuid' });
const closed = { additionalProperties: false };
export const maxListLimit = 200;
const listFields = {
  cursor: Type.Optional(Type.String({ maxLength: 200 })),
  limit: Type.Integer({ minimum: 1, maximum: maxListLimit, default: 50 }),
};

const oneOf = <const Names extends readonly string[]>(names: Names) =>
  Type.Unsafe<Names[number]>(Type.Union(names.map((name) => Type.Literal(name))));
export const DocumentStateName = oneOf(documentStates);

export const DocumentView = Type.Object({
  id: Type.String(),
  name: Type.String(),
  kind: oneOf(documentKinds),
  media_type: Type.String(),
  size_bytes: Type.Integer(),
  sha256: Type.String(),
  state: DocumentStateName,
  progress: nullable(Type.Object({ done: Type.Integer(), total: nullable(Type.Integer()) })),
  page_count: nullable(Type.Integer()),
  chunk_count: nullable(Type.Integer()),
  warnings: Type.Array(Type.String()),
  error: nullable(Type.Object(failureFields)),
  collection_id: nullable(Type.String()),
  sample: Type.Boolean(),
  created_at: Type.String(),
  updated_at: Type.String(),
});
export type DocumentView = Static<typeof DocumentView>;

export const DocumentParams = Type.Object({ document_id: Id }, closed);
export const CollectionParams = Type.Object({ collection_id: Id }, closed);

export const UploadResult = Type.Object({
  items: Type.Array(DocumentView),
  rejected: Type.Array(Type.Object({ name: Type.String(), ...failureFields })),
});
export type UploadResult = Static<typeof UploadResult>;

export const DocumentListQuery = Type.Object(
  {
    ...listFields,
    collection_id: Type.Optional(Id),
    state: Type.Optional(DocumentStateName),
    q: Type.Optional(Type.String({ maxLength: 200 })),
  },
  closed,
);
export type DocumentListQuery = Static<typeof DocumentListQuery>;
export const DocumentList = Type.Object({
  items: Type.Array(DocumentView),
  next_cursor: nullable(Type.String()),
});

export const DocumentChange = Type.Object(
  {
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    collection_id: Type.Optional(nullable(Id)),
  },
  closed,
);
export type DocumentChange = Static<typeof DocumentChange>;
export const Undo = Type.Object({ undo_until: Type.String() });

export const PagesQuery = Type.Object(
  {
    from: Type.Integer({ minimum: 1, maximum: 1_000_000, default: 1 }),
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
  },
  closed,
);
export const DocumentPages = Type.Object({
  items: Type.Array(
    Type.Object({ number: Type.Integer(), text: Type.String(), start: Type.Integer(), end: Type.Integer() }),
  ),
  total: Type.Integer(),
  outline: Type.Optional(
    Type.Array(
      Type.Object({
        title: Type.String(),
        level: Type.Integer(),
        page: Type.Integer(),
        start: Type.Integer(),
      }),
    ),
  ),
});
export type DocumentPages = Static<typeof DocumentPages>;

export const ChunkListQuery = Type.Object(listFields, closed);
export const ChunkList = Type.Object({
  items: Type.Array(
    Type.Object({
      id: Type.String(),
      ordinal: Type.Integer(),
      text: Type.String(),
      page_start: nullable(Type.Integer()),
      page_end: nullable(Type.Integer()),
      start: Type.Integer(),
      end: Type.Integer(),
      heading_path: Type.Array(Type.String()),
    }),
  ),
  next_cursor: nullable(Type.String()),
});
export type ChunkList = Static<typeof ChunkList>;

const offset = { minimum: 0, maximum: 1_000_000_000 };
export const PassageQuery = Type.Object(
  {
    start: Type.Integer(offset),
    end: Type.Integer(offset),
    context: Type.Integer({ minimum: 0, maximum: 5_000, default: 400 }),
  },
  closed,
);
export type PassageQuery = Static<typeof PassageQuery>;
export const DocumentPassage = Type.Object({
  document_id: Type.String(),
  document_name: Type.String(),
  page: nullable(Type.Integer()),
  start: Type.Integer(),
  end: Type.Integer(),
  before: Type.String(),
  text: Type.String(),
  after: Type.String(),
});
export type DocumentPassage = Static<typeof DocumentPassage>;

export const CollectionView = Type.Object({
  id: Type.String(),
  name: Type.String(),
  document_count: Type.Integer(),
  created_at: Type.String(),
});
export type CollectionView = Static<typeof CollectionView>;
export const CollectionListQuery = Type.Object(listFields, closed);
export const CollectionList = Type.Object({
  items: Type.Array(CollectionView),
  next_cursor: nullable(Type.String()),
});
export const CollectionInput = Type.Object({ name: Type.String({ minLength: 1, maxLength: 200 }) }, closed);
export const Removed = Type.Object({ removed: Type.Integer() });
export const CollectionRemoved = Type.Object({ deleted: Type.Boolean() });
