import { type Static, Type } from 'typebox';
import { type ApiKeyScope, apiKeyScopes } from './api-key-scopes.ts';
import type { ApiKeyRow } from './api-keys.queries.ts';
import { maxNameLength } from './api-keys.service.ts';
import { keyHint } from './key-secret.ts';

const Timestamp = Type.String({ format: 'date-time' });
const MaybeTimestamp = Type.Union([Timestamp, Type.Null()]);
const strict = { additionalProperties: false } as const;

const Scope = Type.Union(apiKeyScopes.map(({ scope }) => Type.Literal<ApiKeyScope>(scope)));

export const ApiKey = Type.Object({
  id: Type.String({ format: 'uuid' }),
  name: Type.String(),
  hint: Type.String({ description: 'How its secret begins.' }),
  scopes: Type.Array(Type.String()),
  created_at: Timestamp,
  expires_at: MaybeTimestamp,
  expired: Type.Boolean(),
  last_used_at: Type.Union([Timestamp, Type.Null()], { description: 'Exact to about a minute.' }),
  rotated_at: MaybeTimestamp,
  previous_valid_until: Type.Union([Timestamp, Type.Null()], {
    description: 'Until then the secret before the last rotation is good too.',
  }),
});
export const ApiKeyParams = Type.Object({ key_id: Type.String({ format: 'uuid' }) });
export const ScopeList = Type.Object({
  items: Type.Array(Type.Object({ scope: Type.String(), sentence: Type.String() })),
  next_cursor: Type.Null(),
});
/** Shown once, in the answer that made it. */
export const SecretText = Type.String({ description: 'Shown this once: it is stored as a hash.' });

const NameField = Type.String({ minLength: 1, maxLength: maxNameLength });
export const CreateBody = Type.Object(
  {
    name: NameField,
    scopes: Type.Array(Scope, { minItems: 1, maxItems: 100 }),
    expires_in_days: Type.Optional(Type.Union([Type.Integer({ minimum: 1, maximum: 3_650 }), Type.Null()])),
  },
  strict,
);
export const RenameBody = Type.Object({ name: NameField }, strict);
export const RotateBody = Type.Object(
  {
    end_previous_now: Type.Optional(
      Type.Boolean({ description: 'By default the old secret stays good for 24 hours.' }),
    ),
  },
  strict,
);

export function toApiKey(row: ApiKeyRow): Static<typeof ApiKey> {
  return {
    id: row.id,
    name: row.name,
    hint: keyHint(row.id),
    scopes: row.scopes,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at?.toISOString() ?? null,
    expired: row.expired,
    last_used_at: row.last_used_at?.toISOString() ?? null,
    rotated_at: row.rotated_at?.toISOString() ?? null,
    previous_valid_until: row.previous_valid_until?.toISOString() ?? null,
  };
}
