import { type Static, type TSchema, Type } from 'typebox';
import { failureFields } from '../../platform/http/failure.schema.ts';

const Nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
const strict = { additionalProperties: false };
const Timestamp = Type.String({ format: 'date-time' });

export const Preset = Type.Union([Type.Literal('google'), Type.Literal('openid')]);
const ProviderId = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,39}$' });
const Name = Type.String({ minLength: 1, maxLength: 100 });
const Issuer = Type.String({ minLength: 1, maxLength: 2_000 });
const ClientId = Type.String({ minLength: 1, maxLength: 500 });
const ClientSecret = Type.String({ minLength: 1, maxLength: 4_000 });
const Scopes = Type.Array(Type.String({ pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]{1,100}$' }), {
  maxItems: 20,
});

/** What the sign-in page needs of a provider. */
export const ProviderList = Type.Object({
  items: Type.Array(
    Type.Object({
      id: Type.String(),
      name: Type.String(),
      preset: Preset,
      button: Type.Object({ label: Type.String() }),
    }),
  ),
  next_cursor: Type.Null(),
});

export const ProviderParams = Type.Object({ provider: Type.String({ maxLength: 100 }) });
export const ProviderIdParams = Type.Object({ id: Type.String({ maxLength: 100 }) });
export const IdentityParams = Type.Object({ id: Type.String({ format: 'uuid' }) });

export const AuthorizeBody = Type.Object(
  {
    next: Type.Optional(
      Type.String({ maxLength: 1_000, description: 'Path of the page to end on; of this product only.' }),
    ),
    remember_device: Type.Optional(Type.Boolean()),
    link: Type.Optional(
      Type.Literal(true, { description: 'Connect the identity to the signed-in account.' }),
    ),
    step_up: Type.Optional(
      Type.Literal(true, { description: 'Confirm who is signed in by signing in at the provider again.' }),
    ),
  },
  strict,
);
export type AuthorizeBody = Static<typeof AuthorizeBody>;
export const AuthorizeAnswer = Type.Object({ authorization_url: Type.String() });

export const IdentityList = Type.Object({
  items: Type.Array(
    Type.Object({
      id: Type.String({ format: 'uuid' }),
      provider_id: Nullable(Type.String()),
      provider_name: Nullable(Type.String()),
      issuer: Type.String(),
      email: Nullable(Type.String()),
      usable: Type.Boolean(),
      created_at: Timestamp,
      last_used_at: Nullable(Timestamp),
    }),
  ),
  next_cursor: Type.Null(),
});

/** A provider as administrators see it; the secret never leaves. */
export const AdminProvider = Type.Object({
  id: Type.String(),
  preset: Preset,
  name: Type.String(),
  issuer: Type.String(),
  client_id: Type.String(),
  has_client_secret: Type.Boolean(),
  scopes: Type.Array(Type.String()),
  allow_local: Type.Boolean(),
  trust_email: Type.Boolean(),
  enabled: Type.Boolean(),
  linked_people: Type.Integer(),
  redirect_uri: Nullable(Type.String()),
  created_at: Timestamp,
  updated_at: Timestamp,
});
export type AdminProvider = Static<typeof AdminProvider>;
export const AdminProviderList = Type.Object({ items: Type.Array(AdminProvider), next_cursor: Type.Null() });

const changeable = {
  client_secret: Type.Optional(Nullable(ClientSecret)),
  scopes: Type.Optional(Scopes),
  allow_local: Type.Optional(Type.Boolean()),
  trust_email: Type.Optional(Type.Boolean()),
  enabled: Type.Optional(Type.Boolean()),
};
export const NewProvider = Type.Object(
  {
    id: Type.Optional(ProviderId),
    preset: Preset,
    name: Type.Optional(Name),
    issuer: Type.Optional(Issuer),
    client_id: ClientId,
    ...changeable,
  },
  strict,
);
export type NewProvider = Static<typeof NewProvider>;
export const ProviderChanges = Type.Object(
  {
    name: Type.Optional(Name),
    issuer: Type.Optional(Issuer),
    client_id: Type.Optional(ClientId),
    ...changeable,
  },
  { ...strict, minProperties: 1 },
);
export type ProviderChanges = Static<typeof ProviderChanges>;

const CheckState = Type.Union([Type.Literal('ok'), Type.Literal('warning'), Type.Literal('failed')]);
export const ProviderTest = Type.Object({
  ok: Type.Boolean(),
  redirect_uri: Nullable(Type.String()),
  checks: Type.Array(
    Type.Object({
      name: Type.String(),
      state: CheckState,
      code: Type.String(),
      detail: Type.String(),
      params: failureFields.params,
      refusal: Type.Optional(
        Type.Object(failureFields, {
          description: 'What this server refused on the way to the provider; `detail` may add what to do.',
        }),
      ),
    }),
  ),
});
export type ProviderTest = Static<typeof ProviderTest>;
