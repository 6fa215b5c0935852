import { type Static, type TSchema, Type } from 'typebox';
import { failureFields } from '../../platform/http/failure.schema.ts';

const Nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
const strict = { additionalProperties: false };

const ProviderKindSchema = Type.Union([
  Type.Literal('ollama'),
  Type.Literal('openai'),
  Type.Literal('builtin'),
]);
const RemoteKind = Type.Union([Type.Literal('ollama'), Type.Literal('openai')]);
const ProviderName = Type.String({ minLength: 1, maxLength: 100 });
const BaseUrl = Type.String({ minLength: 1, maxLength: 2_000 });
const MaxConcurrent = Nullable(Type.Integer({ minimum: 1, maximum: 256 }));
const ApiKey = Type.String({ minLength: 1, maxLength: 4_000 });

export const Provider = Type.Object({
  id: Type.String(),
  kind: ProviderKindSchema,
  name: Type.String(),
  base_url: Nullable(Type.String()),
  allow_local: Type.Boolean(),
  has_api_key: Type.Boolean(),
  enabled: Type.Boolean(),
  health: Type.Object({
    state: Type.Union([Type.Literal('ok'), Type.Literal('error'), Type.Literal('unknown')]),
    code: Nullable(Type.String()),
    detail: Nullable(Type.String()),
    reason: failureFields.reason,
    params: failureFields.params,
    version: Nullable(Type.String()),
    checked_at: Nullable(Type.String()),
  }),
  /** Requests at once; null is the default of its kind. */
  max_concurrent: Nullable(Type.Integer()),
  /** As the process sees it that answers. */
  traffic: Type.Object({
    running: Type.Integer(),
    waiting: Type.Integer(),
    max_running: Type.Integer(),
    breaker: Type.Object({
      state: Type.Union([Type.Literal('closed'), Type.Literal('open'), Type.Literal('half_open')]),
      consecutive_failures: Type.Integer(),
      retry_at: Nullable(Type.String()),
    }),
  }),
});
export type Provider = Static<typeof Provider>;
export const ProviderList = Type.Object({ items: Type.Array(Provider), next_cursor: Type.Null() });

export const NewProvider = Type.Object(
  {
    kind: RemoteKind,
    name: ProviderName,
    base_url: BaseUrl,
    api_key: Type.Optional(Nullable(ApiKey)),
    allow_local: Type.Optional(Type.Boolean()),
    max_concurrent: Type.Optional(MaxConcurrent),
  },
  strict,
);
export type NewProvider = Static<typeof NewProvider>;

export const ProviderChanges = Type.Object(
  {
    name: Type.Optional(ProviderName),
    base_url: Type.Optional(BaseUrl),
    api_key: Type.Optional(Nullable(ApiKey)),
    allow_local: Type.Optional(Type.Boolean()),
    enabled: Type.Optional(Type.Boolean()),
    max_concurrent: Type.Optional(MaxConcurrent),
  },
  { ...strict, minProperties: 1 },
);
export type ProviderChanges = Static<typeof ProviderChanges>;

export const ProviderParams = Type.Object({ provider_id: Type.String({ maxLength: 100 }) });

const Capability = Type.Union([
  Type.Literal('chat'),
  Type.Literal('embedding'),
  Type.Literal('tools'),
  Type.Literal('vision'),
  Type.Literal('thinking'),
]);
export const Model = Type.Object({
  provider_id: Type.String(),
  provider_name: Type.String(),
  provider_kind: ProviderKindSchema,
  model: Type.String(),
  size_bytes: Nullable(Type.Number()),
  context_length: Nullable(Type.Number()),
  capabilities: Type.Array(Capability),
  loaded: Nullable(Type.Boolean()),
});
export type Model = Static<typeof Model>;
const ModelName = Type.String({ minLength: 1, maxLength: 300 });
export const ModelNameQuery = Type.Object({ model: ModelName }, strict);
export const ModelDetailsView = Type.Object({
  model: Type.String(),
  capabilities: Type.Array(Capability),
  context_length: Nullable(Type.Number()),
  family: Nullable(Type.String()),
  parameter_size: Nullable(Type.String()),
  quantization: Nullable(Type.String()),
  license: Nullable(Type.String()),
});
export type ModelDetailsView = Static<typeof ModelDetailsView>;
const RunningModelView = Type.Object({
  model: Type.String(),
  size_bytes: Type.Number(),
  vram_bytes: Type.Number(),
  expires_at: Nullable(Type.String()),
  context_tokens: Nullable(Type.Number()),
});
export type RunningModelView = Static<typeof RunningModelView>;
export const RunningModelList = Type.Object({ items: Type.Array(RunningModelView) });
/** As Ollama writes it: `10m`, `-1` for ever, `0` takes the model out of memory. */
export const KeepAlive = Type.Object(
  { model: ModelName, keep_alive: Type.String({ pattern: '^(-1|\\d{1,6}(\\.\\d{1,3})?(ms|s|m|h)?)$' }) },
  strict,
);
export const ModelQuery = Type.Object({ capability: Type.Optional(Capability) }, strict);
export type ModelQuery = Static<typeof ModelQuery>;
export const ModelList = Type.Object({
  items: Type.Array(Model),
  unreachable: Type.Array(Type.Object({ provider_id: Type.String(), ...failureFields })),
});
export type ModelList = Static<typeof ModelList>;

export const NewPull = Type.Object(
  { model: Type.String({ minLength: 1, maxLength: 300, pattern: '^[A-Za-z0-9][A-Za-z0-9._:/@-]*$' }) },
  strict,
);
export type NewPull = Static<typeof NewPull>;
export const Pull = Type.Object({
  id: Type.String(),
  provider_id: Type.String(),
  model: Type.String(),
  status: Type.Union([
    Type.Literal('running'),
    Type.Literal('done'),
    Type.Literal('failed'),
    Type.Literal('cancelled'),
  ]),
  completed_bytes: Type.Number(),
  total_bytes: Nullable(Type.Number()),
  detail: Type.String(),
  error: Nullable(Type.Object(failureFields)),
  created_at: Type.String(),
});
export type Pull = Static<typeof Pull>;
export const PullList = Type.Object({ items: Type.Array(Pull), next_cursor: Type.Null() });
export const PullParams = Type.Object({ pull_id: Type.String({ maxLength: 100 }) });
export const PullEventsQuery = Type.Object(
  { after_seq: Type.Optional(Type.Integer({ minimum: 0 })) },
  strict,
);

export const PullInput = Type.Object({ pull_id: Type.String() }, strict);
export type PullInput = Static<typeof PullInput>;
