import { type Static, Type } from 'typebox';
import { WhySchema as PassageReason, ScopeSchema } from '../retrieval/index.ts';

const closed = { additionalProperties: false } as const;

export const Id = Type.String({ format: 'uuid' });
const Nullable = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) =>
  Type.Union([schema, Type.Null()]);

export const Scope = ScopeSchema;
export type Scope = Static<typeof Scope>;

export const ModelChoice = Type.Object(
  {
    provider_id: Type.Union([Id, Type.Literal('builtin')]),
    model: Type.String({ minLength: 1, maxLength: 300 }),
  },
  closed,
);
export type ModelChoice = Static<typeof ModelChoice>;

export const Citation = Type.Object({
  number: Type.Integer(),
  document_id: Id,
  document_name: Type.String(),
  chunk_id: Id,
  page: Nullable(Type.Integer()),
  start: Type.Integer(),
  end: Type.Integer(),
  quote: Type.String(),
  verified: Type.Boolean(),
  why: Nullable(PassageReason),
});
export type Citation = Static<typeof Citation>;

export const Step = Type.Object({
  id: Type.String(),
  kind: Type.Union([Type.Literal('retrieve'), Type.Literal('prompt'), Type.Literal('extract')]),
  title: Type.String(),
  state: Type.Union([Type.Literal('running'), Type.Literal('done'), Type.Literal('failed')]),
  detail: Nullable(Type.String()),
  duration_ms: Nullable(Type.Integer()),
});
export type Step = Static<typeof Step>;

export const AnsweringModel = Type.Object({
  provider_kind: Type.Union([Type.Literal('ollama'), Type.Literal('openai'), Type.Literal('builtin')]),
  model: Type.String(),
  label: Type.String(),
});
export type AnsweringModel = Static<typeof AnsweringModel>;

const MessageError = Type.Object({ code: Type.String(), detail: Type.String(), retryable: Type.Boolean() });
export type MessageError = Static<typeof MessageError>;
const Usage = Type.Object({ input_tokens: Type.Integer(), output_tokens: Type.Integer() });
export type Usage = Static<typeof Usage>;

export const Message = Type.Object({
  id: Id,
  conversation_id: Id,
  parent_id: Nullable(Id),
  role: Type.Union([Type.Literal('user'), Type.Literal('assistant')]),
  content: Type.String(),
  status: Type.Union([
    Type.Literal('complete'),
    Type.Literal('streaming'),
    Type.Literal('stopped'),
    Type.Literal('failed'),
  ]),
  model: Nullable(AnsweringModel),
  citations: Type.Array(Citation),
  steps: Type.Array(Step),
  error: Nullable(MessageError),
  usage: Nullable(Usage),
  generation_id: Nullable(Id),
  siblings: Type.Object({ index: Type.Integer(), ids: Type.Array(Id) }),
  created_at: Type.String(),
});
export type Message = Static<typeof Message>;

export const GenerationStatus = Type.Union([
  Type.Literal('queued'),
  Type.Literal('running'),
  Type.Literal('completed'),
  Type.Literal('stopped'),
  Type.Literal('failed'),
]);
export type GenerationStatus = Static<typeof GenerationStatus>;

export const Generation = Type.Object({
  id: Id,
  conversation_id: Id,
  message_id: Id,
  status: GenerationStatus,
  attempt: Type.Integer(),
  last_seq: Type.Integer(),
  created_at: Type.String(),
  ended_at: Nullable(Type.String()),
});
export type Generation = Static<typeof Generation>;

export const StartedGeneration = Type.Object({
  user_message: Message,
  assistant_message: Message,
  generation: Generation,
});
export type StartedGeneration = Static<typeof StartedGeneration>;

export const Conversation = Type.Object({
  id: Id,
  title: Type.String(),
  pinned: Type.Boolean(),
  scope: Scope,
  model: Nullable(ModelChoice),
  message_count: Type.Integer(),
  created_at: Type.String(),
  updated_at: Type.String(),
  snippet: Nullable(Type.String()),
  active_generation: Nullable(Type.Object({ id: Id, message_id: Id, last_seq: Type.Integer() })),
});
export type Conversation = Static<typeof Conversation>;

export const ConversationPage = Type.Object({
  items: Type.Array(Conversation),
  next_cursor: Nullable(Type.String()),
});
export const MessagePage = Type.Object({ items: Type.Array(Message), has_more: Type.Boolean() });
export const Undo = Type.Object({ undo_until: Type.String() });

const Title = Type.String({ minLength: 1, maxLength: 200 });

export const NewConversation = Type.Object(
  {
    title: Type.Optional(Title),
    scope: Type.Optional(Scope),
    model: Type.Optional(Nullable(ModelChoice)),
  },
  closed,
);
export const ConversationChange = Type.Object(
  {
    title: Type.Optional(Title),
    pinned: Type.Optional(Type.Boolean()),
    scope: Type.Optional(Scope),
    model: Type.Optional(Nullable(ModelChoice)),
  },
  closed,
);
export type ConversationChange = Static<typeof ConversationChange>;

// No maxLength: the service counts bytes and answers with a sentence about questions.
export const NewMessage = Type.Object(
  {
    content: Type.String(),
    parent_id: Type.Optional(Nullable(Id)),
    scope: Type.Optional(Scope),
    model: Type.Optional(Nullable(ModelChoice)),
  },
  closed,
);
export type NewMessage = Static<typeof NewMessage>;
export const Regeneration = Type.Object({ model: Type.Optional(Nullable(ModelChoice)) }, closed);
export const BranchChoice = Type.Object({ message_id: Id }, closed);

export const ListQuery = Type.Object(
  {
    cursor: Type.Optional(Type.String({ maxLength: 300 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
    q: Type.Optional(Type.String({ maxLength: 300 })),
  },
  closed,
);
export const BranchQuery = Type.Object(
  {
    before: Type.Optional(Id),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  },
  closed,
);
export const EventsQuery = Type.Object(
  { after_seq: Type.Optional(Type.Integer({ minimum: 0, maximum: 2_147_483_647 })) },
  closed,
);
