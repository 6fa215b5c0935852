import { type Static, Type } from 'typebox';
import { Check } from 'typebox/value';

const Nullable = <Schema extends Parameters<typeof Type.Array>[0]>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);

/** What a sign-in at a provider is for. */
export const Intent = Type.Union([Type.Literal('sign_in'), Type.Literal('link'), Type.Literal('step_up')]);
export type Intent = Static<typeof Intent>;

/** What is remembered while somebody is away at a provider. Only the state, its key, travels through the browser. */
const PendingAuthorization = Type.Object({
  intent: Intent,
  provider: Type.String(),
  /** Of the provider when it began: the settings may change meanwhile, and the code is for this one only. */
  issuer: Type.String(),
  redirect_uri: Type.String(),
  verifier: Type.String(),
  nonce: Type.String(),
  begun_at: Type.Number(),
  next: Nullable(Type.String()),
  remember_device: Type.Boolean(),
});
export type PendingAuthorization = Static<typeof PendingAuthorization>;

export function readPendingAuthorization(data: unknown): PendingAuthorization {
  if (!Check(PendingAuthorization, data)) throw new Error('A stored authorization cannot be read.');
  return data;
}
