import { type Static, type TSchema, Type } from 'typebox';

const Nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
const strict = { additionalProperties: false };
const Limit = Nullable(Type.Integer({ minimum: 0, maximum: 1_000_000_000_000 }));

const figures = {
  calls: Type.Integer(),
  failed_calls: Type.Integer(),
  /** Calls whose tokens the provider did not tell: they are estimates. */
  estimated_calls: Type.Integer(),
  prompt_tokens: Type.Integer(),
  completion_tokens: Type.Integer(),
  duration_ms: Type.Integer(),
};

export const UsageRow = Type.Object({
  day: Type.String(),
  slot: Type.String(),
  provider_name: Type.String(),
  model: Type.String(),
  ...figures,
});
export type UsageRow = Static<typeof UsageRow>;

const Used = Type.Object({
  used: Type.Integer(),
  limit: Nullable(Type.Integer()),
  resets_at: Type.String(),
});
export const OwnUsage = Type.Object({
  items: Type.Array(UsageRow),
  quota: Type.Object({ day: Used, month: Used }),
});
export type OwnUsage = Static<typeof OwnUsage>;

export const AdminUsageRow = Type.Object({
  ...UsageRow.properties,
  user_id: Nullable(Type.String()),
  /** Null: the installation itself, such as indexing. */
  person: Nullable(Type.String()),
});
export type AdminUsageRow = Static<typeof AdminUsageRow>;
export const AdminUsage = Type.Object({ items: Type.Array(AdminUsageRow) });

export const UsageQuery = Type.Object(
  { days: Type.Optional(Type.Integer({ minimum: 1, maximum: 366 })) },
  strict,
);
export const AdminUsageQuery = Type.Object(
  {
    days: Type.Optional(Type.Integer({ minimum: 1, maximum: 366 })),
    user_id: Type.Optional(Type.String({ maxLength: 100 })),
  },
  strict,
);

const Role = Type.Union([Type.Literal('user'), Type.Literal('admin'), Type.Literal('superuser')]);
export const QuotaBody = Type.Object({ tokens_per_day: Limit, tokens_per_month: Limit }, strict);
export type QuotaBody = Static<typeof QuotaBody>;
export const Quota = Type.Object({
  role: Nullable(Role),
  user_id: Nullable(Type.String()),
  person: Nullable(Type.String()),
  ...QuotaBody.properties,
});
export type Quota = Static<typeof Quota>;
export const QuotaList = Type.Object({ items: Type.Array(Quota) });
export const RoleParams = Type.Object({ role: Role });
export const PersonParams = Type.Object({ user_id: Type.String({ maxLength: 100 }) });
