import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false };
const Id = Type.String({ format: 'uuid' });
const Time = Type.String({ format: 'date-time' });
const nullable = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);

export const maxFactCharacters = 2_000;
export const Content = Type.String({ minLength: 1, maxLength: maxFactCharacters, pattern: '\\S' });

const SourceName = Type.Union([Type.Literal('person'), Type.Literal('assistant'), Type.Literal('workflow')]);

export const Fact = Type.Object({
  id: Id,
  content: Type.String(),
  source: SourceName,
  /** Where it was said; null for what the person wrote here. */
  source_ref: nullable(
    Type.Object({
      kind: Type.Union([Type.Literal('conversation'), Type.Literal('workflow')]),
      id: Id,
      run_id: nullable(Id),
      /** Title of the conversation or name of the workflow; null when it is gone. */
      title: nullable(Type.String()),
    }),
  ),
  created_at: Time,
  updated_at: Time,
});
export type Fact = Static<typeof Fact>;

export const FactList = Type.Object({ items: Type.Array(Fact), next_cursor: nullable(Type.String()) });
export type FactList = Static<typeof FactList>;
export const FactQuery = Type.Object(
  {
    cursor: Type.Optional(Type.String({ maxLength: 200 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
    /** Words that a fact has to contain, all of them. */
    q: Type.Optional(Type.String({ maxLength: 300 })),
  },
  closed,
);
export type FactQuery = Static<typeof FactQuery>;
export const FactParams = Type.Object({ fact_id: Id });
export const FactBody = Type.Object({ content: Content }, closed);
export const Undo = Type.Object({ undo_until: Time });

const Wording = Type.Object({ title: Type.String(), text: Type.String() });
export const MemorySettings = Type.Object({
  /** The assistant and workflows remember and recall. Off until the person agrees. */
  enabled: Type.Boolean(),
  decided_at: nullable(Time),
  count: Type.Integer(),
  limit: Type.Integer(),
  /** What the person agrees to. */
  consent: Type.Object({ version: Type.Integer(), wording: Type.Object({ en: Wording, de: Wording }) }),
});
export type MemorySettings = Static<typeof MemorySettings>;
export const SettingsBody = Type.Object(
  {
    enabled: Type.Boolean(),
    /** Of the text that was read; the present one by default. */
    version: Type.Optional(Type.Integer({ minimum: 1 })),
  },
  closed,
);
export type SettingsBody = Static<typeof SettingsBody>;
