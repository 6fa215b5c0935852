import { type Static, Type } from 'typebox';
import { failureFields } from '../../platform/http/failure.schema.ts';
import { WhySchema as PassageReason, ScopeSchema, WebPlaceSchema } from '../retrieval/index.ts';

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

const ownWorkflowPrefix = 'workflow:';
const ownWorkflowPattern = `^${ownWorkflowPrefix}[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`;

/** How an answer is written: at once by one model, or by a workflow of several steps. */
export const ChatMode = Type.Union([
  Type.Literal('simple'),
  Type.Literal('router'),
  Type.Literal('experts'),
  Type.Literal('socratic'),
  Type.Literal('fast'),
  /** The person's own workflow with that id. */
  Type.Unsafe<`workflow:${string}`>(Type.String({ pattern: ownWorkflowPattern })),
]);
export type ChatMode = Static<typeof ChatMode>;

/** The id of a person's own workflow that is to answer; `undefined` for the modes that this program brings. */
export function ownWorkflowOf(mode: ChatMode): string | undefined {
  return mode.startsWith(ownWorkflowPrefix) ? mode.slice(ownWorkflowPrefix.length) : undefined;
}

export const Citation = Type.Object({
  number: Type.Integer(),
  /** Null for a source on the web. */
  document_id: Nullable(Id),
  document_name: Type.String(),
  chunk_id: Nullable(Id),
  web: Type.Optional(WebPlaceSchema),
  page: Nullable(Type.Integer()),
  start: Type.Integer(),
  end: Type.Integer(),
  quote: Type.String(),
  verified: Type.Boolean(),
  why: Nullable(PassageReason),
});
export type Citation = Static<typeof Citation>;

/** What fills a text: numbers and names. */
const TextParams = Type.Record(Type.String(), Type.Union([Type.Number(), Type.String()]));

/** A text in English, and its code with what fills it for pages that say it in the person's language. */
export const CodedText = Type.Object({ code: Type.String(), params: TextParams, detail: Type.String() });
export type CodedText = Static<typeof CodedText>;
/** What a person should know about an answer. */
export type Notice = CodedText;

export const Step = Type.Object({
  id: Type.String(),
  kind: Type.Union([
    Type.Literal('retrieve'),
    Type.Literal('prompt'),
    Type.Literal('wait'),
    Type.Literal('extract'),
    Type.Literal('web'),
    Type.Literal('read'),
    Type.Literal('assess'),
    Type.Literal('plan'),
    Type.Literal('choose'),
    Type.Literal('tool'),
    Type.Literal('check'),
    Type.Literal('reflect'),
    Type.Literal('expert'),
    Type.Literal('summary'),
    Type.Literal('approval'),
    Type.Literal('amend'),
    Type.Literal('think'),
  ]),
  title: Type.String(),
  /** Of the title, where a step of a person's own workflow has no name. */
  title_code: Type.Optional(Type.String()),
  state: Type.Union([
    Type.Literal('running'),
    Type.Literal('waiting'),
    Type.Literal('done'),
    Type.Literal('failed'),
  ]),
  /** In English, or a name. */
  detail: Nullable(Type.String()),
  /** Of the detail, where it is more than a name; that of the error where the step failed. */
  code: Nullable(Type.String()),
  params: TextParams,
  /** What the step said: an expert's part, a plan, a tool's result in short. Markdown. */
  text: Nullable(Type.String()),
  /** Which expert was given what, where the text is a list of that. */
  tasks: Type.Optional(Type.Array(Type.Object({ expert: Type.String(), text: Type.String() }))),
  /** What waits for a decision, or did. */
  approval_id: Nullable(Id),
  /** The step of the workflow behind the answer. */
  node_id: Nullable(Type.String()),
  duration_ms: Nullable(Type.Integer()),
});
export type Step = Static<typeof Step>;

export const AnsweringModel = Type.Object({
  provider_kind: Type.Union([Type.Literal('ollama'), Type.Literal('openai'), Type.Literal('builtin')]),
  model: Type.String(),
  label: Type.String(),
});
export type AnsweringModel = Static<typeof AnsweringModel>;

const MessageError = Type.Object({ ...failureFields, retryable: Type.Boolean() });
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
  mode: ChatMode,
  model: Nullable(AnsweringModel),
  citations: Type.Array(Citation),
  steps: Type.Array(Step),
  notices: Type.Array(CodedText),
  error: Nullable(MessageError),
  usage: Nullable(Usage),
  generation_id: Nullable(Id),
  /** The run of the workflow behind the answer. */
  run_id: Nullable(Id),
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
  mode: ChatMode,
  /** The run of the workflow behind the answer, once it has begun. */
  run_id: Nullable(Id),
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
  mode: ChatMode,
  model: Nullable(ModelChoice),
  message_count: Type.Integer(),
  created_at: Type.String(),
  updated_at: Type.String(),
  snippet: Nullable(Type.String()),
  active_generation: Nullable(Type.Object({ id: Id, message_id: Id, last_seq: Type.Integer() })),
});
export type Conversation = Static<typeof Conversation>;

export const BegunConversation = Type.Object({ conversation: Conversation, started: StartedGeneration });
export type BegunConversation = Static<typeof BegunConversation>;

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
    mode: Type.Optional(ChatMode),
    model: Type.Optional(Nullable(ModelChoice)),
  },
  closed,
);
export type NewConversation = Static<typeof NewConversation>;
export const ConversationChange = Type.Object(
  {
    title: Type.Optional(Title),
    pinned: Type.Optional(Type.Boolean()),
    scope: Type.Optional(Scope),
    mode: Type.Optional(ChatMode),
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
    /** The conversation's own where it is not said; otherwise also the one it goes on with. */
    mode: Type.Optional(ChatMode),
    model: Type.Optional(Nullable(ModelChoice)),
    /** Also use what is found on the web; only for this answer. */
    web_search: Type.Optional(Type.Boolean()),
  },
  closed,
);
export type NewMessage = Static<typeof NewMessage>;

/** The first question with what a new conversation is to be. */
export const FirstQuestion = Type.Object(
  {
    content: Type.String(),
    scope: Type.Optional(Scope),
    mode: Type.Optional(ChatMode),
    model: Type.Optional(Nullable(ModelChoice)),
    web_search: Type.Optional(Type.Boolean()),
  },
  closed,
);
export type FirstQuestion = Static<typeof FirstQuestion>;
export const Regeneration = Type.Object(
  {
    model: Type.Optional(Nullable(ModelChoice)),
    /** That of the first answer where it is not said. */
    mode: Type.Optional(ChatMode),
  },
  closed,
);
export type Regeneration = Static<typeof Regeneration>;
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
